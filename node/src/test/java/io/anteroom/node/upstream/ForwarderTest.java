// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireQuery;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A forwarder on a clock that the test moves, with channels that never open. */
class ForwarderTest {
  private static final long SECOND = 1_000_000_000L;
  private static final InetSocketAddress SERVER = new InetSocketAddress("127.0.0.1", 53);
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private final long seed = new Random().nextLong();
  private final Counters<Counter> counters = new Counters<>(Counter.class);
  private final DeadlineWheel wheel = new DeadlineWheel();
  private final Recorder recorder = new Recorder();
  private ServerHealth health;
  private Forwarder forwarder = forwarder(PoolSettings.of("test", List.of(SERVER)));
  private long now;

  private static final class Recorder implements Forwarder.Owner, Forwarder.Opener {
    private final List<Exchange> answered = new ArrayList<>();
    private final List<Exchange> failed = new ArrayList<>();
    private final List<UdpSocket> sockets = new ArrayList<>();
    private final List<TcpConnection> connections = new ArrayList<>();
    private boolean available = true;
    private Runnable onFailure = () -> {};

    @Override
    public void answered(Exchange exchange, WireAnswer answer) {
      answered.add(exchange);
    }

    @Override
    public void refused(Exchange exchange, WireAnswer answer) {
      throw new AssertionError();
    }

    @Override
    public void failed(Exchange exchange, Unanswered.Reason reason) {
      failed.add(exchange);
      onFailure.run();
    }

    @Override
    public void flushLater(UpstreamSocket wire) {}

    @Override
    public void prepare(ServerSettings server) {}

    @Override
    public boolean open(UdpSocket socket, ServerSettings server) {
      return available && sockets.add(socket);
    }

    @Override
    public boolean open(TcpConnection connection, ServerSettings server) {
      return available && connections.add(connection);
    }

    private long open() {
      return sockets.stream().filter(socket -> !socket.isClosed()).count();
    }
  }

  private Forwarder forwarder(PoolSettings settings) {
    RandomBits random = new RandomBits(new Random(seed));
    health = new ServerHealth("test", ServerSettings.of(SERVER), settings.health(), counters);
    return new Forwarder(health, settings, recorder, recorder, wheel, random, counters);
  }

  private boolean ask() {
    return send() != null;
  }

  private @Nullable Exchange send() {
    return ask(TIMEOUT.toNanos());
  }

  private @Nullable Exchange ask(long timeoutNanos) {
    WireQuery query = PoolRig.query(1, "www.example").wire();
    Lookup lookup = new Lookup(LookupKey.of(query), query, ServerSet.of(), 1, now + 60 * SECOND);
    return forwarder.ask(lookup, timeoutNanos, now);
  }

  private void advance(long nanos) {
    now += nanos;
    for (var due = wheel.poll(now); due != null; due = wheel.poll(now)) {
      if (due instanceof UpstreamSocket wire) {
        forwarder.idle(wire, now);
      } else {
        forwarder.expired((Exchange) due, now);
      }
    }
  }

  private static Exchange inFlight(UdpSocket socket) {
    for (int id = 0; id < IdSpace.SIZE; id++) {
      Exchange exchange = socket.find(id);
      if (exchange != null) {
        return exchange;
      }
    }
    throw new AssertionError("nothing in flight");
  }

  /** The answer without records to an exchange. */
  private static byte[] answerTo(Exchange exchange) {
    byte[] answer = Arrays.copyOf(exchange.message().bytes(), exchange.questionEnd());
    answer[2] |= (byte) 0x80;
    answer[11] = 0;
    return answer;
  }

  @Test
  void exchange_givenUpByWhoIsToldOfAnother_onTheSameSocket_staysGivenUp() {
    Exchange one = Objects.requireNonNull(send());
    UpstreamSocket socket = Objects.requireNonNull(one.wire());
    Exchange other = Objects.requireNonNull(send());
    int elsewhere = 0;
    while (other.wire() != socket) {
      elsewhere++;
      other = Objects.requireNonNull(send());
    }
    Exchange last = other;
    recorder.onFailure = () -> forwarder.release(recorder.failed.contains(one) ? last : one);

    forwarder.broken(socket, "nobody is there", now);

    assertThat(recorder.failed).as("seed %d", seed).hasSize(1);
    assertThat(forwarder.outstanding()).as("seed %d", seed).isEqualTo(elsewhere);
  }

