// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.protocol.Attach;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.FilterRequests;
import io.anteroom.protocol.Grant;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.ResumeResults;
import io.anteroom.protocol.ToInstance;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** A filter instance that only notes what it hears; the test decides for it. */
final class PlayedInstance {
  final List<FilterRequest> requests = new ArrayList<>();
  final List<ResumeResult> results = new ArrayList<>();

  private final int asyncId;
  private final int credits;
  private final ActorRef<ToInstance> ref;

  enum Order implements ToInstance {
    END
  }

  PlayedInstance(
      Function<Behavior<ToInstance>, ActorRef<ToInstance>> spawn, int asyncId, int credits) {
    this.asyncId = asyncId;
    this.credits = credits;
    ref =
        spawn.apply(
            Behaviors.setup(context -> Behaviors.receiveMessage(m -> onMessage(context, m))));
  }

  ActorRef<ToInstance> ref() {
    return ref;
  }

  private Behavior<ToInstance> onMessage(ActorContext<ToInstance> context, ToInstance message) {
    if (message instanceof Attach attach) {
      attach.router().tell(new Grant(asyncId, context.getSelf(), credits));
    } else if (message instanceof FilterRequests batch) {
      requests.addAll(batch.requests());
    } else if (message instanceof ResumeResults told) {
      results.addAll(told.results());
    }
    return message == Order.END ? Behaviors.stopped() : Behaviors.same();
  }
}
