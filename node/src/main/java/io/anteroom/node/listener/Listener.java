// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.IdentitySource;
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
import io.anteroom.node.query.Recognition;
import io.anteroom.node.query.Replies;
import io.anteroom.node.wire.StreamOptions;
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
 * Base class of all listeners: the origin of the queries that they receive. Runs on the event loop
 * of its sockets.
 *
 * <p>A transport passes its packets to {@link #onPacket} and gets answers through {@link #send}. It
 * sends them when {@link #flush} is called, once for all answers of one turn of the event loop.
 */
public abstract class Listener extends AbstractBehavior<OriginCommand> implements Replies {
  private static final Duration TICK = Duration.ofMillis(100);

  /** How long after the start of a drain the packets that the kernel has queued are still read. */
  static final Duration LAST_READ = Duration.ofMillis(200);

  private final QueryProcessor processor;
  private final Counters<Counter> counters;
  private final java.util.concurrent.Executor loop;
  private final LongSupplier nanoTime;
  private long open;
  private boolean flushing;
  private @Nullable ActorRef<Done> drained;
  private long takenAtNanos;

  /** Stops taking queries; {@code replyTo} is told when all queries in flight have ended. */
  public record Drain(ActorRef<Done> replyTo)
      implements OriginCommand, NoSerializationVerificationNeeded {}

  /** Messages of a listener to itself, or from the node when it ends. */
  public enum Order implements OriginCommand, NoSerializationVerificationNeeded {
    /** Check for overdue queries and idle connections. */
    TICK,
    /** Queries are suspended at another place now: move the suspended queries there. */
    MOVE,
    /** End all queries that are still suspended: the drain has lasted long enough. */
    END_ALL
  }

  Listener(
      ActorContext<OriginCommand> context,
      TimerScheduler<OriginCommand> timers,
      QueryProcessor.Parts parts,
      java.util.concurrent.Executor loop,
      StreamOptions options,
      IdentitySource identity) {
    super(context);
    this.counters = parts.counters();
    this.nanoTime = parts.nanoTime();
    this.loop = loop;
    Recognition recognition = Recognizer.of(identity, counters);
    this.processor = new QueryProcessor(parts, context.getSelf(), this, options, recognition);
    timers.startTimerWithFixedDelay(Order.TICK, TICK);
  }

  /**
   * Adds the handlers of messages that all listeners have; the transport's own are added before.
   */
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
      // Packets that have arrived in the meantime are processed first.
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

  /** Lets a listener continue, with its state, after an exception, which is a bug. */
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
        // The flush runs after all tasks queued on this event loop, so it also sends their answers.
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

  /**
   * Writes an answer; false if its connection has closed, which {@link #onConnectionClosed} has
   * reported.
   */
  abstract boolean send(Client client, byte[] message);

  /** The query ends without an answer; false if its connection has closed. */
  abstract boolean forget(Client client);

  /** Sends the answers that have been written. */
  abstract void flush();

  /** Checks for idle connections; called ten times a second. */
  void look() {}

  final long now() {
    return nanoTime.getAsLong();
  }

  /**
   * Stops reading from clients, except packets that have arrived already and would otherwise be
   * lost.
   */
  abstract void stopTaking();
}
