// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.ClusterRig.BRIEF;
import static io.anteroom.node.ClusterRig.JUDGE;
import static io.anteroom.node.ClusterRig.count;
import static io.anteroom.node.ClusterRig.dns;
import static io.anteroom.node.ClusterRig.ended;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.ScriptedInstance.Asked;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.Dig;
import io.anteroom.protocol.ResumeResult.Status;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.Verdict;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * Verdicts, right and wrong, in a cluster of three: {@code asked} takes the queries, {@code other}
 * is a second node, and the filter instances live in a third system.
 */
@ExtendWith(SerializedMessages.class)
final class VerdictClusterTest {
  private static final ClusterRig RIG = new ClusterRig();
  private static Node asked;
  private static Node other;
  private static ActorTestKit filters;
  private static ScriptedInstance judge;
  private static ScriptedInstance brief;
  private static Verdict verdict;

  @BeforeAll
  static void start() throws Exception {
    asked = RIG.node();
    other = RIG.node(asked);
    filters = RIG.filterSystem(asked);
    judge = ScriptedInstance.registered(filters, JUDGE);
    brief = ScriptedInstance.registered(filters, BRIEF);
    for (Node node : List.of(asked, other)) {
      assertThat(judge.router(node)).isNotNull();
      assertThat(brief.router(node)).isNotNull();
      ClusterRig.awaitAvailable(node, JUDGE, true);
      ClusterRig.awaitAvailable(node, BRIEF, true);
    }
    verdict = Verdict.addresses(60, InetAddress.getByName("192.0.2.1"));
  }

  @AfterAll
  static void stop() {
    RIG.close();
  }

  @AfterEach
  void nodes_whateverCame_goOn() {
    for (Node node : List.of(asked, other)) {
      CompletableFuture<Message> query = Dig.ask(dns(node), "www.anteroom.test");
      SuspensionKey key = judge.nextRequest().key();
      assertThat(judge.resume(judge.router(node), key, Verdict.proceed()))
          .isEqualTo(Status.RESUMED);
      assertThat(Dig.result(query)).isEqualTo("NOERROR 192.0.2.80");
      for (int service : List.of(JUDGE, BRIEF)) {
        assertThat(ended(node, service))
            .isEqualTo(count(node, service, SuspensionCounter.ACCEPTED));
        assertThat(count(node, service, SuspensionCounter.LOST)).isZero();
      }
    }
  }

  @Test
  void verdict_throughAThirdMember_answersTheQuery() {
    CompletableFuture<Message> query = Dig.ask(dns(asked), "a.anteroom.test");
    Asked request = judge.nextRequest();
    assertThat(request.clusterPort()).isEqualTo(ClusterRig.clusterPort(asked.system()));

    assertThat(judge.resume(judge.router(other), request.key(), verdict)).isEqualTo(Status.RESUMED);

    assertThat(Dig.result(query)).isEqualTo("NOERROR 192.0.2.1");
  }

  @Test
  void verdict_again_isEndedAndCounted() {
    SuspensionKey key = decided();

    for (Node node : List.of(asked, other)) {
      long before = count(node, JUDGE, SuspensionCounter.VERDICTS_LATE);
      assertThat(judge.resume(judge.router(node), key, Verdict.drop())).isEqualTo(Status.ENDED);
      assertThat(count(node, JUDGE, SuspensionCounter.VERDICTS_LATE)).isEqualTo(before + 1);
    }
  }

  @Test
  void verdict_afterTheDeadline_isEndedAndCounted() {
    CompletableFuture<Message> query = Dig.ask(dns(asked), "late.brief.anteroom.test");
    SuspensionKey key = brief.nextRequest().key();
    assertThat(Dig.result(query)).isEqualTo("SERVFAIL EDE 14");

    for (Node node : List.of(asked, other)) {
      long before = count(node, BRIEF, SuspensionCounter.VERDICTS_LATE);
      assertThat(brief.resume(brief.router(node), key, verdict)).isEqualTo(Status.ENDED);
      assertThat(count(node, BRIEF, SuspensionCounter.VERDICTS_LATE)).isEqualTo(before + 1);
    }
  }

