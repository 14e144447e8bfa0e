// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.ClusterMessage;
import io.anteroom.node.flow.Continuation;
import io.anteroom.node.flow.Described;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Resumed;
import io.anteroom.node.flow.Settled;
import io.anteroom.node.flow.SuspendRefused;
import io.anteroom.node.flow.SuspendedState;
import io.anteroom.node.flow.SuspensionCommand.Cancel;
import io.anteroom.node.flow.SuspensionCommand.ClaimShard;
import io.anteroom.node.flow.SuspensionCommand.Decide;
import io.anteroom.node.flow.SuspensionCommand.Describe;
import io.anteroom.node.flow.SuspensionCommand.Suspend;
import io.anteroom.node.flow.Waiting;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.kryo.KryoMessageSerializer;
import io.anteroom.protocol.kryo.ProtocolRegistrations;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ClusterSerializerActorTest {
  private static final Map<Integer, Class<?>> IDS =
      Map.ofEntries(
          Map.entry(200, Suspend.class),
          Map.entry(201, Decide.class),
          Map.entry(202, Cancel.class),
          Map.entry(203, ClaimShard.class),
          Map.entry(204, Resumed.class),
          Map.entry(205, SuspendRefused.class),
          Map.entry(206, Settled.class),
          Map.entry(220, Resumed.Decided.class),
          Map.entry(221, Resumed.NotDecided.class),
          Map.entry(240, Describe.class),
          Map.entry(241, Described.class),
          Map.entry(242, Waiting.class),
          Map.entry(260, HandOvers.MoveShard.class),
          Map.entry(261, HandOvers.ShardLeaves.class));

  private static ActorTestKit kit;
  private static ClusterSamples samples;
  private static KryoMessageSerializer serializer;

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create();
    samples = new ClusterSamples(kit);
    serializer = KryoMessageSerializer.of(kit.system(), ClusterMessage.class);
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  static List<ClusterMessage> timeless() {
    return samples.timeless();
  }

  @Test
  void ids_ofRecords_areFrozen() {
    Map<Integer, Class<?>> all = new HashMap<>(IDS);
    all.putAll(ProtocolRegistrations.all().ids());

    assertThat(ClusterSerializer.ALL.ids()).containsExactlyInAnyOrderEntriesOf(all);
    assertThat(serializer.identifier()).isEqualTo(17_351);
  }

  @Test
  void bytes_ofAMessage_areFrozen() {
    assertThat(serializer.toBinary(new Cancel(ClusterSamples.key())))
        .asHexString()
        .isEqualTo("01" + "CA01" + "0A" + "FFFF" + "FFFFFFFFFFFFFF7F");
  }

  @Test
  void samples_areOfEveryKindOfMessage() {
    assertThat(samples.oneOfEach())
        .extracting(Object::getClass)
        .containsAll(IDS.values().stream().filter(ClusterMessage.class::isAssignableFrom).toList());
  }

  @ParameterizedTest
  @MethodSource("timeless")
  void message_writtenAndRead_isTheSame(ClusterMessage message) {
    byte[] bytes = serializer.toBinary(message);

    assertThat(serializer.fromBinary(bytes)).usingRecursiveComparison().isEqualTo(message);
  }

  static Stream<Suspend> suspends() {
    long deadline = System.nanoTime() + Duration.ofMinutes(5).toNanos();
    Map<String, String> tags = Map.of("a", "1", "größe", "\ud83d\ude00");
    return Stream.of(
        samples.suspend(deadline),
        samples.suspend(Transport.UDP, "2001:db8::1", null, Map.of(), deadline),
        samples.suspend(Transport.TCP, "192.0.2.1", "other", tags, deadline),
        samples.suspend(Transport.TLS, "192.0.2.1", "other", tags, deadline),
        samples.suspend(new Operation(Map.of()), deadline),
        samples.suspend(
            new Operation(Map.of("statement", "select ?", "parameters", List.of("a", 1L))),
            deadline));
  }

  @ParameterizedTest
  @MethodSource("suspends")
  void suspend_writtenAndRead_isTheSameButForTheClock(Suspend suspend) {
    Suspend read = (Suspend) serializer.fromBinary(serializer.toBinary(suspend));

    assertThat(read)
        .usingRecursiveComparison()
        .ignoringFields("state.deadlineNanos")
        .isEqualTo(suspend);
  }

  @Test
  void suspend_withAContinuation_isReadWithItsOperationAndRoute() {
    Suspend suspend = samples.suspend(System.nanoTime() + Duration.ofMinutes(5).toNanos());
    SuspendedState state = suspend.state();
    Operation operation = new Operation(Map.of("seconds", 1L));
    Continuation here = new Continuation(null, "done", Map.of("uid", "a"), operation, null, 3);

    Suspend read = written(suspend, state.query().withContinuation(here));

    assertThat(read.state().query().continuation()).isEqualTo(Continuation.of(operation, "done"));
  }

  /** A policy may wait for a filter; the filter needs to know nothing of the policy. */
  @Test
  void suspend_withAContinuationWithoutOperation_isReadWithoutContinuation() {
    Suspend suspend = samples.suspend(System.nanoTime() + Duration.ofMinutes(5).toNanos());
    Continuation here = new Continuation(null, "done", Map.of("uid", "a"), null, null, 0);

    Suspend read = written(suspend, suspend.state().query().withContinuation(here));

    assertThat(read.state().query().continuation()).isNull();
  }

  private static Suspend written(Suspend suspend, Query query) {
    SuspendedState state = suspend.state();
    Suspend changed =
        new Suspend(
            new SuspendedState(
                state.key(),
                state.stage(),
                state.nextRule(),
                query,
                state.origin(),
                state.deadlineNanos()),
            suspend.moved());
    return (Suspend) serializer.fromBinary(serializer.toBinary(changed));
  }

  @Test
  void suspend_read_hasTheTimeThatWasLeftWhenItWasWritten() {
    Suspend suspend = samples.suspend(System.nanoTime() + Duration.ofMinutes(5).toNanos());
    long beforeWriting = System.nanoTime();
    byte[] bytes = serializer.toBinary(suspend);
    long afterWriting = System.nanoTime();

    // As if it had been long under way, or the reader's clock were another.
    long beforeReading = System.nanoTime();
    SuspendedState read = ((Suspend) serializer.fromBinary(bytes)).state();
    long afterReading = System.nanoTime();

    long deadline = suspend.state().deadlineNanos();
    assertThat(read.deadlineNanos() - beforeReading)
        .isGreaterThanOrEqualTo(deadline - afterWriting - 1_000);
    assertThat(read.deadlineNanos() - afterReading).isLessThanOrEqualTo(deadline - beforeWriting);
  }

  @Test
  void suspend_pastItsDeadline_isReadWithNoTimeLeft() {
    byte[] bytes = serializer.toBinary(samples.suspend(System.nanoTime() - 1_000_000_000L));

    SuspendedState read = ((Suspend) serializer.fromBinary(bytes)).state();

    assertThat(read.deadlineNanos() - System.nanoTime()).isNotPositive();
  }

  @Test
  void suspend_withMoreTimeThanAnyHas_isReadWithAnHour() {
    byte[] bytes =
        serializer.toBinary(samples.suspend(System.nanoTime() + Duration.ofDays(9).toNanos()));

    SuspendedState read = ((Suspend) serializer.fromBinary(bytes)).state();

    assertThat(read.deadlineNanos() - System.nanoTime())
        .isLessThanOrEqualTo(Duration.ofHours(1).toNanos());
  }
}
