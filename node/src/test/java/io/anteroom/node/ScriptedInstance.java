// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.ClusterRig.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.protocol.Attach;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.FilterRequests;
import io.anteroom.protocol.Grant;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.ResumeResults;
import io.anteroom.protocol.Resumes;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import io.anteroom.protocol.Verdict;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.receptionist.Receptionist;

/** A filter instance that does what the test says, when the test says it. */
final class ScriptedInstance {
  private final int asyncId;
  private final TestProbe<ToInstance> probe;
  private final Map<Integer, ActorRef<ToRouter>> routers = new HashMap<>();
  private final Deque<Asked> requests = new ArrayDeque<>();
  private final Deque<ResumeResult> results = new ArrayDeque<>();

  /** A request, and the node that sent it. */
  record Asked(int clusterPort, FilterRequest request) {
    SuspensionKey key() {
      return request.key();
    }
  }

  private ScriptedInstance(int asyncId, TestProbe<ToInstance> probe) {
    this.asyncId = asyncId;
    this.probe = probe;
  }

  /** One that the Receptionist lists. */
  static ScriptedInstance registered(ActorTestKit kit, int asyncId) {
    ScriptedInstance instance = stranger(kit, asyncId);
    kit.system()
        .receptionist()
        .tell(Receptionist.register(FilterKeys.instances(asyncId), instance.probe.ref()));
    return instance;
  }

  /** One that it does not. */
  static ScriptedInstance stranger(ActorTestKit kit, int asyncId) {
    return new ScriptedInstance(asyncId, kit.createTestProbe());
  }

  /** The router of that node, which has attached or will. */
  ActorRef<ToRouter> router(Node node) {
    int port = ClusterRig.clusterPort(node.system());
    while (!routers.containsKey(port)) {
      take();
    }
    return routers.get(port);
  }

  Asked nextRequest() {
    while (requests.isEmpty()) {
      take();
    }
    return requests.remove();
  }

  /** Sends a verdict and waits for what became of it. */
  ResumeResult.Status resume(ActorRef<ToRouter> to, SuspensionKey key, Verdict verdict) {
    to.tell(new Resumes(probe.ref(), 0, List.of(new Resume(key, verdict))));
    while (results.isEmpty()) {
      take();
    }
    ResumeResult result = results.remove();
    assertThat(result.key()).isEqualTo(key);
    return result.status();
  }

  /** Claims to have room, without having been asked. */
  void grant(ActorRef<ToRouter> to) {
    to.tell(new Grant(asyncId, probe.ref(), 1_000));
  }

  private void take() {
    ToInstance message = probe.receiveMessage(PATIENCE);
    if (message instanceof Attach attach) {
      routers.put(port(attach.router()), attach.router());
      grant(attach.router());
    } else if (message instanceof FilterRequests batch) {
      int from = port(batch.router());
      batch.requests().forEach(request -> requests.add(new Asked(from, request)));
    } else if (message instanceof ResumeResults more) {
      results.addAll(more.results());
    }
  }

  private static int port(ActorRef<?> ref) {
    return ref.path().address().getPort().orElseThrow();
  }
}
