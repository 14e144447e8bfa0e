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
 * Speaks for a filter that is no member: an instance of one service, on this node only, that passes
 * requests on as datagrams, as the example in dnsdist's documentation does. It runs on the event
 * loop of its sockets, which is its router's too.
 *
 * <p><b>Out</b> goes the DNS message, query or answer, with an id of the connector's in its first
 * two bytes. <b>In</b> comes that id as text, perhaps with a word ({@link DatagramVerdict}). So it
 * can decide its own service only, and only what it was asked.
 *
 * <p><b>FilterRouters.</b> It outlives them: a node that goes from one cluster to another has a new
 * router, which is served from then on, while what the one before has asked is still decided.
 *
 * <p><b>Credits.</b> The router has as many credits as there are free ids ({@link CopyIds}); an id
 * that ends gives its credit back when it may be used again. So it is the router's bounded queue
 * that fills when none is left.
 *
 * <p><b>Full socket.</b> The kernel holds few datagrams for a filter that does not read, ten on
 * many machines. The rest waits here, bounded by the ids, and is sent when there is room and if its
 * query still waits.
 *
 * <p><b>Restart of the filter.</b> A socket that fails is opened again, after a while that grows.
 * Until it is open the service has no instance here. What had been sent waits for its deadline: the
 * filter may have kept it. What had not is sent to the new one. A UDP socket opens always; whether
 * there is somebody shows only when something is sent.
 */
final class DatagramConnector extends AbstractBehavior<ToInstance> {
  private static final Logger LOG = LoggerFactory.getLogger(DatagramConnector.class);
  private static final Duration TICK = Duration.ofMillis(25);

  /** What fits into a datagram, over IPv4. */
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

  /** What a connector tells itself. */
  private sealed interface Own extends ToInstance, NoSerializationVerificationNeeded {}

  /**
   * From now on it is an instance for this router. What another one has asked is decided all the
   * same.
   */
  record Serve(ActorRef<ToRouter> router) implements Own {}

  /** Verdicts that came in with one burst. */
  record Received(VerdictHandler from, List<DatagramVerdict> verdicts) implements Own {}

  /** A socket has failed. */
  record Broken(Channel channel, Throwable cause) implements Own {}

  private record Opened(Channel channel, @Nullable Throwable failure) implements Own {}

  enum Signal implements Own {
    /** There is room in the socket again. */
    WRITABLE,
    CONNECT,
    TICK
  }

  /** A request that was given an id. */
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
   * A connector.
   *
   * @param receiver the socket of its own at which verdicts come in, which it then owns, if it has
   *     one
   * @param loop whose dispatcher it runs on
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
    tellDispatcher();
    return this;
  }

  /** From now on it can be sent requests, or can't. */
  private void tellDispatcher() {
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
      // The router before this one had sent it when this one was told what is free.
      asker.tell(new FilterRouter.Failed(self, 0, copy.key, Undecided.OVERLOAD));
    } else {
      waiting.add(copy);
    }
  }

  /** Writes what waits, as much as there is room for, and hands it to the kernel together. */
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

  /** Tells the router what the filter decided, and which credits it has again. */
  private void resume(List<Resume> resumes) {
    if (router != null && (freed > 0 || !resumes.isEmpty())) {
      router.tell(new Resumes(self, freed, resumes));
      freed = 0;
    }
  }

  /** Frees ids, and forgets what waits to be sent but has ended. */
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
    tellDispatcher();
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
    tellDispatcher();
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
      // The next start does it.
      LOG.info("the file of a socket is left behind: {}", e.getMessage());
    }
  }
}
