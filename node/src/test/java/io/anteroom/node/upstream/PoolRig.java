// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.config.SocketSettings;
import io.anteroom.node.config.TrySettings;
import io.anteroom.node.flow.Answered;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Rules;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.flow.UpstreamCommand;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.Transport;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;

/** A pool on real sockets, and a client that asks it. */
final class PoolRig implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofMinutes(3);

  static {
    // Loads the classes, so that a test with a short timeout does not wait for them.
    try (ScriptedServer server = ScriptedServer.start(Asked::answer);
        PoolRig rig = new PoolRig(settings(PATIENCE, server))) {
      rig.ask("warm.example");
      rig.origin.receiveMessage(PATIENCE);
    }
  }

  final long seed = new Random().nextLong();
  final Counters<Counter> counters = new Counters<>(Counter.class);
  final TestProbe<OriginCommand> origin;
  private final AtomicLong skippedNanos = new AtomicLong();
  private final ActorTestKit kit = ActorTestKit.create();
  private final MultiThreadIoEventLoopGroup loops;
  private final ActorRef<UpstreamCommand> pool;

  PoolRig(PoolSettings settings) {
    this(settings, Epoll.isAvailable());
  }

  PoolRig(PoolSettings settings, boolean epoll) {
    this(settings, epoll, WaitingBytes.ofHeap());
  }

  PoolRig(PoolSettings settings, boolean epoll, WaitingBytes waiting) {
    System.out.println("seed " + seed);
    IoHandlerFactory factory = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    loops = new MultiThreadIoEventLoopGroup(1, factory);
    origin = kit.createTestProbe();
    SharedPool common = new SharedPool(settings, counters, waiting);
    pool =
        kit.spawn(UpstreamPool.create(common, loops.next(), counters, this::now, new Random(seed)));
  }

  /** Settings for a test: as by default, but for a timeout that is short. */
  static PoolSettings settings(Duration timeout, ScriptedServer... servers) {
    return settings(timeout, Stream.of(servers).map(ScriptedServer::address).toList());
  }

  static PoolSettings settings(Duration timeout, List<InetSocketAddress> servers) {
    return tries(PoolSettings.of("test", servers), timeout, TrySettings.DEFAULT.tries());
  }

  /** One try at each of these servers, with so much time that a slow machine does not matter. */
  static PoolSettings patient(List<ServerSettings> servers) {
    Duration patience = Duration.ofMinutes(2);
    return settings(patience, List.of())
        .withServers(servers)
        .withTries(
            new TrySettings(patience, patience, 1, patience, TrySettings.DEFAULT.failoverOn()));
  }

  static PoolSettings tries(PoolSettings s, int tries) {
    return tries(s, s.tries().timeout(), tries);
  }

  private static PoolSettings tries(PoolSettings s, Duration timeout, int tries) {
    TrySettings d = s.tries();
    return s.withTries(
        new TrySettings(timeout, d.maxTimeout(), tries, d.deadline(), d.failoverOn()));
  }

  static PoolSettings oneSocket(PoolSettings s) {
    return sockets(s, 1, s.sockets().udpMaxQueries(), s.sockets().maxOutstanding());
  }

  /** With one socket, so that it is known how many queries go to it. */
  static PoolSettings udpMaxQueries(PoolSettings s, int udpMaxQueries) {
    return sockets(s, 1, udpMaxQueries, s.sockets().maxOutstanding());
  }

  static PoolSettings maxOutstanding(PoolSettings s, int maxOutstanding) {
    return sockets(s, s.sockets().sockets(), s.sockets().udpMaxQueries(), maxOutstanding);
  }

  private static PoolSettings sockets(PoolSettings s, int sockets, int queries, int outstanding) {
    SocketSettings d = s.sockets();
    return s.withSockets(
        new SocketSettings(
            sockets,
            queries,
            d.socketLife(),
            outstanding,
            d.localAddress(),
            d.receiveBuffer(),
            d.sendBuffer(),
            d.ednsSize(),
            d.cookies()));
  }

  private long now() {
    return System.nanoTime() + skippedNanos.get();
  }

  /** Moves the pool's clock on. */
  void skip(Duration time) {
    skippedNanos.addAndGet(time.toNanos());
  }

  /** A client's query for an A record, with EDNS and a cookie that must stay here. */
  static Query query(int id, String name) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) (id >> 8), (byte) id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1});
    for (String label : name.split("\\.")) {
      out.write(label.length());
      out.writeBytes(label.getBytes(StandardCharsets.US_ASCII));
    }
    out.writeBytes(new byte[] {0, 0, 1, 0, 1});
    out.writeBytes(new byte[] {0, 0, 41, 4, (byte) 208, 0, 0, 0, 0, 0, 12, 0, 10, 0, 8});
    out.writeBytes("a cookie".getBytes(StandardCharsets.US_ASCII));
    WireQuery wire = (WireQuery) WireQuery.parse(out.toByteArray());
    InetSocketAddress address = new InetSocketAddress("127.0.0.1", 5353);
    return Query.of(wire, new Client(address, Transport.UDP, 0), Rules.NONE);
  }

  /** Asks with much time. */
  Query ask(String name) {
    return ask(query(4711, name), Duration.ofMinutes(2));
  }

  Query ask(Query query, Duration timeLeft) {
    long deadline = now() + timeLeft.toNanos();
    pool.tell(new UpstreamCommand.Forward(query, deadline, origin.getRef()));
    return query;
  }

  /** Waits for the answer to this query, which must be the true one. */
  WireAnswer expectTrueAnswer(Query query) {
    Answered answered = expectAnswered(query);
    assertTrue(answered);
    return answered.answer();
  }

  Answered expectAnswered(Query query) {
    OriginCommand got = origin.receiveMessage(PATIENCE);
    assertThat(got).as("counters %s", counts()).isInstanceOf(Answered.class);
    assertThat(((Answered) got).query()).isSameAs(query);
    return (Answered) got;
  }

  /** Waits for the answer to any query, which must be the true one. */
  void expectAnyTrueAnswer() {
    OriginCommand got = origin.receiveMessage(PATIENCE);
    assertThat(got).as("counters %s", counts()).isInstanceOf(Answered.class);
    assertTrue((Answered) got);
  }

  Answered expectAnyAnswered() {
    return (Answered) origin.receiveMessage(PATIENCE);
  }

  void expectUnanswered(Query query, Unanswered.Reason reason) {
    assertThat(origin.receiveMessage(PATIENCE)).isEqualTo(new Unanswered(query, reason));
  }

  /** The answer holds the address that belongs to the query's name. */
  static void assertTrue(Answered answered) {
    byte[] bytes = answered.answer().bytes();
    // Behind the pointer, type, class, TTL and length of the first record.
    int address = answered.query().wire().questionEnd() + 12;
    assertThat(Arrays.copyOfRange(bytes, address, address + 4))
        .isEqualTo(Asked.addressOf(nameOf(answered.query())).getAddress());
  }

  static String nameOf(Query query) {
    byte[] bytes = query.wire().bytes();
    StringBuilder name = new StringBuilder();
    for (int at = 12; bytes[at] != 0; at += bytes[at] + 1) {
      name.append(new String(bytes, at + 1, bytes[at], StandardCharsets.US_ASCII)).append('.');
    }
    return name.toString();
  }

  long count(Counter counter) {
    return counters.get(counter);
  }

  /** All counters that are not 0, for the message of a failed test. */
  Map<Counter, Long> counts() {
    Map<Counter, Long> counts = new EnumMap<>(Counter.class);
    for (Counter counter : Counter.values()) {
      if (counters.get(counter) > 0) {
        counts.put(counter, counters.get(counter));
      }
    }
    return counts;
  }

  void stopPool() {
    kit.stop(pool);
  }

  @Override
  public void close() {
    kit.shutdownTestKit();
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
