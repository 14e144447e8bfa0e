// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.config.ConnectorSettings;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.flow.Undecided;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.FilterRequests;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.ResumeResults;
import io.anteroom.protocol.Resumes;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connector for a filter that is not a cluster member: an instance of one service, on this node
 * only, that sends requests as datagrams, like the example in dnsdist's documentation. It runs on
 * the event loop of its sockets, which is also that of its filter router.
 *
 * <p><b>Out</b> goes the DNS message, query or response, with an ID of the connector in its first
 * two bytes. <b>In</b> comes that ID as text, optionally with a word ({@link DatagramVerdict}). So
 * the filter can decide only queries that it was asked about.
 *
 * <p><b>Filter routers.</b> The connector outlives them. When a node changes clusters, the
 * connector serves the new filter router from then on; requests of the old one are still decided.
 *
 * <p><b>Credits.</b> The filter router has as many credits as there are free IDs ({@link CopyIds});
 * a credit returns when its ID is free again. Without credits, requests wait in the router's
 * bounded queue.
 *
 * <p><b>Full socket.</b> The kernel queues few datagrams for a filter that does not read, often
 * ten. The rest waits here, bounded by the number of IDs, and is sent when there is room, if its
 * query still waits.
 *
 * <p><b>Restart of the filter.</b> A failed socket is opened again after a growing delay ({@link
 * ConnectionState}). Until then the service has no instance here. Requests already sent wait for
 * their deadlines, because the filter may still have them; unsent ones go to the restarted filter.
 * A UDP socket always opens; an unreachable filter shows only when something is sent.
 */
final class DatagramConnector extends AbstractBehavior<ToInstance> {
  private static final Logger LOG = LoggerFactory.getLogger(DatagramConnector.class);
  private static final Duration TICK = Duration.ofMillis(25);

  /** The largest payload of a UDP datagram over IPv4, in bytes. */
  private static final int MAX_MESSAGE = 65_507;

  private final TimerScheduler<ToInstance> timers;
  private final FilterService service;
  private final ConnectorSettings.Datagram settings;
  private final @Nullable Channel receiver;
  private final EventLoop loop;
  private final LongSupplier nanoTime;
  private final ActorRef<ToInstance> self;
  private final CopyIds<Copy> ids;
  private final ArrayDeque<Copy> waiting = new ArrayDeque<>();
  private final ConnectionState connectionState;
  private @Nullable ActorRef<ToRouter> router;
  private @Nullable Channel sender;
  private long roomWhenEmpty;
  private boolean ticking;
  private int freed;

  /** Messages to the connector from its own parts. */
  private sealed interface Own extends ToInstance, NoSerializationVerificationNeeded {}

  /**
   * Makes the connector an instance of this filter router. Requests of the previous one are still
   * decided.
   */
  record Serve(ActorRef<ToRouter> router) implements Own {}

  /** Verdicts read in one burst. */
  record Received(VerdictHandler from, List<DatagramVerdict> verdicts) implements Own {}

  /** Reports that a socket has failed. */
  record Broken(Channel channel, Throwable cause) implements Own {}

  private record Opened(Channel channel, @Nullable Throwable failure) implements Own {}

  enum Signal implements Own {
    /** A socket is writable again. */
    WRITABLE,
    CONNECT,
    TICK
  }

  /** A request that has been assigned an ID. */
  private static final class Copy {
    final SuspensionKey key;
    final ActorRef<ToRouter> asker;
    final byte[] message;
    final long deadlineNanos;
    int id;
    boolean sent;

    Copy(FilterRequest request, ActorRef<ToRouter> asker, long deadlineNanos) {
      this.key = request.key();
      this.asker = asker;
      this.message = request.message();
      this.deadlineNanos = deadlineNanos;
    }
  }

