// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import io.anteroom.protocol.Attach;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.Grant;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.Resumes;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.FilterMember;
import io.anteroom.protocol.sdk.FilterMemberSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.jspecify.annotations.Nullable;

/**
 * A member of the cluster that sends 100,000 verdicts a second about queries of nobody, each time
 * in the name of another of its instances.
 */
final class VerdictFlood implements Attack {
  private static final int ASYNC_ID = 1;
  private static final int PER_SECOND = 100_000;
  private static final int BATCH = 100;

  private final CompletableFuture<Attach> attached = new CompletableFuture<>();
  private final int size;
  private final List<ActorRef<ToInstance>> instances = new ArrayList<>();
  private @Nullable FilterMember member;

  VerdictFlood(int instances) {
    size = instances;
  }

  @Override
  public String settings() {
    return "filters.flooded { async-id = " + ASYNC_ID + " }";
  }

  @Override
  public void prepare(Target target) {
    FilterMember joined =
        JoinedFilter.start(
            FilterMemberSettings.of(ASYNC_ID, target.ports().seed()),
            request -> CompletableFuture.completedFuture(Verdict.proceed()));
    member = joined;
    for (int i = 0; i < size; i++) {
      instances.add(joined.actorSystem().systemActorOf(instance(), "flood-" + i, Props.empty()));
    }
    if (!Wait.until(attached::isDone, JoinedFilter.JOIN)) {
      throw new IllegalStateException("the node has not found the member");
    }
  }

  private Behavior<ToInstance> instance() {
    return Behaviors.setup(
        context -> {
          context
              .getSystem()
              .receptionist()
              .tell(Receptionist.register(FilterKeys.instances(ASYNC_ID), context.getSelf()));
          return Behaviors.receive(ToInstance.class)
              .onMessage(
                  Attach.class,
                  attach -> {
                    attach.router().tell(new Grant(ASYNC_ID, context.getSelf(), 1));
                    attached.complete(attach);
                    return Behaviors.same();
                  })
              .onAnyMessage(results -> Behaviors.same())
              .build();
        });
  }

  @Override
  public void run(Target target) {
    ActorRef<ToRouter> router = attached.join().router();
    long start = System.nanoTime();
    target.sent().connection();
    for (int i = 0; !target.isOver(); i++) {
      Wait.untilNanos(start + (long) (i * 1e9 * BATCH / PER_SECOND));
      router.tell(new Resumes(instances.get(i % size), 0, foreign()));
      target.sent().messages(BATCH);
    }
    // While there is a node that it can say goodbye to.
    close();
  }

  private static List<Resume> foreign() {
    List<Resume> verdicts = new ArrayList<>(BATCH);
    for (int i = 0; i < BATCH; i++) {
      long queryId = ThreadLocalRandom.current().nextLong() & Long.MAX_VALUE;
      verdicts.add(new Resume(new SuspensionKey(ASYNC_ID, queryId), Verdict.drop()));
    }
    return verdicts;
  }

  @Override
  public void close() {
    if (member != null) {
      member.close();
      member = null;
    }
  }
}
