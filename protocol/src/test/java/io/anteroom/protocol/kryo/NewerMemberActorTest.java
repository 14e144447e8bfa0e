// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.FilterRequests;
import io.anteroom.protocol.ProtocolMessage;
import io.anteroom.protocol.Rejection;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.ResumeResults;
import io.anteroom.protocol.Resumes;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Messages of a member of a later version, with kinds that this one does not know: each is made of
 * one of this version, in which a byte is changed that says of which kind a thing is.
 */
final class NewerMemberActorTest {
  private static final byte UNKNOWN = 99;

  private static ActorTestKit kit;
  private static KryoMessageSerializer serializer;
  private static ActorRef<ToRouter> router;
  private static ActorRef<ToInstance> instance;

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create();
    router = kit.<ToRouter>createTestProbe().getRef();
    instance = kit.<ToInstance>createTestProbe().getRef();
    serializer = KryoMessageSerializer.of(kit.system(), ProtocolMessage.class);
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  @Test
  void requestInAnUnknownStage_isLeftOut_theOthersStand() {
    long before = serializer.skipped();

    FilterRequests read =
        (FilterRequests)
            later(requests(Stage.QUERY, Transport.UDP), requests(Stage.RESPONSE, Transport.UDP));

    assertThat(read.requests()).extracting(FilterRequest::key).containsExactly(key(1), key(3));
    assertThat(serializer.skipped()).isEqualTo(before + 1);
  }

  @Test
  void requestOverAnUnknownTransport_isLeftOut_theOthersStand() {
    FilterRequests read =
        (FilterRequests)
            later(requests(Stage.QUERY, Transport.UDP), requests(Stage.QUERY, Transport.TCP));

    assertThat(read.requests()).extracting(FilterRequest::key).containsExactly(key(1), key(3));
  }

  @Test
  void requestOverALaterTransport_isReadAsSuch_orAsOneOverTcp() {
    FilterRequest request = request(1, Stage.QUERY, Transport.TLS);
    byte[] bytes = serializer.toBinary(new FilterRequests(router, 7, List.of(request)));
    // The identity, which is empty, follows the transport.
    assertThat(bytes).endsWith(3, 0);

    assertThat(onlyTransport(bytes)).isEqualTo(Transport.TLS);
    bytes[bytes.length - 2] = UNKNOWN;
    assertThat(onlyTransport(bytes)).isEqualTo(Transport.TCP);
  }

  private static Transport onlyTransport(byte[] bytes) {
    return ((FilterRequests) serializer.fromBinary(bytes)).requests().get(0).transport();
  }

  @Test
  void verdictOfAnUnknownKind_isUndecided_theOthersStand() {
    Resumes read = (Resumes) later(resumes(Verdict.drop()), resumes(Verdict.truncate()));

    assertThat(read.resumes()).hasSize(3);
    assertThat(read.resumes().get(0).verdict()).isEqualTo(Verdict.proceed());
    assertThat(read.resumes().get(1)).isEqualTo(new Resume(key(2), Verdict.undecided()));
    assertThat(read.resumes().get(2).verdict()).isEqualTo(Verdict.proceed());
  }

  @Test
  void verdictThatHoldsForAnUnknownScope_standsAndDoesNotHold() {
    Verdict holding = Verdict.rcode(5).holdsFor(Duration.ofMinutes(1));
    long before = serializer.skipped();

    Resumes read = (Resumes) later(resumes(holding), resumes(holding.forEveryone()));

    assertThat(read).isEqualTo(resumes(Verdict.rcode(5)));
    assertThat(serializer.skipped()).isEqualTo(before + 1);
  }

  /** A member that does not know this scope finds its code to be unknown, as above. */
  @Test
  void verdictThatHoldsForAnIdentity_hasACodeOfItsOwn() {
    Verdict holding = Verdict.rcode(5).holdsFor(Duration.ofMinutes(1));
    byte[] client = serializer.toBinary(resumes(holding));
    byte[] identity = serializer.toBinary(resumes(holding.forIdentity()));

    int at = Arrays.mismatch(client, identity);
    assertThat(client[at]).isEqualTo((byte) 1);
    assertThat(identity[at]).isEqualTo((byte) 3);
    assertThat(serializer.fromBinary(identity)).isEqualTo(resumes(holding.forIdentity()));
  }

  @Test
  void resultOfAnUnknownStatus_isLeftOut_theOthersStand() {
    ResumeResults read =
        (ResumeResults)
            later(results(ResumeResult.Status.ENDED), results(ResumeResult.Status.UNKNOWN));

    assertThat(read.results()).extracting(ResumeResult::key).containsExactly(key(1), key(3));
  }

  @Test
  void rejectionForAnUnknownReason_isOneWithoutAReason() {
    ResumeResults read = (ResumeResults) later(rejected(Rejection.POOL), rejected(Rejection.NAME));

    assertThat(read.results())
        .containsExactly(
            new ResumeResult(key(1), ResumeResult.Status.RESUMED),
            new ResumeResult(key(2), ResumeResult.Status.REJECTED));
  }

  /** Reads what the two messages differ in as something unknown. */
  private static Object later(ProtocolMessage one, ProtocolMessage other) {
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
    return serializer.fromBinary(bytes);
  }

  private static FilterRequests requests(Stage stage, Transport transport) {
    return new FilterRequests(
        router,
        7,
        List.of(
            request(1, Stage.QUERY, Transport.UDP),
            request(2, stage, transport),
            request(3, Stage.QUERY, Transport.UDP)));
  }

  private static FilterRequest request(int number, Stage stage, Transport transport) {
    return new FilterRequest(
        key(number),
        stage,
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 5353),
        transport,
        Map.of(),
        new byte[] {1, 2, 3},
        1_000);
  }

  private static Resumes resumes(Verdict second) {
    return new Resumes(
        instance,
        3,
        List.of(
            new Resume(key(1), Verdict.proceed()),
            new Resume(key(2), second),
            new Resume(key(3), Verdict.proceed())));
  }

  private static ResumeResults results(ResumeResult.Status second) {
    return new ResumeResults(
        List.of(
            new ResumeResult(key(1), ResumeResult.Status.RESUMED),
            new ResumeResult(key(2), second),
            new ResumeResult(key(3), ResumeResult.Status.RESUMED)));
  }

  private static ResumeResults rejected(Rejection second) {
    return new ResumeResults(
        List.of(
            new ResumeResult(key(1), ResumeResult.Status.RESUMED),
            ResumeResult.rejected(key(2), second)));
  }

  private static SuspensionKey key(int number) {
    return new SuspensionKey(1, number);
  }
}