  private DatagramConnector(
      ActorContext<ToInstance> context,
      TimerScheduler<ToInstance> timers,
      FilterService service,
      ConnectorSettings.Datagram settings,
      @Nullable Channel receiver,
      EventLoop loop,
      LongSupplier nanoTime,
      Random random) {
    super(context);
    this.timers = timers;
    this.service = service;
    this.settings = settings;
    this.receiver = receiver;
    this.loop = loop;
    this.nanoTime = nanoTime;
    this.self = context.getSelf();
    this.connectionState =
        new ConnectionState(timers, service.settings().name(), ConnectorSockets.text(settings));
    this.ids = new CopyIds<>(() -> service.settings().timeout().toNanos(), random);
    if (receiver != null) {
      receiver.pipeline().addLast(new VerdictHandler(self, service.counters()));
      receiver.config().setAutoRead(true);
    }
    connect();
  }

  /**
   * Creates a connector.
   *
   * @param receiver the separate socket on which verdicts arrive, if there is one; the connector
   *     takes ownership
   * @param loop the event loop that it runs on
   */
  static Behavior<ToInstance> create(
      FilterService service,
      ConnectorSettings.Datagram settings,
      @Nullable Channel receiver,
      EventLoop loop,
      LongSupplier nanoTime,
      Random random) {
    Behavior<ToInstance> connector =
        Behaviors.setup(
            context ->
                Behaviors.withTimers(
                    timers ->
                        new DatagramConnector(
                            context, timers, service, settings, receiver, loop, nanoTime, random)));
    return Behaviors.supervise(connector).onFailure(SupervisorStrategy.resume());
  }

  @Override
  public Receive<ToInstance> createReceive() {
    return newReceiveBuilder()
        .onMessage(FilterRequests.class, this::onFilterRequests)
        .onMessage(Received.class, this::onReceived)
        .onMessageEquals(Signal.WRITABLE, this::onWritable)
        .onMessage(ResumeResults.class, results -> this)
        .onMessageEquals(Signal.TICK, this::onTick)
        .onMessage(Serve.class, this::onServe)
        .onMessage(Opened.class, this::onOpened)
        .onMessage(Broken.class, this::onBroken)
        .onMessageEquals(Signal.CONNECT, this::onConnect)
        .onSignal(PostStop.class, stopped -> onStopped())
        .build();
  }

  private Behavior<ToInstance> onServe(Serve serve) {
    if (!serve.router().equals(router)) {
      router = serve.router();
      freed = 0;
    }
    tellRouter();
    return this;
  }

  /** Tells the filter router whether the connector takes requests now. */
  private void tellRouter() {
    if (router != null) {
      router.tell(new FilterRouter.Connection(self, sender != null, CopyIds.SIZE, ids.free()));
    }
  }

  private Behavior<ToInstance> onFilterRequests(FilterRequests batch) {
    long now = nanoTime.getAsLong();
    advance(now);
    for (FilterRequest request : batch.requests()) {
      take(request, batch.router(), now);
    }
    send(now);
    tickLater();
    return this;
  }

  private void take(FilterRequest request, ActorRef<ToRouter> asker, long now) {
    long deadline = now + TimeUnit.MICROSECONDS.toNanos(request.remainingMicros());
    Copy copy = new Copy(request, asker, deadline);
    copy.id = ids.take(copy, now);
    if (copy.id == CopyIds.NONE) {
      // Sent by the previous router after this one had been told the number of free IDs.
      asker.tell(new FilterRouter.Failed(self, 0, copy.key, Undecided.OVERLOAD));
    } else {
      waiting.add(copy);
    }
  }

  /** Writes waiting requests while the channel is writable, then flushes once. */
  private void send(long now) {
    Channel to = sender;
    if (to == null || waiting.isEmpty()) {
      return;
    }
    boolean written = false;
    while (!waiting.isEmpty() && to.isWritable()) {
      Copy copy = waiting.poll();
      if (ids.find(copy.id) == copy && copy.deadlineNanos - now > 0) {
        write(copy, to);
        written = true;
      }
    }
    if (written) {
      to.flush();
      if (to.bytesBeforeUnwritable() < roomWhenEmpty) {
        service.counters().increment(SuspensionCounter.CONNECTOR_BLOCKED);
      }
    }
  }

