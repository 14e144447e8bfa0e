// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.flow.Answered;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.Refreshed;
import io.anteroom.node.flow.Resumed;
import io.anteroom.node.flow.SuspendRefused;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.query.Due;
import io.anteroom.node.query.QueryProcessor;
import io.anteroom.node.query.Replies;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.apache.pekko.Done;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.ReceiveBuilder;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/**
 * What all listeners have in common: the origin of the queries that they take, on the event loop of
 * their sockets.
 *
 * <p>A transport gives its packets to {@link #onPacket} and gets answers through {@link #send}; it
 * flushes when {@link #flush} is called, once for all that was answered in one go.
 */
public abstract class Listener extends AbstractBehavior<OriginCommand> implements Replies {
  private static final Duration TICK = Duration.ofMillis(100);

  /** How long what came before a drain is still taken out of the socket. */
  static final Duration LAST_READ = Duration.ofMillis(200);

  private final QueryProcessor processor;
  private final Counters<Counter> counters;
  private final java.util.concurrent.Executor loop;
  private final LongSupplier nanoTime;
  private long open;
  private boolean flushing;
  private @Nullable ActorRef<Done> drained;
  private long takenAtNanos;

  /** Stops taking queries; {@code replyTo} hears when those that were taken have ended. */
  public record Drain(ActorRef<Done> replyTo)
      implements OriginCommand, NoSerializationVerificationNeeded {}

  /** What a listener tells itself, or hears from the node that ends. */
  public enum Order implements OriginCommand, NoSerializationVerificationNeeded {
    /** Look for what is overdue. */
    TICK,
    /** Queries are suspended at another place now: what waits goes there too. */
    MOVE,
    /** End all that is still suspended: the drain has lasted long enough. */
    END_ALL
  }

  Listener(
      ActorContext<OriginCommand> context,
      TimerScheduler<OriginCommand> timers,
      QueryProcessor.Parts parts,
      java.util.concurrent.Executor loop) {
    super(context);
    this.counters = parts.counters();
    this.nanoTime = parts.nanoTime();
    this.loop = loop;
    this.processor = new QueryProcessor(parts, context.getSelf(), this);
    timers.startTimerWithFixedDelay(Order.TICK, TICK);
  }

  /** Adds what all listeners understand; the transport's own messages go before. */
  final ReceiveBuilder<OriginCommand> common(ReceiveBuilder<OriginCommand> builder) {
    return builder
        .onMessage(Resumed.class, m -> then(() -> processor.onResumed(m)))
        .onMessage(Answered.class, m -> then(() -> processor.onAnswered(m)))
        .onMessage(Unanswered.class, m -> then(() -> processor.onUnanswered(m)))
        .onMessage(Refreshed.class, m -> then(() -> processor.onRefreshed(m)))
        .onMessage(Due.class, m -> then(m.step()))
        .onMessage(SuspendRefused.class, m -> then(() -> count(Counter.SUSPEND_REFUSED)))
        .onMessageEquals(Order.TICK, () -> then(this::onTick))
        .onMessageEquals(Order.MOVE, () -> then(this::onMove))
        .onMessageEquals(Order.END_ALL, () -> then(processor::endAll))
        .onMessage(Drain.class, m -> then(() -> onDrain(m)));
  }

  final Behavior<OriginCommand> then(Runnable step) {
    step.run();
    return this;
  }

  private void onTick() {
    processor.endLost();
    look();
    tellIfDrained();
  }

  private void onMove() {
    if (processor.moveSuspended()) {
      // Packets that have come meanwhile have their turn first.
      getContext().getSelf().tell(Order.MOVE);
    }
  }

  private void onDrain(Drain drain) {
    drained = drain.replyTo();
    takenAtNanos = now() + LAST_READ.toNanos();
    stopTaking();
  }

  private void tellIfDrained() {
    if (drained != null && open <= 0 && now() - takenAtNanos >= 0) {
      drained.tell(Done.getInstance());
      drained = null;
    }
  }

  final void onPacket(byte[] packet, Client client) {
    open++;
    processor.onPacket(packet, client);
  }

  /** Keeps a listener at work after a failure, which is a bug; its state stays as it is. */
  static Behavior<OriginCommand> supervised(Behavior<OriginCommand> listener) {
    return Behaviors.supervise(listener).onFailure(SupervisorStrategy.resume());
  }

  final void onConnectionClosed(long connection, int unanswered) {
    open -= unanswered;
    processor.onConnectionClosed(connection);
  }

  @Override
  public final void answer(Client client, byte[] message) {
    if (send(client, message)) {
      open--;
      if (!flushing) {
        flushing = true;
        // Behind all that is already to be done on this loop: what that answers leaves as well.
        loop.execute(
            () -> {
              flushing = false;
              flush();
            });
      }
    }
  }

  @Override
  public final void none(Client client) {
    if (forget(client)) {
      open--;
    }
  }

  final void count(Counter counter) {
    counters.increment(counter);
  }

  /** Writes an answer; false if its client has gone, which {@link #onConnectionClosed} has said. */
  abstract boolean send(Client client, byte[] message);

  /** There is no answer; false if its client has gone. */
  abstract boolean forget(Client client);

  /** Sends what has been written. */
  abstract void flush();

  /** Looks for what has been idle for too long; called ten times a second. */
  void look() {}

  final long now() {
    return nanoTime.getAsLong();
  }

  /** Reads nothing more from clients, but what has come already and may otherwise be lost. */
  abstract void stopTaking();
}