  @Test
  void verdict_withAKeyThatNeverWas_isUnknownAndCounted() {
    long decided = decided().queryId();

    for (Node node : List.of(asked, other)) {
      // In the shard of a query that was, and in 16 that live here, there or nowhere.
      for (long shard = 0; shard < 17; shard++) {
        SuspensionKey key = new SuspensionKey(JUDGE, (decided ^ 1L << 40) ^ shard);
        long before = count(node, JUDGE, SuspensionCounter.VERDICTS_UNKNOWN);
        assertThat(judge.resume(judge.router(node), key, verdict)).isEqualTo(Status.UNKNOWN);
        assertThat(count(node, JUDGE, SuspensionCounter.VERDICTS_UNKNOWN)).isEqualTo(before + 1);
      }
    }
  }

  @Test
  void verdict_withTheAsyncIdOfAnotherService_isRejectedAndCounted() {
    CompletableFuture<Message> query = Dig.ask(dns(asked), "b.anteroom.test");
    SuspensionKey key = judge.nextRequest().key();

    for (Node node : List.of(asked, other)) {
      long before = count(node, BRIEF, SuspensionCounter.VERDICTS_REJECTED);
      assertThat(brief.resume(brief.router(node), key, Verdict.drop())).isEqualTo(Status.REJECTED);
      assertThat(count(node, BRIEF, SuspensionCounter.VERDICTS_REJECTED)).isEqualTo(before + 1);
    }

    expectStillDecidable(query, key);
  }

  @Test
  void verdict_ofAnInstanceThatIsNotRegistered_isRejectedAndCounted() {
    CompletableFuture<Message> query = Dig.ask(dns(asked), "c.anteroom.test");
    SuspensionKey key = judge.nextRequest().key();
    ScriptedInstance stranger = ScriptedInstance.stranger(filters, JUDGE);

    for (Node node : List.of(asked, other)) {
      long before = count(node, JUDGE, SuspensionCounter.VERDICTS_REJECTED);
      stranger.grant(judge.router(node));
      assertThat(stranger.resume(judge.router(node), key, Verdict.drop()))
          .isEqualTo(Status.REJECTED);
      assertThat(count(node, JUDGE, SuspensionCounter.VERDICTS_REJECTED)).isEqualTo(before + 1);
    }

    expectStillDecidable(query, key);
  }

  static Stream<Verdict> unfitting() throws Exception {
    Record question = Record.newRecord(Name.fromString("other.anteroom.test."), Type.A, DClass.IN);
    Message answer = Message.newQuery(question);
    answer.getHeader().setFlag(Flags.QR);
    return Stream.of(
        Verdict.answer(answer.toWire()),
        Verdict.answer(new byte[0]),
        Verdict.answer(new byte[11]),
        Verdict.answer(new byte[0xffff]),
        Verdict.changeName("no..name"),
        Verdict.toPool("nowhere"));
  }

  @ParameterizedTest
  @MethodSource("unfitting")
  void verdict_withAMessageThatIsNoAnswerToIt_isRejectedAndCounted(Verdict unfitting) {
    for (Node node : List.of(asked, other)) {
      CompletableFuture<Message> query = Dig.ask(dns(asked), "d.anteroom.test");
      SuspensionKey key = judge.nextRequest().key();
      long before = count(node, JUDGE, SuspensionCounter.VERDICTS_REJECTED);
      assertThat(judge.resume(judge.router(node), key, unfitting)).isEqualTo(Status.REJECTED);
      assertThat(count(node, JUDGE, SuspensionCounter.VERDICTS_REJECTED)).isEqualTo(before + 1);
      assertThat(Dig.result(query)).as("on-timeout decides at once").isEqualTo("SERVFAIL EDE 14");
    }
  }

  @Test
  void verdict_drop_leavesTheClientWithoutAnswer() {
    CompletableFuture<Message> query = Dig.ask(dns(asked), "e.anteroom.test");
    SuspensionKey key = judge.nextRequest().key();
    long before = count(asked, JUDGE, SuspensionCounter.DROPPED);

    assertThat(judge.resume(judge.router(other), key, Verdict.drop())).isEqualTo(Status.RESUMED);

    await().until(() -> count(asked, JUDGE, SuspensionCounter.DROPPED) == before + 1);
    assertThat(query).isNotDone();
  }

  private static SuspensionKey decided() {
    CompletableFuture<Message> query = Dig.ask(dns(asked), "f.anteroom.test");
    SuspensionKey key = judge.nextRequest().key();
    expectStillDecidable(query, key);
    return key;
  }

  private static void expectStillDecidable(CompletableFuture<Message> query, SuspensionKey key) {
    assertThat(query).isNotDone();
    assertThat(judge.resume(judge.router(other), key, verdict)).isEqualTo(Status.RESUMED);
    assertThat(Dig.result(query)).isEqualTo("NOERROR 192.0.2.1");
  }
}
