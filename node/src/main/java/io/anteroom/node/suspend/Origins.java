// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.flow.OriginCommand;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * The references by which members of a cluster reach the listeners of this node. A listener is not
 * in the ActorSystem that is the member, so each gets an actor there that forwards to it.
 * Thread-safe: listeners ask for theirs from their own threads.
 */
public final class Origins {
  private final ActorSystem<?> member;
  private final Map<ActorRef<OriginCommand>, ActorRef<OriginCommand>> forwarders =
      new ConcurrentHashMap<>();
  private final AtomicInteger started = new AtomicInteger();

  /** Creates the forwarders in this ActorSystem, each when it is first asked for. */
  public Origins(ActorSystem<?> member) {
    this.member = member;
  }

  /** The reference for this listener. */
  public ActorRef<OriginCommand> of(ActorRef<OriginCommand> listener) {
    return forwarders.computeIfAbsent(
        listener,
        to ->
            member.systemActorOf(
                forwarder(to), "origin-" + started.incrementAndGet(), Props.empty()));
  }

  private static Behavior<OriginCommand> forwarder(ActorRef<OriginCommand> to) {
    return Behaviors.receiveMessage(
        message -> {
          to.tell(message);
          return Behaviors.same();
        });
  }
}
