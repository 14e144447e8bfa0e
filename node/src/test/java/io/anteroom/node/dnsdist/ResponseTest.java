// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.flow.PolicyFailure;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.wire.WireName;
import io.anteroom.protocol.Stage;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** What a LuaResponseAction sees of an answer, and what it can do with it. */
final class ResponseTest {
  private static final String NONE = "return DNSResponseAction.None";

  private final Query answered =
      QuestionRig.query(DnsMessages.message(1, "www.example", Type.A))
          .withAnswer(DnsMessages.answer("www.example", "192.0.2.1", "192.0.2.2"));

  private RuleOutcome run(String body) throws Exception {
    return run(body, answered);
  }

  private static RuleOutcome run(String body, Query query) throws Exception {
    try (QuestionRig rig =
        new QuestionRig("response_action(function(dr)\n%s\nend)".formatted(body))) {
      return rig.run(Stage.RESPONSE, query);
    }
  }

  private static Query next(RuleOutcome outcome) {
    return ((RuleOutcome.Next) outcome).query();
  }

  private static Message answer(Query query) throws Exception {
    return new Message(Objects.requireNonNull(query.answer()));
  }

  @Test
  void answerThatIsNotChanged_isTheSameObject() throws Exception {
    assertThat(next(run("local x = dr:getContent() " + NONE)).answer()).isSameAs(answered.answer());
  }

  @Test
  void fields_areThoseOfTheAnswer() throws Exception {
    run(
        """
        assert(dr.rcode == 0 and dr.dh:getQR() and dr.qname == newDNSName('www.example'))
        assert(dr.qtype == 1 and dr.dh:getID() == 1 and #dr:getContent() == dr.len)
        assert(dr:getRestartCount() == 0)
        return DNSResponseAction.None
        """);
  }

  @Test
  void flagsAndRcode_changeTheAnswer_notTheOneBefore() throws Exception {
    byte[] before = Objects.requireNonNull(answered.answer()).clone();
    Message answer = answer(next(run("dr.rcode = 5 dr.dh:setAA(true) " + NONE)));

    assertThat(answer.getRcode()).isEqualTo(Rcode.REFUSED);
    assertThat(answer.getHeader().getFlag(Flags.AA)).isTrue();
    assertThat(answer.getSection(Section.ANSWER)).hasSize(2);
    assertThat(answered.answer()).isEqualTo(before);
  }

