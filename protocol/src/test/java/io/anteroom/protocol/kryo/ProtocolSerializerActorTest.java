// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.protocol.Attach;
import io.anteroom.protocol.Decision;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.FilterRequests;
import io.anteroom.protocol.Grant;
import io.anteroom.protocol.Holds;
import io.anteroom.protocol.Invalidate;
import io.anteroom.protocol.Invalidated;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.ProtocolMessage;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.ResumeResults;
import io.anteroom.protocol.Resumes;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.Verdict;
import java.io.NotSerializableException;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ProtocolSerializerActorTest {
  private static ActorTestKit kit;
  private static Samples samples;
  private static KryoMessageSerializer serializer;

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create();
    samples = new Samples(kit);
    serializer = KryoMessageSerializer.of(kit.system(), ProtocolMessage.class);
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  static List<ProtocolMessage> messages() {
    return samples.all();
  }

  @ParameterizedTest
  @MethodSource("messages")
  void message_writtenAndReadAsBytes_isTheSame(ProtocolMessage message) {
    byte[] bytes = serializer.toBinary(message);

    assertThat(serializer.fromBinary(bytes)).usingRecursiveComparison().isEqualTo(message);
  }

  @ParameterizedTest
  @MethodSource("messages")
  void message_writtenAndReadInDirectBuffer_isTheSame(ProtocolMessage message) throws Exception {
    ByteBuffer buffer = ByteBuffer.allocateDirect(16_384).position(13);
    serializer.toBinary(message, buffer);
    buffer.flip().position(13);

    assertThat(serializer.fromBinary(buffer, "")).usingRecursiveComparison().isEqualTo(message);
    assertThat(buffer.hasRemaining()).isFalse();
  }

  @Test
  void ids_ofRecords_areFrozen() {
    assertThat(ProtocolRegistrations.all().ids())
        .containsExactlyInAnyOrderEntriesOf(
            Map.ofEntries(
                Map.entry(100, Attach.class),
                Map.entry(101, Grant.class),
                Map.entry(102, FilterRequests.class),
                Map.entry(103, Resumes.class),
                Map.entry(104, ResumeResults.class),
                Map.entry(110, FilterRequest.class),
                Map.entry(111, Resume.class),
                Map.entry(112, ResumeResult.class),
                Map.entry(113, ExtendedError.class),
                Map.entry(120, Decision.Continue.class),
                Map.entry(121, Decision.Rcode.class),
                Map.entry(122, Decision.Addresses.class),
                Map.entry(123, Decision.Answer.class),
                Map.entry(124, Decision.Drop.class),
                Map.entry(125, Decision.Truncate.class),
                Map.entry(126, Decision.ChangeName.class),
                Map.entry(127, Decision.ToPool.class),
                Map.entry(128, Decision.AskAgain.class),
                Map.entry(129, Holds.class),
                Map.entry(130, Invalidate.class),
                Map.entry(131, Invalidated.class),
                Map.entry(132, Decision.Result.class),
                Map.entry(133, Operation.class)));
    assertThat(serializer.identifier()).isEqualTo(17_350);
  }

  @Test
  void bytes_ofAMessage_areFrozen() {
    ResumeResults message =
        new ResumeResults(List.of(new ResumeResult(Samples.key(), ResumeResult.Status.ENDED)));

    assertThat(serializer.toBinary(message))
        .asHexString()
        .isEqualTo("01" + "680F01" + "700C" + "0700" + "EFCDAB8967452301" + "02" + "00");
  }

  @ParameterizedTest
  @MethodSource("messages")
  void message_withUnknownFieldsInEveryRecord_isReadWithoutThem(ProtocolMessage message) {
    byte[] bytes = TestSerializer.future(kit.system()).toBinary(message);

    assertThat(bytes).isNotEqualTo(serializer.toBinary(message));
    assertThat(serializer.fromBinary(bytes)).usingRecursiveComparison().isEqualTo(message);
  }

  @ParameterizedTest
  @MethodSource("messages")
  void message_withFewestFieldsInEveryRecord_isReadWithDefaults(ProtocolMessage message) {
    byte[] bytes = TestSerializer.past(kit.system()).toBinary(message);

    assertThat(serializer.fromBinary(bytes))
        .usingRecursiveComparison()
        .isEqualTo(TestSerializer.withDefaults(message));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void message_withAByteTooMany_isUnreadable(ProtocolMessage message) {
    byte[] bytes = serializer.toBinary(message);

    assertThatThrownBy(() -> serializer.fromBinary(Arrays.copyOf(bytes, bytes.length + 1)))
        .isInstanceOf(NotSerializableException.class);
  }

  @Test
  void version_thatIsUnknown_isUnreadable() {
    byte[] bytes = serializer.toBinary(samples.all().get(0));
    bytes[0] = 2;

    assertThatThrownBy(() -> serializer.fromBinary(bytes))
        .isInstanceOf(NotSerializableException.class);
  }

  @Test
  void recordThatIsNoMessage_alone_isUnreadable() {
    for (int id = 0; id < 256; id++) {
      byte[] bytes = {1, (byte) id, 1, 0};

      if (id < 100 || id > 104) {
        assertThatThrownBy(() -> serializer.fromBinary(bytes))
            .isInstanceOf(NotSerializableException.class);
      }
    }
  }

  @Test
  void object_thatIsNoMessage_isNotWritten() {
    assertThatThrownBy(() -> serializer.toBinary("text")).isInstanceOf(ClassCastException.class);
  }

  @Test
  void buffer_thatIsTooSmall_overflows() {
    for (ProtocolMessage message : messages()) {
      int length = serializer.toBinary(message).length;
      assertThatThrownBy(() -> serializer.toBinary(message, ByteBuffer.allocate(length - 1)))
          .isInstanceOf(BufferOverflowException.class);
    }
  }

  @Test
  void message_largerThanAnyFrame_overflowsAndTheNextIsWritten() {
    FilterRequest[] requests = new FilterRequest[100];
    Arrays.fill(requests, large());
    FilterRequests message = samples.filterRequests(requests);

    assertThatThrownBy(() -> serializer.toBinary(message))
        .isInstanceOf(BufferOverflowException.class);
    message_writtenAndReadAsBytes_isTheSame(samples.resumes(Verdict.drop()));
  }

  @Test
  void message_ofAFullFrame_isTheSame() {
    message_writtenAndReadAsBytes_isTheSame(
        samples.filterRequests(large(), large(), large(), large(), large()));
  }

  /** What is undecided is behind what an older reader knows of, and not among the verdicts. */
  @Test
  void undecided_toAnOlderReader_isNotThere_andHarmsNoOther() {
    Resumes message =
        new Resumes(
            kit.<ToInstance>createTestProbe().ref(),
            2,
            List.of(
                new Resume(new SuspensionKey(7, 1), Verdict.undecided()),
                new Resume(new SuspensionKey(7, 2), Verdict.drop())));
    byte[] known = TestSerializer.past(kit.system()).toBinary(decided(message));
    byte[] bytes = serializer.toBinary(message);

    Resumes read = (Resumes) serializer.fromBinary(bytes);

    assertThat(read.resumes()).containsExactlyInAnyOrderElementsOf(message.resumes());
    assertThat(((Resumes) serializer.fromBinary(known)).resumes())
        .isEqualTo(decided(message).resumes());
    // The id, the length and then the fields; the last verdict has fields that the past had not.
    assertThat(Arrays.copyOfRange(bytes, 4, 60)).isEqualTo(Arrays.copyOfRange(known, 4, 60));
  }

  private static Resumes decided(Resumes message) {
    return new Resumes(message.instance(), message.credits(), message.resumes().subList(1, 2));
  }

  @Test
  void verdict_thatCannotBeWritten_isUndecidedAlone_andCounted() {
    TestSerializer broken = TestSerializer.failingFor(kit.system(), Decision.Truncate.class);
    List<Resume> resumes = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      Verdict verdict = i % 20 == 0 ? Verdict.truncate() : Verdict.rcode(5).withTag("n", "" + i);
      resumes.add(new Resume(new SuspensionKey(7, i), verdict));
    }
    Resumes message = new Resumes(kit.<ToInstance>createTestProbe().ref(), 60, resumes);

    Resumes read = (Resumes) serializer.fromBinary(broken.toBinary(message));

    resumes.removeIf(resume -> resume.verdict().equals(Verdict.truncate()));
    for (int i : new int[] {0, 20, 40}) {
      resumes.add(new Resume(new SuspensionKey(7, i), Verdict.undecided()));
    }
    assertThat(read).isEqualTo(new Resumes(message.instance(), 60, resumes));
    assertThat(broken.unwritable()).isEqualTo(3);
  }

  @Test
  void verdict_withoutWhatItMustHave_isRefusedWhenItIsMade() {
    assertThatNullPointerException().isThrownBy(() -> Verdict.proceed().withHolds(null));
    assertThatNullPointerException().isThrownBy(() -> Verdict.rcode(5).withHolds(null));
    assertThatNullPointerException().isThrownBy(() -> Verdict.drop().withTags(null));
    assertThatNullPointerException().isThrownBy(() -> Verdict.addresses(1).withHolds(null));
    assertThatNullPointerException().isThrownBy(() -> new Holds(5, null, false));
    assertThatNullPointerException().isThrownBy(() -> new Resume(Samples.key(), null));
  }

  @Test
  void remainingMicros_belowZero_isZero() {
    FilterRequest request = Samples.request();
    byte[] bytes =
        serializer.toBinary(
            samples.filterRequests(
                new FilterRequest(
                    request.key(),
                    request.stage(),
                    request.client(),
                    request.transport(),
                    request.tags(),
                    request.message(),
                    -1)));

    FilterRequests read = (FilterRequests) serializer.fromBinary(bytes);
    assertThat(read.requests().get(0).remainingMicros()).isZero();
  }

  private static FilterRequest large() {
    FilterRequest request = Samples.request();
    return new FilterRequest(
        request.key(),
        request.stage(),
        request.client(),
        request.transport(),
        request.tags(),
        new byte[0xffff],
        1);
  }
}
