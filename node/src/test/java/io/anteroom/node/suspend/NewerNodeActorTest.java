// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.flow.ClusterMessage;
import io.anteroom.node.flow.Described;
import io.anteroom.node.flow.Resumed;
import io.anteroom.node.flow.Resumed.Decided;
import io.anteroom.node.flow.Resumed.NotDecided;
import io.anteroom.node.flow.Session;
import io.anteroom.node.flow.Settled;
import io.anteroom.node.flow.SuspendedState;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.flow.SuspensionCommand.Cancel;
import io.anteroom.node.flow.SuspensionCommand.Decide;
import io.anteroom.node.flow.SuspensionCommand.Suspend;
import io.anteroom.node.flow.Undecided;
import io.anteroom.node.flow.Waiting;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.Rejection;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.kryo.KryoMessageSerializer;
import java.io.NotSerializableException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Messages of a node of a later version, with kinds that this one does not know. Each is about one
 * query, so that no other suffers. One that ends a query here ends it without a decision; any other
 * is dropped and counted.
 */
final class NewerNodeActorTest {
  private static final byte UNKNOWN = 99;

  /** So that the time left is 0, whenever the message is written. */
  private static final long PAST = System.nanoTime() - 1_000_000_000L;

  private static ActorTestKit kit;
  private static ClusterSamples samples;
  private static KryoMessageSerializer serializer;
  private static ActorRef<ToInstance> instance;
  private static ActorRef<ToRouter> router;
  private static ActorRef<SuspensionCommand> entity;

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create();
    samples = new ClusterSamples(kit);
    serializer = KryoMessageSerializer.of(kit.system(), ClusterMessage.class);
    instance = kit.<ToInstance>createTestProbe().getRef();
    router = kit.<ToRouter>createTestProbe().getRef();
    entity = kit.<SuspensionCommand>createTestProbe().getRef();
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  @Test
  void queryInAnUnknownStage_isDropped() {
    assertDropped(later(suspend(Stage.QUERY), suspend(Stage.RESPONSE)));
  }

  @Test
  void queryOverAnUnknownTransport_isDropped() {
    String client = "04c0000201" + "08cf";
    Suspend suspend = samples.suspend(Transport.TCP, "192.0.2.1", "internal", Map.of(), PAST);

    assertDropped(later(suspend, client + "02", client + "63"));
  }

  @Test
  void queryOverALaterTransport_isReadAsOneOverTcp() {
    byte[] bytes =
        serializer.toBinary(
            samples.suspend(Transport.TLS, "192.0.2.1", "internal", Map.of(), PAST));
    assertThat(bytes).endsWith(3);
    bytes[bytes.length - 1] = UNKNOWN;

    Suspend read = (Suspend) serializer.fromBinary(bytes);

    assertThat(read.state().query().client().transport()).isEqualTo(Transport.TCP);
  }

  @Test
  void whatTheClientTold_isReadAgain_andComesLast_soThatAnOlderNodeReadsTheRest() {
    Session session = Session.of("anna.dns.example", "/dns-query", "anna");
    byte[] without = serializer.toBinary(samples.suspend(PAST));
    byte[] with = serializer.toBinary(samples.suspend(session, PAST));
    // The version, the id and the length of the record precede its fields.
    assertThat(Arrays.copyOfRange(with, 5, without.length))
        .isEqualTo(Arrays.copyOfRange(without, 5, without.length));

    Suspend read = (Suspend) serializer.fromBinary(with);

    assertThat(read.state().query().client().session()).isEqualTo(session);
    assertThat(read.state().query().client().transport()).isEqualTo(Transport.UDP);
  }

  @Test
  void queryForAnOperationWithAnUnknownKindOfValue_isThereWithoutTheOperation() {
    Suspend suspend = samples.suspend(new Operation(Map.of("argument", true)), PAST);
    String argument = HexFormat.of().formatHex("argument".getBytes(StandardCharsets.US_ASCII));
    long before = serializer.skipped();

    Suspend read =
        (Suspend) serializer.fromBinary(later(suspend, argument + "02", argument + "63"));

    assertThat(read.state().key()).isEqualTo(ClusterSamples.key());
    assertThat(read.state().query().continuation()).isNull();
    assertThat(serializer.skipped()).isEqualTo(before + 1);
  }

