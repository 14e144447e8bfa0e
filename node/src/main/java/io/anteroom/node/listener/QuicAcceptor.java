// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.http.Refusal;
import io.anteroom.node.tls.QuicContexts;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionIdGenerator;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one QUIC socket, which all of them share. Each event loop has a socket at the
 * listener's address, and the kernel gives the packets of one client address and port to the same
 * one; so a client that changes its address in the middle of a connection meets another socket,
 * which does not know the connection, and must connect again.
 */
final class QuicAcceptor implements ExchangeAcceptor {
  /**
   * The idle timeout of QUIC itself, for a client that has gone while its query waits. An idle
   * connection is closed by {@link QuicConnection#look}, which knows whether a query waits.
   */
  private static final long GONE_MILLIS = TimeUnit.MINUTES.toMillis(2);

  /** Fits every path of IPv6 and, nearly always, of IPv4. */
  private static final int MAX_SENT = 1_232;

  /** A query comes in one packet; a longer one in several, as it is read. */
  private static final int STREAM_WINDOW = 4 << 10;

  private static final int CONNECTION_WINDOW = 64 << 10;

  private final Shared shared;
  private final Channel socket;
  private final QuicPackets packets;
  private final Set<QuicConnection> connections = new HashSet<>();
  private @Nullable ActorRef<OriginCommand> listener;
  private boolean stopped;

  /** What the sockets of one listener have in common. */
  record Shared(
      ListenerSettings.OnQuic settings,
      QuicStreams streams,
      Certificates<QuicContexts> certificates,
      HandshakeLimits handshakes,
      Acl acl,
      TcpAdmission admission,
      TcpBacklog backlog,
      Counters<Counter> counters) {}

  QuicAcceptor(Shared shared, Channel socket) {
    this.shared = shared;
    this.socket = socket;
    this.packets = new QuicPackets(shared.acl, shared.counters);
    socket.pipeline().addLast(packets, codec());
  }

  private ChannelHandler codec() {
    QuicServerCodecBuilder codec =
        new QuicServerCodecBuilder()
            .sslEngineProvider(channel -> shared.certificates.contexts().newEngine(channel.alloc()))
            .tokenHandler(
                new RetryTokens(
                    new SecureRandom(), shared.handshakes, shared.counters, System::nanoTime))
            .connectionIdAddressGenerator(QuicConnectionIdGenerator.randomGenerator())
            .localConnectionIdLength(RetryTokens.ID_LENGTH)
            .activeMigration(false)
            .maxIdleTimeout(
                Math.max(GONE_MILLIS, 2 * shared.settings.connections().idleTimeout().toMillis()),
                TimeUnit.MILLISECONDS)
            .maxSendUdpPayloadSize(MAX_SENT)
            .initialMaxData(CONNECTION_WINDOW)
            .initialMaxStreamDataBidirectionalRemote(STREAM_WINDOW)
            .initialMaxStreamsBidirectional(shared.settings.maxStreams())
            .handler(
                new ChannelInitializer<QuicChannel>() {
                  @Override
                  protected void initChannel(QuicChannel channel) {
                    open(channel);
                  }
                });
    shared.streams.limit(codec);
    return codec.build();
  }

  private void open(QuicChannel channel) {
    QuicConnection connection = new QuicConnection(this, channel);
    channel.pipeline().addLast(connection);
    shared.streams.addTo(connection, channel.pipeline());
  }

  QuicStreams streams() {
    return shared.streams;
  }

  TcpBacklog backlog() {
    return shared.backlog;
  }

  long handshakeMillis() {
    return shared.settings.tls().handshakeTimeout().toMillis();
  }

  long idleNanos() {
    return shared.settings.connections().idleTimeout().toNanos();
  }

  long now() {
    return System.nanoTime();
  }

  void count(Counter counter) {
    shared.counters.increment(counter);
  }

  TcpAdmission.@Nullable Seat admit(QuicChannel channel, InetAddress from) {
    return shared.admission.admit(channel, from);
  }

  void opened(QuicConnection connection) {
    connections.add(connection);
  }

  void closed(QuicConnection connection, TcpAdmission.Seat seat) {
    connections.remove(connection);
    shared.admission.leave(seat);
  }

  void count(Refusal refusal) {
    count(HttpsParts.counter(refusal));
  }

  void tell(ExchangeListener.Message message) {
    if (listener != null) {
      listener.tell(message);
    }
  }

  @Override
  public void deliverTo(ActorRef<OriginCommand> to) {
    listener = to;
  }

  @Override
  public boolean sharesSocket() {
    return true;
  }

  /** Whether no more queries are taken. */
  boolean isStopped() {
    return stopped;
  }

  @Override
  public void look(long nowNanos) {
    for (QuicConnection connection : List.copyOf(connections)) {
      connection.look(nowNanos);
    }
  }

  @Override
  public void stopTaking() {
    if (!stopped) {
      stopped = true;
      packets.stopTaking();
      List.copyOf(connections).forEach(QuicConnection::stopTaking);
    }
  }

  /** The ends of the connections are sent by a task that is queued before that of the socket. */
  @Override
  public void closeAll() {
    stopTaking();
    List.copyOf(connections).forEach(QuicConnection::finish);
    socket.eventLoop().execute(socket::close);
  }
}
