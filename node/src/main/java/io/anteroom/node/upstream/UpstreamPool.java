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
 * A {@link ServerPool} as an actor: replies to every {@link UpstreamCommand.Forward} with exactly
 * one {@link Answered} or {@link Unanswered}, and to every {@link UpstreamCommand.Refresh} with one
 * {@link Refreshed}. It should run on a dispatcher that is the event loop of its sockets, but works
 * correctly on others.
 */
public final class UpstreamPool extends AbstractBehavior<UpstreamCommand> {
  /** Much longer than a message takes from one event loop to another. */
  private static final Duration RETIRE_CHECK = Duration.ofSeconds(1);

  private final ServerPool pool;
  private final LatencyHistogram latency;
  private final LongSupplier clock;
  private boolean wasUnused;

  private enum Order implements UpstreamCommand {
    RETIRE
  }

  /**
   * Message that stops the pool once no request has waited for a while. The sender must see to it
   * that no new requests are sent to the pool; requests on their way are still answered.
   */
  public static UpstreamCommand retire() {
    return Order.RETIRE;
  }

  /**
   * A pool for one event loop.
   *
   * @param common shared by the pools of all event loops of the node
   * @param loop the event loop of its sockets, on which the actor should run too
   * @param clock nanoseconds, the clock of the deadlines in {@link UpstreamCommand.Forward}
   * @param random must be unpredictable, like a {@code SecureRandom}
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
    // A message from one server that causes an exception must not end the queries in flight at
    // others. Pekko logs the exception, which is a bug.
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

  /** A request of the answer cache, not of a client. */
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

  /** A request of the origin of a client's query. */
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