  private void write(Copy copy, Channel to) {
    copy.sent = true;
    int length = copy.message.length;
    if (length > MAX_MESSAGE) {
      service.counters().increment(SuspensionCounter.CONNECTOR_ERRORS);
      return;
    }
    ByteBuf datagram = to.alloc().directBuffer(length);
    datagram.writeShort(copy.id).writeBytes(copy.message, 2, length - 2);
    // The void promise reports a failure to the pipeline, whose handler tells the connector.
    var unused = to.write(datagram, to.voidPromise());
  }

  private Behavior<ToInstance> onWritable() {
    send(nanoTime.getAsLong());
    return this;
  }

  private Behavior<ToInstance> onReceived(Received received) {
    received.from().taken();
    connectionState.answered();
    long now = nanoTime.getAsLong();
    advance(now);
    List<Resume> resumes = new ArrayList<>(received.verdicts().size());
    for (DatagramVerdict verdict : received.verdicts()) {
      Copy copy = ids.find(verdict.id());
      if (copy != null && copy.sent) {
        ids.end(verdict.id(), now);
        Resume resume = new Resume(copy.key, verdict.verdict());
        if (copy.asker.equals(router)) {
          resumes.add(resume);
        } else {
          copy.asker.tell(new Resumes(self, 0, List.of(resume)));
        }
      } else {
        service
            .counters()
            .increment(
                ids.isResting(verdict.id())
                    ? SuspensionCounter.VERDICTS_LATE
                    : SuspensionCounter.VERDICTS_UNKNOWN);
      }
    }
    resume(resumes);
    return this;
  }

  /** Sends the router the filter's verdicts and the credits that return. */
  private void resume(List<Resume> resumes) {
    if (router != null && (freed > 0 || !resumes.isEmpty())) {
      router.tell(new Resumes(self, freed, resumes));
      freed = 0;
    }
  }

  /** Frees IDs and drops unsent requests that have ended. */
  private void advance(long now) {
    freed += ids.advance(now);
    while (!waiting.isEmpty() && ids.find(waiting.peek().id) != waiting.peek()) {
      waiting.poll();
    }
  }

  private Behavior<ToInstance> onTick() {
    ticking = false;
    advance(nanoTime.getAsLong());
    resume(List.of());
    tickLater();
    return this;
  }

  private void tickLater() {
    if (!ticking && !ids.areAllFree()) {
      ticking = true;
      timers.startSingleTimer(Signal.TICK, TICK);
    }
  }

  private Behavior<ToInstance> onConnect() {
    connect();
    return this;
  }

  private void connect() {
    ConnectorSockets.connect(settings, loop, new VerdictHandler(self, service.counters()))
        .addListener(
            (io.netty.channel.ChannelFuture done) ->
                self.tell(new Opened(done.channel(), done.cause())));
  }

  private Behavior<ToInstance> onOpened(Opened opened) {
    if (opened.failure() != null) {
      connectionState.report(false, String.valueOf(opened.failure().getMessage()));
      connectionState.lookLater(Signal.CONNECT);
      return this;
    }
    sender = opened.channel();
    roomWhenEmpty = opened.channel().bytesBeforeUnwritable();
    if (settings instanceof ConnectorSettings.Unix) {
      connectionState.report(true, "connected");
    }
    tellRouter();
    long now = nanoTime.getAsLong();
    advance(now);
    send(now);
    return this;
  }

  private Behavior<ToInstance> onBroken(Broken broken) {
    if (broken.channel() != sender) {
      return this;
    }
    service.counters().increment(SuspensionCounter.CONNECTOR_BROKEN);
    connectionState.report(false, String.valueOf(broken.cause().getMessage()));
    sender = null;
    var unused = broken.channel().close();
    tellRouter();
    connectionState.lookLater(Signal.CONNECT);
    return this;
  }

  private Behavior<ToInstance> onStopped() {
    if (sender != null) {
      sender.close();
    }
    if (receiver != null) {
      receiver.close();
      removeFile();
    }
    return this;
  }

  private void removeFile() {
    try {
      ConnectorSockets.remove(((ConnectorSettings.Unix) settings).receiveAt());
    } catch (IOException e) {
      // The file is deleted at the next start.
      LOG.info("the file of a socket is left behind: {}", e.getMessage());
    }
  }
}