  @Test
  void content_replacesTheAnswer() throws Exception {
    Message answer =
        answer(
            next(
                run(
                    """
                    local raw = dr:getContent()
                    dr:setContent('zz\\129\\3\\0\\1\\0\\0\\0\\0\\0\\0' .. raw:sub(13, 29))
                    return DNSResponseAction.None
                    """)));

    assertThat(answer.getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(answer.getHeader().getID()).isEqualTo(1);
    assertThat(answer.getSection(Section.ANSWER)).isEmpty();
  }

  @Test
  void ttls_areEditedOneByOne() throws Exception {
    Message answer =
        answer(
            next(
                run(
                    """
                    local first = true
                    dr:editTTLs(function(section, class, type, ttl)
                      assert(section == 1 and class == 1 and type == 1 and ttl == 60)
                      if first then first = false return 0 end
                      return 5
                    end)
                    return DNSResponseAction.None
                    """)));

    assertThat(answer.getSection(Section.ANSWER))
        .extracting(record -> record.getTTL())
        .containsExactly(60L, 5L);
  }

  @Test
  void restart_sendsTheQueryAgain_untilTheLimit() throws Exception {
    String body = "assert(dr:restart() == (dr:getRestartCount() < 16)) dr.pool = 'slow' " + NONE;
    Query last = answered;
    for (int i = 0; i < Question.MAX_RESTARTS; i++) {
      RuleOutcome.Restart restart = (RuleOutcome.Restart) run(body, last);
      assertThat(restart.query().pool()).isEqualTo("slow");
      last = restart.query().startedAgain().withAnswer(Objects.requireNonNull(answered.answer()));
    }

    assertThat(run(body, last)).isInstanceOf(RuleOutcome.Next.class);
  }

  @Test
  void nameOfTheClient_isRestoredByTheNode() throws Exception {
    Query renamed =
        answered
            .renamed(answered.wire().renamed(WireName.parse("other.example")))
            .withAnswer(DnsMessages.answer("other.example", "192.0.2.3"));

    Query after = next(run("assert(dr:changeName(newDNSName('www.example'))) " + NONE, renamed));

    assertThat(after.answer()).isSameAs(renamed.answer());
    assertThat(after.asked().name().text()).isEqualTo("www.example");
    assertThatThrownBy(() -> run("dr:changeName(newDNSName('x.example')) " + NONE, renamed))
        .hasMessage("filter.lua:2: the name of an answer can be changed to the client's only");
  }

  @Test
  void rcodeOfAnAsyncObject_clearsTheRecords_orKeepsThem() throws Exception {
    try (QuestionRig rig = new QuestionRig("")) {
      Question cleared = new Question(Stage.RESPONSE, answered, rig.questions());
      cleared.setRcode(Rcode.REFUSED, true);
      Message answer = answer(next(cleared.outcome()));
      assertThat(answer.getRcode()).isEqualTo(Rcode.REFUSED);
      assertThat(answer.getSection(Section.ANSWER)).isEmpty();

      Question kept = new Question(Stage.RESPONSE, answered, rig.questions());
      kept.setRcode(Rcode.NXDOMAIN, false);
      answer = answer(next(kept.outcome()));
      assertThat(answer.getRcode()).isEqualTo(Rcode.NXDOMAIN);
      assertThat(answer.getSection(Section.ANSWER)).hasSize(2);
    }
  }

  @ParameterizedTest
  @CsvSource({"Allow, NOERROR", "HeaderModify, NOERROR", "ServFail, SERVFAIL", "Truncate, NOERROR"})
  void actionsThatEndTheChain(String action, String rcode) throws Exception {
    RuleOutcome outcome = run("return DNSResponseAction." + action);

    Message answer = answer(((RuleOutcome.EndChain) outcome).query());
    assertThat(Rcode.string(answer.getRcode())).isEqualTo(rcode);
    assertThat(answer.getHeader().getFlag(Flags.TC)).isEqualTo(action.equals("Truncate"));
  }

  @Test
  void dropAndDelay_haveTheirOutcomes() throws Exception {
    assertThat(run("return DNSResponseAction.Drop")).isInstanceOf(RuleOutcome.Drop.class);
    assertThat(run("return DNSResponseAction.Delay, 10")).isInstanceOf(RuleOutcome.Aside.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          dr.dh:setQR(false)                   | an answer has lost its QR flag
          dr:setContent(('\\0'):rep(40))        | filter.lua:2: the content of an answer must be an answer, but it has no QR flag
          dr:setContent('\\0\\0\\129' .. ('\\0'):rep(40)) | filter.lua:2: the content is no DNS answer that can be read
          dr:editTTLs(5)                       | filter.lua:2: editTTLs needs a function, not a number
          dr:editTTLs(function() return 'x' end) | filter.lua:2: a TTL must be a whole number from 0 to 4294967295, not a string
          dr:editTTLs(function() error('no') end) | filter.lua:2: no
          """)
  void wrongUse_fails(String statement, String message) {
    assertThatThrownBy(() -> run(statement + "\n" + NONE))
        .isInstanceOf(PolicyFailure.class)
        .hasMessage(message);
  }

  @Test
  void valueThatIsNoResponseAction_fails() {
    assertThatThrownBy(() -> run("return DNSAction.Truncate"))
        .hasMessage("8 is no DNSResponseAction");
  }
}
