// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Effect;
import io.anteroom.node.flow.PolicyFailure;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.Rules;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** What the values that actions return do to queries. */
final class ActionOutcomesTest {
  private static RuleOutcome run(String returned, int type) throws Exception {
    return run(returned, QuestionRig.query(DnsMessages.message(1, "www.example", type)));
  }

  private static RuleOutcome run(String returned, Query query) throws Exception {
    try (QuestionRig rig =
        new QuestionRig("action(function(dq) return %s end)".formatted(returned))) {
      return rig.run(Stage.QUERY, query);
    }
  }

  private static Message answer(RuleOutcome outcome) throws Exception {
    return new Message(((RuleOutcome.Answer) outcome).message());
  }

  @ParameterizedTest
  @ValueSource(strings = {"DNSAction.None", "DNSAction.NoOp"})
  void nothing_continuesAtTheNextRule(String action) throws Exception {
    assertThat(run(action, Type.A)).isInstanceOf(RuleOutcome.Next.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"DNSAction.Allow", "DNSAction.HeaderModify"})
  void allow_endsTheChain(String action) throws Exception {
    assertThat(run(action, Type.A)).isInstanceOf(RuleOutcome.EndChain.class);
  }

  @Test
  void drop_answersNothing() throws Exception {
    assertThat(run("DNSAction.Drop", Type.A)).isInstanceOf(RuleOutcome.Drop.class);
  }

  @ParameterizedTest
  @CsvSource({"Nxdomain, NXDOMAIN", "Refused, REFUSED", "ServFail, SERVFAIL"})
  void responseCodes_areAnsweredWithoutRecords(String action, String rcode) throws Exception {
    Message answer = answer(run("DNSAction." + action, Type.A));

    assertThat(Rcode.string(answer.getRcode())).isEqualTo(rcode);
    assertThat(answer.getSection(Section.AUTHORITY)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          192.0.2.1                 | 192.0.2.1
          192.0.2.1,192.0.2.2       | 192.0.2.1 192.0.2.2
          192.0.2.1, 2001:db8::1    | 192.0.2.1
          blocked.example           | blocked.example.
          """)
  void spoof_answersWithAddresses_orAnAlias(String value, String data) throws Exception {
    Message answer = answer(run("DNSAction.Spoof, '%s'".formatted(value), Type.A));

    assertThat(answer.getSection(Section.ANSWER))
        .extracting(record -> record.rdataToString())
        .containsExactly(data.split(" "));
  }

  @Test
  void spoofOfAnotherType_letsTheQueryContinueAfterTheChain() throws Exception {
    assertThat(run("DNSAction.Spoof, '192.0.2.1'", Type.MX))
        .isInstanceOf(RuleOutcome.EndChain.class);
  }

  @Test
  void spoofRaw_answersWithEachPart() throws Exception {
    Message answer = answer(run("DNSAction.SpoofRaw, '\\3abc,\\2de'", Type.TXT));

    assertThat(answer.getSection(Section.ANSWER))
        .extracting(record -> record.rdataToString())
        .containsExactly("abc", "de");
  }

  @Test
  void spoofPacket_answersWithTheMessage() throws Exception {
    RuleOutcome outcome =
        run("DNSAction.SpoofPacket, 'xx\\133\\5' .. dq:getContent():sub(5)", Type.A);

    assertThat(answer(outcome).getRcode()).isEqualTo(Rcode.REFUSED);
    assertThat(answer(outcome).getHeader().getID()).isEqualTo(1);
  }

  @Test
  void pool_choosesThePool_andEndsTheChain() throws Exception {
    RuleOutcome outcome = run("DNSAction.Pool, 'slow'", Type.A);

    assertThat(((RuleOutcome.EndChain) outcome).query().pool()).isEqualTo("slow");
  }

  @ParameterizedTest
  @ValueSource(strings = {"100", "'100'"})
  void delay_delaysTheQuery(String value) throws Exception {
    RuleOutcome.Aside aside = (RuleOutcome.Aside) run("DNSAction.Delay, " + value, Type.A);

    assertThat(aside.effect()).isEqualTo(new Effect.Delay(Duration.ofMillis(100)));
    assertThat(aside.nextRule()).isEqualTo(7);
  }

  @Test
  void truncate_truncatesOverUdpOnly() throws Exception {
    Message message = DnsMessages.message(1, "www.example", Type.A);
    Client client = QuestionRig.CLIENT;
    Query overTcp =
        Query.of(
            (WireQuery) WireQuery.parse(message.toWire()),
            new Client(client.address(), Transport.TCP, 1),
            Rules.NONE);

    assertThat(answer(run("DNSAction.Truncate", Type.A)).getHeader().getFlag(Flags.TC)).isTrue();
    assertThat(run("DNSAction.Truncate", overTcp)).isInstanceOf(RuleOutcome.Next.class);
  }

  @Test
  void noRecurse_asksWithoutRecursion_andEndsTheChain() throws Exception {
    RuleOutcome outcome = run("DNSAction.NoRecurse", Type.A);

    assertThat(((RuleOutcome.EndChain) outcome).query().wire().recursionDesired()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          nil                         | the DNSAction to return must be a whole number from 0 to 255, not a nil
          "drop"                      | the DNSAction to return must be a whole number from 0 to 255, not a string
          DNSAction.Nonsense          | filter.lua:1: DNSAction: unknown: "Nonsense"; known are
          99                          | 99 is no DNSAction
          DNSAction.Pool              | the pool must be a string, not a nil
          DNSAction.Pool, 'none'      | there is no pool "none"
          DNSAction.Spoof             | what to answer with must be a string, not a nil
          DNSAction.Spoof, ''         | an answer needs 1 to 1000 records
          DNSAction.Spoof, 'a..b'     | domain name 'a..b' has an empty label
          DNSAction.SpoofPacket, 'x'  | the content is no DNS message, as it has 1 bytes
          DNSAction.Delay, 'soon'     | the delay in milliseconds must be a whole number from 0 to 5000, not a string
          DNSAction.Drop, print       | filter.lua:1: a function can't be passed
          dq                          | the DNSAction to return must be a whole number from 0 to 255, not a table
          """)
  void wrongValue_fails(String returned, String message) {
    assertThatThrownBy(() -> run(returned, Type.A))
        .isInstanceOf(PolicyFailure.class)
        .hasMessageContaining(message);
  }
}
