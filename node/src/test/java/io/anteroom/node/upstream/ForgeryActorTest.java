// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static io.anteroom.node.upstream.PoolRig.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.Answered;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.ScriptedServer;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Forged answers from the server's own address and port (RFC 5452), and many good ones. */
class ForgeryActorTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final int FORGED = 10_000;
  private static final int SUSPICIOUS = 20;
  private static final int QUERIES = 5;

  /** What the forger does not know. */
  private enum Guess {
    ID,
    CASE,
    BOTH;

    byte[] forge(Asked asked, int number) {
      byte[] forged = asked.answerBytes();
      Arrays.fill(forged, forged.length - 4, forged.length, (byte) 6);
      if (this == ID || (this == BOTH && number % 2 == 0)) {
        int id = asked.id() ^ 1 + number % 0xffff;
        forged[0] = (byte) (id >> 8);
        forged[1] = (byte) id;
      } else {
        // Within the first label, whose letters begin at 13.
        forged[13 + number % 8] ^= 0x20;
      }
      return forged;
    }
  }

  @ParameterizedTest
  @EnumSource(Guess.class)
  void forged_tenThousandForEachQuery_noneTakenAndTheTrueOneIs(Guess guess) {
    ScriptedServer.Script script =
        q -> {
          for (int i = 0; !q.tcp() && i < FORGED; i++) {
            q.send(guess.forge(q, i));
          }
          q.answer();
        };
    try (ScriptedServer server = ScriptedServer.start(script);
        PoolRig rig = new PoolRig(settings(LONG, server))) {
      for (int i = 0; i < QUERIES; i++) {
        rig.expectTrueAnswer(rig.ask("forgeries" + i + ".example"));
      }
      assertThat(rig.count(Counter.UPSTREAM_ANSWERS)).isEqualTo(QUERIES);
      // Whichever came first, the twentieth of them or the end of the grace for the true answer.
      assertThat(rig.count(Counter.UPSTREAM_SUSPECTED) + rig.count(Counter.UPSTREAM_DOUBTED))
          .isEqualTo(QUERIES);
      long counted =
          rig.count(Counter.UPSTREAM_MISMATCH_ID) + rig.count(Counter.UPSTREAM_MISMATCH_CASE);
      assertThat(counted).isBetween(1L, (long) QUERIES * SUSPICIOUS);
      assertThat(rig.count(Counter.UPSTREAM_CASE_BROKEN)).isZero();
    }
  }

  @Test
  void forged_inWrongCase_serverWithoutTcp_stillNoneTaken() {
    ScriptedServer.Script script =
        q -> {
          for (int i = 0; !q.tcp() && i < FORGED; i++) {
            q.send(Guess.CASE.forge(q, i));
          }
          q.close();
        };
    try (ScriptedServer server = ScriptedServer.start(script);
        PoolRig rig = new PoolRig(PoolRig.tries(settings(LONG, server), 2))) {
      rig.expectUnanswered(rig.ask("forgeries.example"), Unanswered.Reason.NETWORK);
      assertThat(rig.count(Counter.UPSTREAM_CASE_BROKEN)).isZero();
    }
  }

  @Test
  void answers_twoHundredOutstanding_noneLost() {
    try (ScriptedServer server = ScriptedServer.start(Asked::answer);
        PoolRig rig = new PoolRig(settings(LONG, server))) {
      int queries = 10_000;
      for (int i = 0; i < queries + 200; i++) {
        if (i < queries) {
          rig.ask("n" + i + ".example");
        }
        if (i >= 200) {
          PoolRig.assertTrue((Answered) rig.origin.receiveMessage(PoolRig.PATIENCE));
        }
      }
      assertThat(rig.count(Counter.UPSTREAM_QUERIES)).isEqualTo(queries);
      assertThat(rig.count(Counter.UPSTREAM_ANSWERS)).isEqualTo(queries);
    }
  }
}
