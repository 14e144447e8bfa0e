// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.UdpListenerSettings;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.Session;
import io.anteroom.node.net.Survival;
import io.anteroom.node.query.QueryProcessor;
import io.anteroom.node.wire.StreamOptions;
import io.anteroom.protocol.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * Receives queries from one UDP socket and sends the answers through it.
 *
 * <p>The packets of one read of the socket (recvmmsg) reach the actor as one message; the answers
 * of one turn of the event loop are sent with one flush (sendmmsg).
 */
final class UdpListener extends Listener {
  private final Channel channel;
  private final Intake intake;

  private UdpListener(
      ActorContext<OriginCommand> context,
      TimerScheduler<OriginCommand> timers,
      Channel channel,
      UdpListenerSettings settings,
      QueryProcessor.Parts parts,
      Acl acl,
      Proxies proxies) {
    super(
        context,
        timers,
        parts,
        channel.eventLoop(),
        StreamOptions.NONE,
        settings.clients().identity());
    this.channel = channel;
    this.intake = new Intake(context.getSelf(), settings.name(), acl, proxies, parts.counters());
    channel.pipeline().addLast(intake);
    channel.config().setAutoRead(true);
  }

  /**
   * A listener on a bound socket that does not read yet. It owns the socket and must run on the
   * dispatcher that is the socket's event loop.
   *
   * @param proxies which send a header before each query
   */
  static Behavior<OriginCommand> create(
      Channel channel,
      UdpListenerSettings settings,
      QueryProcessor.Parts parts,
      Acl acl,
      Proxies proxies) {
    return supervised(
        Behaviors.setup(
            context ->
                Behaviors.withTimers(
                    timers ->
                        new UdpListener(context, timers, channel, settings, parts, acl, proxies))));
  }

  @Override
  public Receive<OriginCommand> createReceive() {
    return common(newReceiveBuilder().onMessage(Burst.class, this::onBurst))
        .onSignal(PostStop.class, signal -> then(channel::close))
        .build();
  }

  private Behavior<OriginCommand> onBurst(Burst burst) {
    burst.intake.taken();
    for (Datagram datagram : burst.datagrams) {
      onPacket(datagram.bytes, datagram.client);
    }
    return this;
  }

  @Override
  boolean send(Client client, byte[] message) {
    if (!channel.isWritable()) {
      count(Counter.ANSWERS_UNSENT);
      return true;
    }
    ByteBuf buffer = channel.alloc().directBuffer(message.length).writeBytes(message);
    channel.write(new DatagramPacket(buffer, client.peer()), channel.voidPromise());
    return true;
  }

  @Override
  boolean forget(Client client) {
    return true;
  }

  @Override
  void flush() {
    channel.flush();
  }

  @Override
  void stopTaking() {
    channel.config().setAutoRead(false);
    intake.readUntilNanos = System.nanoTime() + LAST_READ.toNanos();
    intake.lastReads = true;
    channel.read();
  }

  private record Datagram(byte[] bytes, Client client) {}

  private record Burst(Intake intake, List<Datagram> datagrams)
      implements OriginCommand, NoSerializationVerificationNeeded {}

  /**
   * Inbound handler of the channel. Runs on the event loop, which is the thread of the listener
   * too.
   */
  private static final class Intake extends ChannelInboundHandlerAdapter {
    /** Most bursts that the listener has not processed yet; normally there is at most one. */
    private static final int MAX_WAITING = 64;

    private final ActorRef<OriginCommand> listener;
    private final String name;
    private final Acl acl;
    private final Proxies proxies;
    private final Counters<Counter> counters;
    private List<Datagram> burst = new ArrayList<>();

    /** When the first datagram of the burst was read. */
    private long arrivedNanos;

    private int waiting;
    private boolean lastReads;
    private long readUntilNanos;

    Intake(
        ActorRef<OriginCommand> listener,
        String name,
        Acl acl,
        Proxies proxies,
        Counters<Counter> counters) {
      this.listener = listener;
      this.name = name;
      this.acl = acl;
      this.proxies = proxies;
      this.counters = counters;
    }

    void taken() {
      waiting--;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      DatagramPacket packet = (DatagramPacket) message;
      try {
        InetSocketAddress sender = packet.sender();
        if (sender.getPort() == 0) {
          counters.increment(Counter.SOURCE_PORT_ZERO);
        } else if (proxies.include(sender)) {
          takeProxied(packet.content(), sender);
        } else {
          admit(packet.content(), sender, sender, sender, Session.NONE);
        }
      } finally {
        packet.release();
      }
    }

    private void takeProxied(ByteBuf content, InetSocketAddress proxy) {
      ProxyReading read = proxies.read(content);
      if (!(read instanceof ProxyHeader header)) {
        counters.increment(
            read instanceof ProxyReading.Wrong wrong ? wrong.why() : Counter.PROXY_INVALID);
      } else if (content.readableBytes() == header.length()) {
        counters.increment(Counter.PROXY_EMPTY);
      } else {
        counters.increment(Counter.PROXY_HEADERS);
        InetSocketAddress client = Proxies.client(header, proxy);
        InetSocketAddress judged = proxies.judged(client, proxy);
        ByteBuf query = content.skipBytes(header.length());
        admit(query, judged, client, proxy, proxies.session(header));
      }
    }

    private void admit(
        ByteBuf query,
        InetSocketAddress judged,
        InetSocketAddress client,
        InetSocketAddress peer,
        Session session) {
      if (!acl.admits(judged)) {
        return;
      }
      if (burst.isEmpty()) {
        arrivedNanos = System.nanoTime();
      }
      burst.add(
          new Datagram(
              ByteBufUtil.getBytes(query),
              new Client(client, peer, Transport.UDP, 0, name, arrivedNanos, session)));
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      if (lastReads && System.nanoTime() - readUntilNanos < 0) {
        context.read();
      }
      if (burst.isEmpty()) {
        return;
      }
      if (waiting >= MAX_WAITING) {
        counters.add(Counter.LISTENER_OVERLOAD, burst.size());
        burst.clear();
        return;
      }
      waiting++;
      listener.tell(new Burst(this, burst));
      burst = new ArrayList<>(burst.size());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      Survival.endIfOutOfMemory(cause);
      // A datagram could not be sent, or caused an ICMP error; the socket stays open.
      counters.increment(Counter.ANSWERS_UNSENT);
    }
  }
}
