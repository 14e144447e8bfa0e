// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import static io.anteroom.node.query.ProcessorRig.ALICE;
import static io.anteroom.node.query.ProcessorRig.BOB;
import static io.anteroom.node.testing.Responses.answer;
import static io.anteroom.node.testing.Responses.negative;
import static io.anteroom.node.testing.Responses.response;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.CacheSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.flow.UpstreamCommand;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.wire.Answers;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Stage;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** An answer whose time is up is better than none. */
class Rfc8767StaleTest {
  private static final String NAME = "www.example";
  private static final Message OLD = answer(NAME, Type.A, "www.example. 60 A 192.0.2.1");
  private static final Message NEW = answer(NAME, Type.A, "www.example. 60 A 192.0.2.2");
  private static final CacheSettings.Stale IMPATIENT =
      new CacheSettings.Stale(
          Duration.ofDays(1),
          Duration.ofMillis(1800),
          Duration.ofSeconds(30),
          Duration.ofSeconds(30));

  private final ProcessorRig rig = new ProcessorRig(CacheSettings.DEFAULT);
  private final ProcessorRig impatient =
      new ProcessorRig(CacheSettings.DEFAULT.withStale(IMPATIENT));

  /** Section 4: with a TTL of 30 seconds; RFC 8914 section 4.4: and it says that it is stale. */
  @ParameterizedTest
  @ValueSource(ints = {Rcode.SERVFAIL, Rcode.REFUSED, Rcode.NOTIMP, Rcode.FORMERR})
  void section4_serverFails_staleAnswerIsGiven(int rcode) {
    rig.askServer(ALICE, NAME, OLD);
    rig.pass(100);
    assertStale(rig.askServer(ALICE, NAME, response(NAME, Type.A, rcode)));
    assertThat(rig.count(Counter.CACHE_STALE)).isOne();
  }

  @Test
  void cachedAnswer_isNotAuthoritative() {
    Message old = OLD.clone();
    old.getHeader().setFlag(Flags.AA);
    rig.askServer(ALICE, NAME, old);
    assertThat(rig.askCached(ALICE, NAME).getHeader().getFlag(Flags.AA)).isFalse();
    rig.pass(100);
    assertStale(rig.askServer(ALICE, NAME, response(NAME, Type.A, Rcode.SERVFAIL)));
  }

  @ParameterizedTest
  @EnumSource(Unanswered.Reason.class)
  void section4_nobodyAnswers_staleAnswerIsGiven(Unanswered.Reason reason) {
    rig.askServer(ALICE, NAME, OLD);
    rig.pass(100);
    rig.ask(ALICE, NAME);
    rig.unanswered(rig.forwarded(), reason);
    assertStale(rig.answer(ALICE));
    assertThat(rig.count(Counter.FORWARD_FAILED)).isZero();
  }

