// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.flow.Answered;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.LatencyHistogram;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Refreshed;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.flow.UpstreamCommand;
import io.anteroom.node.wire.WireAnswer;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * A {@link ServerPool} as an actor: answers every {@link UpstreamCommand.Forward} with exactly one
 * {@link Answered} or {@link Unanswered}. It is meant to run on a dispatcher that is the event loop
 * of its sockets; nothing breaks if it does not.
 */
public final class UpstreamPool extends AbstractBehavior<UpstreamCommand> {
  /** Far longer than a message is on its way from one event loop to another. */
  private static final Duration RETIRE_CHECK = Duration.ofSeconds(1);

  private final ServerPool pool;
  private final LatencyHistogram latency;
  private final LongSupplier clock;
  private boolean wasUnused;

  private enum Order implements UpstreamCommand {
    RETIRE
  }

  /**
   * Has the pool end when nobody has waited for it for a while. Nobody is to be sent to it any
   * more; who is on the way to it still gets his answer.
   */
  public static UpstreamCommand retire() {
    return Order.RETIRE;
  }

  /**
   * A pool for one event loop.
   *
   * @param common to the pools of all loops of the node
   * @param loop where its sockets live; the actor itself should run there too
   * @param clock nanoseconds, the clock of the deadlines in {@link UpstreamCommand.Forward}
   * @param random unpredictable, as a {@code SecureRandom} is
   */
  public static Behavior<UpstreamCommand> create(
      SharedPool common,
      EventLoop loop,
      Counters<Counter> counters,
      LongSupplier clock,
      RandomGenerator random) {
    Behavior<UpstreamCommand> behavior =
        Behaviors.setup(
            context -> {
              ActorRef<UpstreamCommand> self = context.getSelf();
              ServerPool pool = new ServerPool(common, loop, self::tell, counters, clock, random);
              return new UpstreamPool(context, pool, common.latency(), clock);
            });
    // Whatever a server sends, the queries of all others stay in flight; Pekko logs the bug.
    return Behaviors.supervise(behavior).onFailure(SupervisorStrategy.resume());
  }

  private UpstreamPool(
      ActorContext<UpstreamCommand> context,
      ServerPool pool,
      LatencyHistogram latency,
      LongSupplier clock) {
    super(context);
    this.pool = pool;
    this.latency = latency;
    this.clock = clock;
  }

  @Override
  public Receive<UpstreamCommand> createReceive() {
    return newReceiveBuilder()
        .onMessage(UpstreamCommand.Forward.class, this::onForward)
        .onMessage(UpstreamCommand.Refresh.class, this::onRefresh)
        .onMessage(PoolEvent.class, this::onEvent)
        .onMessageEquals(Order.RETIRE, this::onRetire)
        .onSignal(PostStop.class, stop -> onPostStop())
        .build();
  }

  private Behavior<UpstreamCommand> onForward(UpstreamCommand.Forward forward) {
    pool.ask(new Asker(forward.query(), forward.replyTo()), forward.deadlineNanos());
    return this;
  }

  private Behavior<UpstreamCommand> onRefresh(UpstreamCommand.Refresh refresh) {
    pool.ask(new Refresher(refresh), refresh.deadlineNanos());
    return this;
  }

  private Behavior<UpstreamCommand> onEvent(PoolEvent event) {
    pool.receive(event);
    return this;
  }

  private Behavior<UpstreamCommand> onRetire() {
    boolean isUnused = pool.isUnused();
    if (isUnused && wasUnused) {
      return Behaviors.stopped();
    }
    wasUnused = isUnused;
    getContext().scheduleOnce(RETIRE_CHECK, getContext().getSelf(), Order.RETIRE);
    return this;
  }

  private Behavior<UpstreamCommand> onPostStop() {
    pool.close();
    return this;
  }

  /** Waits for the answer cache, in the place of a client. */
  private static final class Refresher extends PendingRequest {
    private final UpstreamCommand.Refresh refresh;

    Refresher(UpstreamCommand.Refresh refresh) {
      super(refresh.query());
      this.refresh = refresh;
    }

    @Override
    protected void answered(WireAnswer answer) {
      refresh.replyTo().tell(new Refreshed(refresh, answer, askedNanos()));
    }

    @Override
    protected void unanswered(Unanswered.Reason reason) {
      refresh.replyTo().tell(new Refreshed(refresh, null, sinceNanos()));
    }
  }

  /** The origin of a client's query. */
  private final class Asker extends PendingRequest {
    private final Query query;
    private final ActorRef<OriginCommand> replyTo;

    Asker(Query query, ActorRef<OriginCommand> replyTo) {
      super(query.wire());
      this.query = query;
      this.replyTo = replyTo;
    }

    @Override
    protected InetAddress client() {
      return query.client().address().getAddress();
    }

    @Override
    protected void answered(WireAnswer answer) {
      latency.record(clock.getAsLong() - sinceNanos());
      replyTo.tell(new Answered(query, answer, askedNanos()));
    }

    @Override
    protected void unanswered(Unanswered.Reason reason) {
      replyTo.tell(new Unanswered(query, reason));
    }
  }
}
