// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import static io.anteroom.node.query.ProcessorRig.ALICE;
import static io.anteroom.node.query.ProcessorRig.BOB;
import static io.anteroom.node.testing.Responses.answer;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.CacheSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.wire.AnswerEdits;
import io.anteroom.node.wire.Answers;
import io.anteroom.node.wire.Rcodes;
import io.anteroom.protocol.Stage;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** With {@code run-response = once} the cache stores what the response rules made of an answer. */
class RunResponseTest {
  private static final String NAME = "www.example";

  private final ProcessorRig rig = new ProcessorRig(CacheSettings.DEFAULT).withResponseOnce();

  @Test
  void answer_isStoredAfterTheResponseRules_andHitsPassTheirOwnOnly() {
    rig.askServer(ALICE, NAME, said());
    rig.askCached(BOB, NAME);
    assertThat(rig.stages)
        .containsExactly(
            Stage.QUERY,
            Stage.CACHE_MISS,
            Stage.RESPONSE,
            Stage.CACHE_INSERTED,
            Stage.QUERY,
            Stage.CACHE_HIT);
    assertThat(rig.count(Counter.CACHE_INSERTS)).isOne();
  }

  @Test
  void answer_thatARuleChanged_isStoredChanged() {
    rig.withRules(
        (stage, query, from) ->
            new RuleOutcome.Next(stage == Stage.RESPONSE ? limited(query) : query));
    assertThat(ttl(rig.askServer(ALICE, NAME, said()))).isEqualTo(7);
    assertThat(ttl(rig.askCached(BOB, NAME))).isEqualTo(7);
    rig.pass(8);
    rig.ask(BOB, NAME);
    assertThat(rig.isAnswered(BOB)).as("its time is over").isFalse();
  }

  @Test
  void answer_thatARuleMadeInstead_isNotStored() {
    rig.withRules(
        (stage, query, from) ->
            stage == Stage.RESPONSE
                ? new RuleOutcome.Answer(query, Answers.rcode(query.wire(), Rcodes.REFUSED, null))
                : new RuleOutcome.Next(query));
    assertThat(rig.askServer(ALICE, NAME, said()).getRcode()).isEqualTo(Rcode.REFUSED);
    rig.withRules((stage, query, from) -> new RuleOutcome.Next(query));
    assertThat(rig.askServer(BOB, NAME, said()).getRcode()).isEqualTo(Rcode.NOERROR);
  }

  @Test
  void answer_thatARuleKeepsFromTheCache_isNotStored() {
    rig.withRules(
        (stage, query, from) ->
            new RuleOutcome.Next(stage == Stage.RESPONSE ? query.withoutCache() : query));
    rig.askServer(ALICE, NAME, said());
    rig.ask(BOB, NAME);
    assertThat(rig.isAnswered(BOB)).isFalse();
    assertThat(rig.count(Counter.CACHE_INSERTS)).isZero();
  }

  @Test
  void popularAnswer_isNotFetchedWithoutRules() {
    rig.askServer(ALICE, NAME, said());
    rig.askCached(ALICE, NAME);
    rig.askCached(ALICE, NAME);
    rig.pass(95);
    rig.askCached(ALICE, NAME);
    assertThat(rig.isIdle()).isTrue();
  }

  private static Query limited(Query query) {
    byte[] answer = query.answer();
    return answer == null ? query : query.withEdited(AnswerEdits.limitTtls(answer, 0, 7));
  }

  private static long ttl(Message answer) {
    return answer.getSection(Section.ANSWER).get(0).getTTL();
  }

  private static Message said() {
    return answer(NAME, Type.A, "www.example. 100 A 192.0.2.1");
  }
}