  @Test
  void ask_deadServerUnderLoad_neverMoreThanSixteenSocketsAndEightAgain() {
    for (int i = 0; i < 4_000; i++) {
      assertThat(ask()).as("seed %d", seed).isTrue();
      advance(SECOND / 200);
      assertThat(forwarder.socketCount()).as("seed %d", seed).isLessThanOrEqualTo(16);
      assertThat(recorder.open()).as("seed %d", seed).isLessThanOrEqualTo(16);
    }
    advance(5 * SECOND);
    assertThat(forwarder.outstanding()).isZero();
    assertThat(recorder.failed).hasSize(4_000);
    assertThat(recorder.open()).isLessThanOrEqualTo(8);
  }

  @Test
  void ask_sixteenQueriesToADeadServer_atMostSixteenSocketsAndEightAfterwards() {
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 16; i++) {
        assertThat(ask()).isTrue();
      }
      assertThat(recorder.open()).as("seed %d", seed).isLessThanOrEqualTo(16);
      advance(TIMEOUT.toNanos() + SECOND / 10);
      assertThat(recorder.open()).as("seed %d", seed).isLessThanOrEqualTo(8);
    }
    assertThat(recorder.failed).hasSize(48);
  }

  @Test
  void expired_socketWithOthersInFlight_takesNoNewQueriesAndClosesWhenEmpty() {
    forwarder = forwarder(PoolRig.oneSocket(PoolSettings.of("test", List.of(SERVER))));
    ask();
    advance(SECOND);
    ask();
    UdpSocket first = recorder.sockets.get(0);
    advance(SECOND + SECOND / 10);
    assertThat(first.isRetired()).isTrue();
    assertThat(first.isClosed()).isFalse();
    ask();
    assertThat(first.inFlight()).isEqualTo(1);
    assertThat(recorder.sockets).hasSize(2);
    forwarder.received(first, List.of(answerTo(inFlight(first))), now);
    assertThat(recorder.answered).hasSize(1);
    assertThat(first.isClosed()).isTrue();
  }

  @Test
  void ask_afterSocketLife_newSocket() {
    forwarder = forwarder(PoolRig.oneSocket(PoolSettings.of("test", List.of(SERVER))));
    ask();
    UdpSocket first = recorder.sockets.get(0);
    forwarder.received(first, List.of(answerTo(inFlight(first))), now);
    advance(60 * SECOND);
    ask();
    assertThat(recorder.sockets).hasSize(2);
    assertThat(first.isClosed()).isTrue();
  }

  @Test
  void ask_queriesWithoutEnd_socketReplacedBeforeItsIdsRunOut() {
    PoolSettings endless = PoolRig.udpMaxQueries(PoolSettings.of("t", List.of(SERVER)), 1 << 20);
    forwarder = forwarder(endless);
    for (int i = 0; i < 32_768; i++) {
      assertThat(ask()).isTrue();
    }
    assertThat(recorder.sockets).hasSize(1);
    assertThat(ask()).as("the table of the pool is full").isFalse();
    forwarder.received(
        recorder.sockets.get(0), List.of(answerTo(inFlight(recorder.sockets.get(0)))), now);
    assertThat(ask()).isTrue();
    assertThat(recorder.sockets).hasSize(2);
  }

  @Test
  void ask_manyQueries_socketChosenAtRandom() {
    for (int i = 0; i < 800; i++) {
      ask();
    }
    assertThat(recorder.sockets).hasSize(8);
    assertThat(recorder.sockets)
        .as("seed %d", seed)
        .allMatch(socket -> socket.inFlight() > 40 && socket.inFlight() < 170);
  }

  @Test
  void ask_noSocketToBeHad_failsAtOnce_andIsNoFailureOfTheServer() {
    recorder.available = false;
    for (int i = 0; i < 100; i++) {
      assertThat(ask()).isFalse();
    }
    assertThat(counters.get(Counter.UPSTREAM_SOCKETS_FAILED)).as("not tried again soon").isOne();
    assertThat(health.failures()).isZero();
    assertThat(forwarder.outstanding()).isZero();
    assertThat(wheel.isEmpty()).isTrue();

    recorder.available = true;
    advance(SECOND / 10);
    assertThat(ask()).isTrue();
  }

  @Test
  void ask_noMoreSocketsToBeHad_goesOverThoseThatAreOpen_alsoWhenTheyAreOld() {
    assertThat(ask()).isTrue();
    recorder.available = false;
    advance(SECOND);
    for (int i = 0; i < 10; i++) {
      assertThat(ask()).as("seed %d", seed).isTrue();
    }
    UdpSocket only = recorder.sockets.get(0);
    assertThat(only.inFlight()).isEqualTo(11);
    while (only.inFlight() > 0) {
      forwarder.received(only, List.of(answerTo(inFlight(only))), now);
    }
    now += 60 * SECOND;
    assertThat(ask()).as("its life is over").isTrue();
    assertThat(recorder.sockets).hasSize(1);

    recorder.available = true;
    now += SECOND / 10;
    while (recorder.sockets.size() < 9) {
      assertThat(ask()).isTrue();
    }
    assertThat(only.isRetired()).isTrue();
  }

  @Test
  void ask_noSocketToBeHad_goesOverAnOpenConnection() {
    forwarder = forwarder(PoolRig.oneSocket(PoolSettings.of("test", List.of(SERVER))));
    ask();
    UdpSocket socket = recorder.sockets.get(0);
    byte[] truncated = answerTo(inFlight(socket));
    truncated[2] |= 2;
    forwarder.received(socket, List.of(truncated), now);
    recorder.available = false;
    forwarder.broken(socket, "unreachable", now);

    assertThat(ask()).isTrue();
    assertThat(recorder.connections).hasSize(1);
    assertThat(recorder.connections.get(0).inFlight()).isEqualTo(2);
  }

  @Test
  void answered_afterFailures_healthy() {
    ask();
    advance(TIMEOUT.toNanos() + SECOND / 10);
    ask();
    UdpSocket socket = recorder.sockets.get(recorder.sockets.size() - 1);
    forwarder.received(socket, List.of(answerTo(inFlight(socket))), now);
    assertThat(health.failures()).isZero();
  }

  @Test
  void release_whoWasSlower_isNoFailureHoweverLongItTook() {
    Exchange exchange = Objects.requireNonNull(send());
    advance(3 * SECOND / 2);
    forwarder.release(exchange);
    assertThat(forwarder.outstanding()).isZero();
    assertThat(health.outstanding()).isZero();
    assertThat(health.failures()).isZero();
    advance(TIMEOUT.toNanos());
    assertThat(recorder.failed).isEmpty();
  }

  @Test
  void abandon_clientWithHardlyAnyTime_isNoFailureOfTheServer() {
    Exchange exchange = Objects.requireNonNull(send());
    advance(SECOND / 5);
    forwarder.abandon(exchange, now);
    assertThat(forwarder.outstanding()).isZero();
    assertThat(health.failures()).isZero();
  }

  @Test
  void abandon_afterMostOfItsTime_isFailureOfTheServer() {
    Exchange exchange = Objects.requireNonNull(send());
    advance(3 * SECOND / 2);
    forwarder.abandon(exchange, now);
    assertThat(recorder.failed).isEmpty();
    assertThat(forwarder.outstanding()).isZero();
    assertThat(health.failures()).isOne();
  }

  @Test
  void received_tenThousandForged_noneTakenAndQueryMovedToTcp() {
    forwarder = forwarder(PoolRig.oneSocket(PoolSettings.of("test", List.of(SERVER))));
    ask();
    UdpSocket socket = recorder.sockets.get(0);
    Exchange exchange = inFlight(socket);
    byte[] right = answerTo(exchange);
    List<byte[]> forged = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      byte[] wrong = right.clone();
      wrong[0] ^= (byte) (1 + i % 255);
      forged.add(wrong);
    }
    forwarder.received(socket, forged, now);
    assertThat(recorder.answered).isEmpty();
    assertThat(counters.get(Counter.UPSTREAM_MISMATCH_ID)).isEqualTo(20);
    assertThat(counters.get(Counter.UPSTREAM_SUSPECTED)).isEqualTo(1);
    assertThat(counters.get(Counter.UPSTREAM_LATE)).isEqualTo(9_980);
    assertThat(recorder.connections).hasSize(1);
    assertThat(recorder.connections.get(0).inFlight()).isEqualTo(1);
    forwarder.received(recorder.connections.get(0), List.of(answerTo(exchange)), now);
    assertThat(recorder.answered).containsExactly(exchange);
  }

  @Test
  void received_wrongCase_trueOneHasAHundredMillisBeforeTcp() {
    forwarder = forwarder(PoolRig.oneSocket(PoolSettings.of("test", List.of(SERVER))));
    ask();
    ask();
    UdpSocket socket = recorder.sockets.get(0);
    Exchange first = inFlight(socket);
    byte[] right = answerTo(first);
    forwarder.received(socket, List.of(inOtherCase(right)), now);
    advance(SECOND / 10 - 1);
    forwarder.received(socket, List.of(right), now);
    assertThat(recorder.answered).containsExactly(first);

    Exchange second = inFlight(socket);
    forwarder.received(socket, List.of(inOtherCase(answerTo(second))), now);
    advance(SECOND / 20);
    // A second one makes the time no longer.
    forwarder.received(socket, List.of(inOtherCase(answerTo(second))), now);
    advance(SECOND / 20 + DeadlineWheel.TICK_NANOS);
    assertThat(recorder.connections).hasSize(1);
    assertThat(recorder.connections.get(0).find(second.id())).isSameAs(second);
    assertThat(counters.get(Counter.UPSTREAM_MISMATCH_CASE)).isEqualTo(3);
    assertThat(counters.get(Counter.UPSTREAM_DOUBTED)).isEqualTo(1);
    assertThat(socket.isRetired()).as("it is not silent").isFalse();
    advance(TIMEOUT.toNanos() + SECOND / 10);
    assertThat(counters.get(Counter.UPSTREAM_CASE_BROKEN)).as("no TCP").isEqualTo(1);
    assertThat(recorder.failed).as("no try was used up").isEmpty();
  }

  private static byte[] inOtherCase(byte[] answer) {
    byte[] other = answer.clone();
    other[13] ^= 0x20;
    return other;
  }

  @Test
  void broken_connectionThatNeverOpened_itsQueriesFail() {
    forwarder = forwarder(PoolRig.oneSocket(PoolSettings.of("test", List.of(SERVER))));
    ask();
    UdpSocket socket = recorder.sockets.get(0);
    byte[] truncated = answerTo(inFlight(socket));
    truncated[2] |= 2;
    forwarder.received(socket, List.of(truncated), now);
    forwarder.broken(recorder.connections.get(0), "refused", now);
    assertThat(recorder.failed).hasSize(1);
    assertThat(recorder.connections).hasSize(1);
    assertThat(forwarder.outstanding()).isZero();
    assertThat(wheel.size()).as("the socket").isOne();
  }

  @Test
  void idle_socketAndConnection_closedTenSecondsAfterTheLastQueryUnlessItIsInFlight() {
    forwarder = forwarder(PoolRig.oneSocket(PoolSettings.of("test", List.of(SERVER))));
    ask(60 * SECOND);
    UdpSocket socket = recorder.sockets.get(0);
    Exchange exchange = inFlight(socket);
    byte[] truncated = answerTo(exchange);
    truncated[2] |= 2;
    forwarder.received(socket, List.of(truncated), now);
    TcpConnection connection = recorder.connections.get(0);
    advance(9 * SECOND);
    assertThat(socket.isClosed()).isFalse();
    advance(6 * SECOND);
    assertThat(socket.isClosed()).isTrue();
    assertThat(connection.isClosed()).as("with a query in flight").isFalse();
    forwarder.received(connection, List.of(answerTo(exchange)), now);
    advance(11 * SECOND);
    assertThat(connection.isClosed()).isTrue();
    assertThat(wheel.isEmpty()).isTrue();
  }

  @Test
  void idle_withStayOpen_nothingCloses() {
    PoolSettings s = PoolRig.oneSocket(PoolSettings.of("test", List.of(SERVER)));
    forwarder = forwarder(s.withFlags(Set.of(ChannelFlag.STAY_OPEN)));
    ask();
    forwarder.received(
        recorder.sockets.get(0), List.of(answerTo(inFlight(recorder.sockets.get(0)))), now);
    assertThat(wheel.isEmpty()).isTrue();
    advance(30 * SECOND);
    assertThat(recorder.open()).isOne();
  }

  @Test
  void close_everything_leavesNoSocketAndNoTimer() {
    for (int i = 0; i < 100; i++) {
      ask();
    }
    forwarder.close();
    assertThat(recorder.open()).isZero();
    assertThat(wheel.isEmpty()).isTrue();
  }

  @Test
  void retire_queriesInFlight_areWaitedFor() {
    ask();
    UdpSocket socket = recorder.sockets.get(0);
    forwarder.retire();
    assertThat(recorder.open()).isOne();
    forwarder.received(socket, List.of(answerTo(inFlight(socket))), now);
    assertThat(recorder.answered).hasSize(1);
    assertThat(recorder.open()).isZero();
  }
}
