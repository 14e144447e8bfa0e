// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.CacheSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.testing.Responses;
import io.anteroom.protocol.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** A bug of ours, played by a rule that throws: its query is answered, and once. */
final class BugTest {
  private static final String NAME = "www.example.";

  private final ProcessorRig rig = new ProcessorRig(CacheSettings.DEFAULT);

  @ParameterizedTest
  @EnumSource(names = {"QUERY", "CACHE_MISS", "RESPONSE", "CACHE_INSERTED"})
  void ruleThatThrows_queryIsAnsweredWithAFailure(Stage broken) {
    throwIn(broken);

    rig.ask(ProcessorRig.ALICE, NAME);
    if (!rig.isAnswered(ProcessorRig.ALICE)) {
      rig.answered(rig.forwarded(), Responses.answer(NAME, Type.A, NAME + " 60 A 192.0.2.1"));
    }

    assertThat(rig.answer(ProcessorRig.ALICE).getRcode()).isEqualTo(Rcode.SERVFAIL);
    assertThat(rig.count(Counter.BUGS)).isPositive();
  }

  @Test
  void ruleThatThrows_forAFailureThatIsMadeHere_clientIsToldSo() {
    throwIn(Stage.RESPONSE);

    rig.ask(ProcessorRig.ALICE, NAME);
    rig.unanswered(rig.forwarded(), Unanswered.Reason.TIMEOUT);

    assertThat(rig.answer(ProcessorRig.ALICE).getRcode()).isEqualTo(Rcode.SERVFAIL);
  }

  private void throwIn(Stage broken) {
    rig.withRules(
        (stage, query, from) -> {
          if (stage == broken) {
            throw new IllegalStateException("a bug");
          }
          return new RuleOutcome.Next(query);
        });
  }
}