  /** An older node has no service of that asyncID, so the query ends there at once. */
  @Test
  void operation_comesLast_soThatAnOlderNodeReadsTheRest() {
    byte[] without = serializer.toBinary(samples.suspend(PAST));
    byte[] with = serializer.toBinary(samples.suspend(new Operation(Map.of("a", true)), PAST));
    // The version, the id and the length of the record precede its fields.
    // The name of the route, which is empty, follows the operation.
    byte[] fields = Arrays.copyOfRange(without, 5, without.length - 2);

    assertThat(without[without.length - 2]).as("no operation").isZero();
    assertThat(Arrays.copyOfRange(with, 5, 5 + fields.length)).isEqualTo(fields);
  }

  @Test
  void descriptionOfAQueryInAnUnknownStage_isDropped() {
    assertDropped(later(described(Stage.QUERY), described(Stage.RESPONSE)));
  }

  @Test
  void verdictOfAnUnknownKind_forAnEntity_isDropped() {
    assertDropped(later(decide(Verdict.drop()), decide(Verdict.truncate())));
  }

  @Test
  void verdictOfAnUnknownKind_forItsQuery_isNone() {
    assertNotDecided(later(resumed(Verdict.drop()), resumed(Verdict.truncate())));
  }

  @Test
  void unknownReasonForNoVerdict_isATimeout() {
    assertNotDecided(later(resumed(Undecided.OVERLOAD), resumed(Undecided.NO_FILTER)));
  }

  @Test
  void endOfAnUnknownKind_isATimeout() {
    assertNotDecided(later(resumed(Undecided.OVERLOAD), "dd01", "e301"));
  }

  @Test
  void resultOfAnUnknownStatus_isDropped() {
    assertDropped(
        later(
            settled(new ResumeResult(ClusterSamples.key(), ResumeResult.Status.ENDED)),
            settled(new ResumeResult(ClusterSamples.key(), ResumeResult.Status.UNKNOWN))));
  }

  @Test
  void rejectionForAnUnknownReason_isOneWithoutAReason() {
    byte[] bytes =
        later(
            settled(ResumeResult.rejected(ClusterSamples.key(), Rejection.POOL)),
            settled(ResumeResult.rejected(ClusterSamples.key(), Rejection.NAME)));

    assertThat(serializer.fromBinary(bytes))
        .isEqualTo(settled(new ResumeResult(ClusterSamples.key(), ResumeResult.Status.REJECTED)));
  }

  private static void assertDropped(byte[] bytes) {
    long before = serializer.unreadable();

    assertThatThrownBy(() -> serializer.fromBinary(bytes))
        .isInstanceOf(NotSerializableException.class);
    assertThat(serializer.unreadable()).isEqualTo(before + 1);
    Cancel next = new Cancel(ClusterSamples.key());
    assertThat(serializer.fromBinary(serializer.toBinary(next))).isEqualTo(next);
  }

  private static void assertNotDecided(byte[] bytes) {
    long before = serializer.skipped();

    assertThat(serializer.fromBinary(bytes)).isEqualTo(resumed(Undecided.TIMEOUT));
    assertThat(serializer.skipped()).isEqualTo(before + 1);
  }

  /** The bytes of both messages, with something unknown where they differ. */
  private static byte[] later(ClusterMessage one, ClusterMessage other) {
    byte[] bytes = serializer.toBinary(one);
    byte[] others = serializer.toBinary(other);
    assertThat(others).hasSameSizeAs(bytes);
    int changed = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] != others[i]) {
        bytes[i] = UNKNOWN;
        changed++;
      }
    }
    assertThat(changed).isEqualTo(1);
    return bytes;
  }

  /** The bytes of a message, with something unknown in place of what it has there. */
  private static byte[] later(ClusterMessage message, String known, String unknown) {
    String bytes = HexFormat.of().formatHex(serializer.toBinary(message));
    assertThat(bytes).containsOnlyOnce(known);
    return HexFormat.of().parseHex(bytes.replace(known, unknown));
  }

  private static Suspend suspend(Stage stage) {
    return new Suspend(state(stage), true);
  }

  private static Described described(Stage stage) {
    return new Described(ClusterSamples.key(), new Waiting(state(stage), entity, instance), false);
  }

  private static SuspendedState state(Stage stage) {
    SuspendedState state = samples.suspend(PAST).state();
    return new SuspendedState(
        state.key(), stage, state.nextRule(), state.query(), state.origin(), PAST);
  }

  private static Decide decide(Verdict verdict) {
    return new Decide(ClusterSamples.key(), verdict, instance, router);
  }

  private static Resumed resumed(Verdict verdict) {
    return new Resumed(ClusterSamples.key(), new Decided(verdict, false));
  }

  private static Resumed resumed(Undecided reason) {
    return new Resumed(ClusterSamples.key(), new NotDecided(reason));
  }

  private static Settled settled(ResumeResult result) {
    return new Settled(result, instance);
  }
}
