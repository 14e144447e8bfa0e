// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import io.anteroom.protocol.Attach;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.FilterRequests;
import io.anteroom.protocol.Grant;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.ResumeResults;
import io.anteroom.protocol.Resumes;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.MemberConfig;
import java.net.InetAddress;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.JoinSeedNodes;

/**
 * A filter that never tells its verdicts to the node that asked, always to another one, and prints
 * what became of them. To be started as a process, with an asyncID and a member to join.
 */
final class DetourInstance {
  private final Set<ActorRef<ToRouter>> routers = new LinkedHashSet<>();
  private final int asyncId;
  private final Verdict verdict;
  private final ActorRef<ToInstance> self;

  private DetourInstance(int asyncId, Verdict verdict, ActorRef<ToInstance> self) {
    this.asyncId = asyncId;
    this.verdict = verdict;
    this.self = self;
  }

  public static void main(String[] args) throws Exception {
    int asyncId = Integer.parseInt(args[0]);
    Verdict verdict = Verdict.addresses(60, InetAddress.getByName("192.0.2.1"));
    ActorSystem<ToInstance> system =
        ActorSystem.create(
            create(asyncId, verdict),
            FilterKeys.SYSTEM,
            MemberConfig.config("127.0.0.1", 0, FilterKeys.FILTER_ROLE, false, null));
    Cluster.get(system).manager().tell(new JoinSeedNodes(MemberConfig.seeds(List.of(args[1]))));
    while (System.in.read() >= 0) {
      // The test that started this goes on.
    }
    Runtime.getRuntime().halt(0);
  }

  private static Behavior<ToInstance> create(int asyncId, Verdict verdict) {
    return Behaviors.setup(
        context -> {
          context
              .getSystem()
              .receptionist()
              .tell(Receptionist.register(FilterKeys.instances(asyncId), context.getSelf()));
          DetourInstance instance = new DetourInstance(asyncId, verdict, context.getSelf());
          return Behaviors.receive(ToInstance.class)
              .onMessage(Attach.class, instance::onAttach)
              .onMessage(FilterRequests.class, instance::onRequests)
              .onMessage(ResumeResults.class, DetourInstance::onResults)
              .build();
        });
  }

  private Behavior<ToInstance> onAttach(Attach attach) {
    routers.add(attach.router());
    attach.router().tell(new Grant(asyncId, self, 1_000));
    System.out.println("attached: " + routers.size());
    return Behaviors.same();
  }

  private Behavior<ToInstance> onRequests(FilterRequests batch) {
    ActorRef<ToRouter> other =
        routers.stream().filter(d -> !d.equals(batch.router())).findFirst().orElseThrow();
    for (FilterRequest request : batch.requests()) {
      other.tell(new Resumes(self, 0, List.of(new Resume(request.key(), verdict))));
    }
    return Behaviors.same();
  }

  private static Behavior<ToInstance> onResults(ResumeResults results) {
    results.results().forEach(result -> System.out.println("result: " + result.status()));
    return Behaviors.same();
  }
}