  /** RFC 8914 section 4.20. */
  @Test
  void section4_staleNxdomain_saysSo() {
    rig.askServer(ALICE, NAME, negative(NAME, Type.A, Rcode.NXDOMAIN, 60, 60));
    rig.pass(100);
    Message given = rig.askServer(ALICE, NAME, response(NAME, Type.A, Rcode.SERVFAIL));
    assertThat(given.getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(DnsMessages.errorCode(given)).isEqualTo(ExtendedError.STALE_NXDOMAIN_ANSWER);
    assertThat(given.getSection(Section.AUTHORITY).get(0).getTTL()).isEqualTo(30);
  }

  /** Section 4: an authoritative answer wins, whatever it says. */
  @Test
  void section4_serverSaysThatThereIsNothing_staleAnswerIsNot() {
    rig.askServer(ALICE, NAME, OLD);
    rig.pass(100);
    Message gone = negative(NAME, Type.A, Rcode.NXDOMAIN, 60, 60);
    assertThat(rig.askServer(ALICE, NAME, gone).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(rig.askCached(ALICE, NAME).getRcode()).isEqualTo(Rcode.NXDOMAIN);
  }

  /** What a server said last is what is stale, not what it said before. */
  @Test
  void section4_nameHasGoneSince_staleAnswerDoesNotBringItBack() {
    rig.askServer(ALICE, NAME, OLD);
    rig.pass(100);
    rig.askServer(ALICE, NAME, negative(NAME, Type.A, Rcode.NXDOMAIN, 60, 60));
    rig.pass(100);
    Message given = rig.askServer(ALICE, NAME, response(NAME, Type.A, Rcode.SERVFAIL));
    assertThat(given.getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(DnsMessages.errorCode(given)).isEqualTo(ExtendedError.STALE_NXDOMAIN_ANSWER);
    rig.pass(100);
    rig.askServer(ALICE, NAME, OLD);
    rig.pass(100);
    assertStale(rig.askServer(ALICE, NAME, response(NAME, Type.A, Rcode.SERVFAIL)));
  }

  /** Neither one that can't be kept at all: it has no SOA record, or a TTL of 0. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void section4_laterAnswerWasNotKept_staleAnswerDoesNotComeBack(boolean denial) {
    rig.askServer(ALICE, NAME, OLD);
    rig.pass(100);
    rig.askServer(
        ALICE,
        NAME,
        denial
            ? response(NAME, Type.A, Rcode.NXDOMAIN)
            : answer(NAME, Type.A, "www.example. 0 A 192.0.2.2"));
    Message given = rig.askServer(ALICE, NAME, response(NAME, Type.A, Rcode.SERVFAIL));
    assertThat(given.getRcode()).isEqualTo(Rcode.SERVFAIL);
  }

  /** Section 5: after a failure the servers are left alone for 30 seconds. */
  @Test
  void section5_afterAFailure_serversAreNotAskedAgainForAWhile() {
    rig.askServer(ALICE, NAME, OLD);
    rig.pass(100);
    rig.ask(ALICE, NAME);
    rig.unanswered(rig.forwarded(), Unanswered.Reason.TIMEOUT);
    assertStale(rig.answer(ALICE));
    rig.pass(29);
    assertStale(rig.askCached(BOB, NAME));
    assertThat(rig.isIdle()).isTrue();
    rig.pass(1);
    assertFresh(rig.askServer(ALICE, NAME, NEW));
  }

  /** Section 5: the maximum stale timer. */
  @Test
  void section5_afterADay_isNotGivenAnyMore() {
    rig.askServer(ALICE, NAME, OLD);
    rig.pass(86_400 + 59);
    assertStale(rig.askServer(ALICE, NAME, response(NAME, Type.A, Rcode.SERVFAIL)));
    rig.pass(60);
    assertThat(rig.askServer(ALICE, NAME, response(NAME, Type.A, Rcode.SERVFAIL)).getRcode())
        .isEqualTo(Rcode.SERVFAIL);
  }

  @Test
  void section5_switchedOff_isNeverGiven() {
    ProcessorRig never =
        new ProcessorRig(CacheSettings.DEFAULT.withStale(CacheSettings.Stale.NEVER));
    never.askServer(ALICE, NAME, OLD);
    never.pass(60);
    Message failure = never.askServer(ALICE, NAME, response(NAME, Type.A, Rcode.SERVFAIL));
    assertThat(failure.getRcode()).isEqualTo(Rcode.SERVFAIL);
  }

  /** Section 5: the client response timer. The answer that comes later is for the cache alone. */
  @Test
  void section5_serversAreSlow_clientGetsTheStaleAnswer_andTheCacheTheNewOne() {
    impatient.askServer(ALICE, NAME, OLD);
    impatient.pass(100);
    impatient.ask(ALICE, NAME);
    UpstreamCommand.Forward forward = impatient.forwarded();
    UpstreamCommand.Refresh refresh = impatient.refresh();
    assertThat(impatient.timeLeft(forward.deadlineNanos())).hasMillis(1800);
    assertThat(impatient.timeLeft(refresh.deadlineNanos())).hasSeconds(4);

    impatient.pass(Duration.ofMillis(1800));
    impatient.unanswered(forward, Unanswered.Reason.TIMEOUT);
    assertStale(impatient.answer(ALICE));
    impatient.pass(1);
    impatient.refreshed(refresh, NEW);

    assertThat(impatient.isAnswered(ALICE)).as("answered twice").isFalse();
    assertFresh(impatient.askCached(ALICE, NAME));
    assertThat(impatient.count(Counter.CACHE_REFRESHES)).isOne();
  }

  @Test
  void section5_serversAnswerInTime_clientGetsTheirs() {
    impatient.askServer(ALICE, NAME, OLD);
    impatient.pass(100);
    impatient.ask(ALICE, NAME);
    UpstreamCommand.Forward forward = impatient.forwarded();
    UpstreamCommand.Refresh refresh = impatient.refresh();
    impatient.answered(forward, NEW);
    assertFresh(impatient.answer(ALICE));
    long inserts = impatient.count(Counter.CACHE_INSERTS);
    impatient.refreshed(refresh, NEW);
    assertThat(impatient.count(Counter.CACHE_INSERTS)).as("once is enough").isEqualTo(inserts);
  }

  /** All who ask meanwhile wait for the same refresh, each for as long as he would. */
  @Test
  void section5_manyAskMeanwhile_oneRefreshIsUnderWay() {
    impatient.askServer(ALICE, NAME, OLD);
    impatient.pass(100);
    impatient.ask(ALICE, NAME);
    UpstreamCommand.Forward first = impatient.forwarded();
    UpstreamCommand.Refresh refresh = impatient.refresh();
    impatient.ask(BOB, NAME);
    UpstreamCommand.Forward second = impatient.forwarded();
    assertThat(impatient.isIdle()).isTrue();
    impatient.unanswered(first, Unanswered.Reason.TIMEOUT);
    impatient.unanswered(second, Unanswered.Reason.TIMEOUT);
    assertStale(impatient.answer(ALICE));
    assertStale(impatient.answer(BOB));

    impatient.refreshed(refresh, null);
    assertStale(impatient.askCached(ALICE, NAME));
    assertThat(impatient.isIdle()).as("left alone after the failure").isTrue();
    assertThat(impatient.count(Counter.CACHE_REFRESH_FAILED)).isOne();
  }

  /** A stale answer goes where any other from the cache goes, so no filter is passed by. */
  @Test
  void staleAnswer_runsTheChainsOfAHit() {
    rig.askServer(ALICE, NAME, OLD);
    rig.pass(100);
    rig.stages.clear();
    rig.withRules(
        (stage, query, from) ->
            stage == Stage.RESPONSE && query.client().equals(BOB)
                ? new RuleOutcome.Answer(query, Answers.rcode(query.wire(), Rcode.REFUSED, null))
                : new RuleOutcome.Next(query));
    rig.ask(BOB, NAME);
    rig.unanswered(rig.forwarded(), Unanswered.Reason.TIMEOUT);
    assertThat(rig.answer(BOB).getRcode()).isEqualTo(Rcode.REFUSED);
    assertThat(rig.stages)
        .containsExactly(Stage.QUERY, Stage.CACHE_MISS, Stage.CACHE_HIT, Stage.RESPONSE);
    assertStale(rig.askCached(ALICE, NAME));
  }

  @Test
  void queryThatSkipsTheCache_getsNothingStale() {
    rig.askServer(ALICE, NAME, OLD);
    rig.pass(100);
    rig.withRules((stage, query, from) -> new RuleOutcome.Next(query.withoutCache()));
    assertThat(rig.askServer(ALICE, NAME, response(NAME, Type.A, Rcode.SERVFAIL)).getRcode())
        .isEqualTo(Rcode.SERVFAIL);
  }

  /** RFC 9520 section 3.2, and RFC 8914 section 4.14: a failure from the cache says so. */
  @Test
  void failure_withoutStaleAnswer_isKept_andSaysSo() {
    rig.ask(ALICE, NAME);
    rig.unanswered(rig.forwarded(), Unanswered.Reason.TIMEOUT);
    assertThat(DnsMessages.errorCode(rig.answer(ALICE)))
        .isEqualTo(ExtendedError.NO_REACHABLE_AUTHORITY);
    Message again = rig.askCached(BOB, NAME);
    assertThat(again.getRcode()).isEqualTo(Rcode.SERVFAIL);
    assertThat(DnsMessages.errorCode(again)).isEqualTo(ExtendedError.CACHED_ERROR);
    assertThat(rig.count(Counter.CACHE_FAILURE_HITS)).isOne();
    rig.pass(5);
    assertFresh(rig.askServer(ALICE, NAME, NEW));
  }

  /** Too many queries under way is the node's own trouble, and no reason to stop asking. */
  @Test
  void overload_isNotKept() {
    rig.ask(ALICE, NAME);
    rig.unanswered(rig.forwarded(), Unanswered.Reason.OVERLOAD);
    assertThat(rig.answer(ALICE).getRcode()).isEqualTo(Rcode.SERVFAIL);
    assertFresh(rig.askServer(ALICE, NAME, NEW));
  }

  private static void assertStale(Message given) {
    assertThat(given.getHeader().getFlag(Flags.AA)).isFalse();
    assertThat(DnsMessages.addresses(given).toString()).contains("192.0.2.1");
    assertThat(given.getSection(Section.ANSWER).get(0).getTTL()).isEqualTo(30);
    assertThat(DnsMessages.errorCode(given)).isEqualTo(ExtendedError.STALE_ANSWER);
  }

  private static void assertFresh(Message given) {
    assertThat(DnsMessages.addresses(given).toString()).contains("192.0.2.2");
    assertThat(DnsMessages.errorCode(given)).isEqualTo(-1);
  }
}
