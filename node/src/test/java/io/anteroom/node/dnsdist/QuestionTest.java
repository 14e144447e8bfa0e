// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.flow.PolicyFailure;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Stage;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** What a LuaAction sees of a query, and what it can do with it. */
final class QuestionTest {
  private static final String NONE = "return DNSAction.None";

  private final Message message = DnsMessages.message(4711, "WwW.Example.com", Type.A);

  private RuleOutcome run(String body) throws Exception {
    return run(body, message);
  }

  private static RuleOutcome run(String body, Message message) throws Exception {
    try (QuestionRig rig = rig(body)) {
      return rig.run(message);
    }
  }

  private static QuestionRig rig(String body) throws Exception {
    return new QuestionRig("action(function(dq)\n%s\nend)".formatted(body));
  }

  private String said(String expression) throws Exception {
    try (QuestionRig rig =
        rig("local a, b, c = %s\nsay(tostring(a))\n%s".formatted(expression, NONE))) {
      rig.run(message);
      return String.join(" ", rig.said());
    }
  }

  private static Query next(RuleOutcome outcome) {
    return ((RuleOutcome.Next) outcome).query();
  }

  private static Message answer(RuleOutcome outcome) throws IOException {
    return new Message(((RuleOutcome.Answer) outcome).message());
  }

  private static void assertFails(String body, String message) throws Exception {
    assertThatThrownBy(() -> run(body, DnsMessages.message(1, "www.example", Type.A)))
        .isInstanceOf(PolicyFailure.class)
        .hasMessage(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          dq.qname                       | WwW.Example.com.
          dq.qname:toString()            | WwW.Example.com.
          dq.qname:toStringNoDot()       | WwW.Example.com
          dq.qtype                       | 1
          dq.qclass                      | 1
          dq.opcode                      | 0
          dq.rcode                       | 0
          dq.tcp                         | false
          dq.pool                        | ''
          dq.skipCache                   | false
          dq.len                         | 33
          dq.remoteaddr                  | 192.0.2.1
          dq.remoteaddr:toStringWithPort() | 192.0.2.1:5353
          dq.localaddr:getPort()         | 53
          dq.useECS                      | false
          dq.tempFailureTTL              | nil
          dq.dh:getID()                  | 4711
          dq.dh:getRD()                  | true
          dq.dh:getQR()                  | false
          dq:getHeader():getCD()         | false
          dq:getDO()                     | false
          dq:getProtocol()               | Do53 UDP
          dq:getTag('x')                 | ''
          #dq:getContent()               | 33
          dq:getContent():byte(2)        | 103
          type(dq:getElapsedUs())        | number
          next(dq:getTagArray())         | nil
          next(dq:getEDNSOptions())      | nil
          dq:setRestartable()            | true
          dq.qname == newDNSName('www.example.COM') | true
          """)
  void fields_areThoseOfTheClientsQuery(String expression, String expected) throws Exception {
    assertThat(said(expression)).isEqualTo(expected);
  }

  @Test
  void queryThatIsNotChanged_staysTheSame() throws Exception {
    try (QuestionRig rig = rig("dq:setContent(dq:getContent()) dq.dh:setRD(true) " + NONE)) {
      Query query = QuestionRig.query(message);

      Query after = next(rig.run(Stage.QUERY, query));

      assertThat(after.wire().bytes()).isEqualTo(query.wire().bytes());
      assertThat(after.asked().bytes()).isEqualTo(query.wire().bytes());
    }
  }

  @Test
  void flagsOfTheHeader_goToServers_andTheClientsQuestionIsKept() throws Exception {
    Query query = next(run("dq.dh:setRD(false) dq.dh:setCD(true) " + NONE));

    assertThat(query.wire().recursionDesired()).isFalse();
    assertThat(query.wire().checkingDisabled()).isTrue();
    assertThat(query.asked().recursionDesired()).isTrue();
  }

  @Test
  void fieldsThatDnsdistIgnores_areIgnored() throws Exception {
    assertThat(next(run("dq.qtype = 28 dq.qname = newDNSName('x') " + NONE)).wire().type())
        .isEqualTo(Type.A);
  }

  @Test
  void poolAndCache_areMarksOfTheQuery() throws Exception {
    Query query =
        next(
            run(
                "dq.pool = 'slow' dq.skipCache = true assert(dq.pool == 'slow' and dq.skipCache) "
                    + NONE));

    assertThat(query.pool()).isEqualTo("slow");
    assertThat(query.marks().skipCache()).isTrue();
    assertThat(next(run("dq.pool = 'slow' dq.pool = '' " + NONE)).poolName()).isEqualTo("default");
    assertThat(next(run("dq.skipCache = true dq.skipCache = false " + NONE)).marks().skipCache())
        .isFalse();
  }

  @Test
  void tags_areSetRemovedAndListed() throws Exception {
    Query query =
        next(
            run(
                """
                dq:setTag('a', '1')
                dq:setTagArray({ b = '2', c = 3 })
                dq:unsetTag('a')
                assert(dq:getTag('b') == '2' and dq:getTagArray().c == '3')
                return DNSAction.None
                """));

    assertThat(query.tags()).isEqualTo(Map.of("b", "2", "c", "3"));
  }

  @Test
  void extendedError_isSet() throws Exception {
    assertThat(next(run("dq:setExtendedDNSError(15, 'not you') " + NONE)).error())
        .isEqualTo(new ExtendedError(15, "not you"));
  }

  @Test
  void clientSubnet_isToldToServers() throws Exception {
    Query query = next(run("dq.useECS = true dq.ecsPrefixLength = 24 " + NONE));

    assertThat(query.wire().subnet()).isNotNull();
    assertThat(query.wire().subnet().prefix()).isEqualTo(24);
  }

  @Test
  void changedName_isAskedFor_andTheClientsIsKept() throws Exception {
    Query query =
        next(
            run(
                "assert(dq:changeName(newDNSName('other.example'))) "
                    + "assert(dq.qname == newDNSName('other.example')) "
                    + NONE));

    assertThat(query.wire().name().text()).isEqualTo("other.example");
    assertThat(query.asked().name().text()).isEqualTo("www.example.com");
  }

  @Test
  void contentOfAnotherQuery_replacesTheQuery_withTheClientsId() throws Exception {
    Query query =
        next(
            run(
                """
                local raw = dq:getContent()
                dq:setContent('zz' .. raw:sub(3, 12) .. '\\4demo\\0' .. raw:sub(-4))
                assert(dq:getContent():sub(1, 2) == raw:sub(1, 2))
                return DNSAction.None
                """));

    assertThat(query.wire().name().text()).isEqualTo("demo");
    assertThat(query.wire().id()).isEqualTo(4711);
    assertThat(query.asked().name().text()).isEqualTo("www.example.com");
  }

  @Test
  void contentOfAnAnswer_answersTheQuery_andKeepsIdAndOpt() throws Exception {
    message.addRecord(new OPTRecord(4096, 0, 0, Flags.DO), Section.ADDITIONAL);
    RuleOutcome outcome =
        run(
            """
            local raw = dq:getContent()
            dq:setContent('zz\\133\\1' .. raw:sub(5))
            return DNSAction.HeaderModify
            """);

    Message answer = answer(outcome);
    assertThat(answer.getHeader().getID()).isEqualTo(4711);
    assertThat(answer.getRcode()).isEqualTo(Rcode.FORMERR);
    assertThat(answer.getHeader().getFlag(Flags.AA)).isTrue();
    assertThat(answer.getOPT()).isNotNull();
    assertThat(answer.getQuestion()).isEqualTo(message.getQuestion());
  }

  @Test
  void qrFlag_makesAnAnswer_withTheCodeAndRa() throws Exception {
    Message answer =
        answer(
            run(
                "dq.rcode = DNSRCode.REFUSED dq.dh:setQR(true) dq.dh:setRA(true) "
                    + "return DNSAction.HeaderModify"));

    assertThat(answer.getRcode()).isEqualTo(Rcode.REFUSED);
    assertThat(answer.getHeader().getFlag(Flags.RA)).isTrue();
    assertThat(answer.getHeader().getFlag(Flags.RD)).isTrue();
  }

  @Test
  void spoofedAddresses_answer_whateverTheAction() throws Exception {
    Message answer = answer(run("dq:spoof({ newCA('192.0.2.7'), newCA('2001:db8::1') }) " + NONE));

    assertThat(DnsMessages.addresses(answer))
        .extracting(address -> address.getHostAddress())
        .containsExactly("192.0.2.7");
    assertThat(answer.getSection(Section.ANSWER).get(0).getTTL()).isEqualTo(60);
  }

  @Test
  void spoofedData_isThatOfTheRecords() throws Exception {
    Message mx = DnsMessages.message(1, "www.example", Type.MX);
    Message answer =
        answer(run("dq:spoof({ '\\0\\5' .. newDNSName('Mx.example'):toDNSString() }) " + NONE, mx));

    assertThat(answer.getSection(Section.ANSWER).get(0).rdataToString()).isEqualTo("5 Mx.example.");
  }

  @Test
  void spoofedAnswer_canBeEdited() throws Exception {
    Message answer =
        answer(run("dq:spoof(newCA('192.0.2.7')) dq.dh:setAA(true) dq.rcode = 3 " + NONE));

    assertThat(answer.getHeader().getFlag(Flags.AA)).isTrue();
    assertThat(answer.getRcode()).isEqualTo(Rcode.NXDOMAIN);
  }

  @Test
  void negativeAnswer_hasTheSoaInTheAdditionalSection() throws Exception {
    Message answer =
        answer(
            run(
                "assert(dq:setNegativeAndAdditionalSOA(true, 'block.example', 60, 'ns.example', "
                    + "'root.example', 1, 2, 3, 4, 4294967295)) "
                    + NONE));

    assertThat(answer.getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(answer.getSection(Section.AUTHORITY)).isEmpty();
    assertThat(answer.getSection(Section.ADDITIONAL).get(0))
        .hasToString("block.example.\t\t60\tIN\tSOA\tns.example. root.example. 1 2 3 4 4294967295");
  }

  @Test
  void ednsOptions_areSeen() throws Exception {
    message.addRecord(
        new OPTRecord(4096, 0, 0, 0, new GenericEDNSOption(65_001, new byte[] {0, 1, (byte) 0xff})),
        Section.ADDITIONAL);
    run(
        """
        local option = dq:getEDNSOptions()[65001]
        assert(option:count() == 1 and option:getValues()[1] == '\\0\\1\\255')
        return DNSAction.None
        """);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          dq:getContnt()              | DNSQuestion: unknown: "getContnt"; did you mean "getContent"?
          dq.qnam = 1                 | DNSQuestion: unknown: "qnam"; known are ecsOverride,
          local x = dq.foo            | DNSQuestion: unknown: "foo"; known are changeName, dh,
          dq.getContent()             | use dq:getContent(...), with a colon
          dq.dh.getID()               | use dh:getID(...), with a colon
          dq:setContent(nil)          | the content must be a string, not a nil
          dq:setContent({})           | the content must be a string, not a table
          dq:setContent('short')      | the content is no DNS message, as it has 5 bytes
          dq:setContent(('x'):rep(40)) | the content is no DNS query that can be answered
          dq:setContent(('\\129'):rep(40)) | the content is no DNS answer that can be read
          dq.pool = 'none'            | there is no pool "none"
          dq.pool = {}                | the pool must be a string, not a table
          dq.skipCache = 1            | skipCache must be true or false, not 1
          dq.dh:setRD('yes')          | RD must be true or false, not a string
          dq.rcode = 16               | rcode must be a whole number from 0 to 15, not 16
          dq.rcode = 1.5              | rcode must be a whole number from 0 to 15, not 1.5
          dq.len = 5                  | "len" can't be changed
          dq:setTag('', 'x')          | a tag has 1 to 255 characters, and its value at most as many
          dq:setTag('x')              | the value of the tag "x" must be a string, not a nil
          dq:setTagArray('x')         | the tags must be a table with keys, not a string
          dq:spoof('192.0.2.1')       | spoof needs a list of addresses made with newCA, or of strings with record data, not a string
          dq:spoof({ {} })            | the data of a record must be a string, not a table
          dq:changeName('x')          | changeName needs a DNSName, not a string; make one with newDNSName
          newDNSName('a..b')          | domain name 'a..b' has an empty label
          newDNSName(5)               | newDNSName needs a string, not a number
          newCA('nowhere')            | "nowhere" is no address, nor one with a port
          dq:suspend('0', 1, 500)     | the asyncID must be a whole number from 0 to 65535, not a string
          dq:suspend(0, 1.5, 500)     | the queryID must be a whole number from 0 to 65535, not 1.5
          dq:suspend(0, 65536, 500)   | the queryID must be a whole number from 0 to 65535, not 65536
          dq:suspend(0, 1, -1)        | the timeout must be a whole number from 0 to 4294967295, not -1
          dq:setExtendedDNSError(70000) | the INFO-CODE must be a whole number from 0 to 65535, not 70000
          """)
  void wrongUse_failsAtTheLineOfTheScript(String statement, String message) throws Exception {
    assertThatThrownBy(() -> run(statement + "\n" + NONE))
        .isInstanceOf(PolicyFailure.class)
        .hasMessageStartingWith("filter.lua:2: " + message);
  }

  @Test
  void contentOfAnotherType_orQuestion_fails() throws Exception {
    String raw = "local raw = dq:getContent() ";
    assertFails(
        raw + "dq:setContent(raw:sub(1, -5) .. '\\0\\28\\0\\1') " + NONE,
        "filter.lua:2: the content asks for another type or class than the client");
    assertFails(
        raw
            + "dq:setContent(raw:sub(1, 2) .. '\\128\\0' .. raw:sub(5, 12) .. '\\0\\0\\1\\0\\1') "
            + NONE,
        "filter.lua:2: the content answers another question than that of the client");
  }

  @Test
  void errorAfterATailCall_isReportedAtTheFunction() throws Exception {
    assertFails(
        "return dq:setContent('x')",
        "filter.lua:1: the content is no DNS message, as it has 1 bytes");
  }

  @Test
  void questionOfAnEarlierCall_failsWhenItIsUsed() throws Exception {
    try (QuestionRig rig =
        rig("local old = kept kept = dq if old then say(old.qtype) end " + NONE)) {
      rig.run(message);
      assertThatThrownBy(() -> rig.run(message))
          .hasMessage(
              "filter.lua:2: the query of an earlier call is used; "
                  + "it is valid during its own call only");
    }
  }

  @Test
  void questionByNumber_hasTheSameMembers_untilItIsOver() throws Exception {
    String body =
        """
        local other = by_number(5)
        say(other.qname:toString() .. ' ' .. other.dh:getID() .. ' ' .. #other:getContent())
        other:setTag('seen', 'yes')
        other.dh:setRD(false)
        other:spoof({ newCA('192.0.2.9') })
        return DNSAction.None
        """;
    try (QuestionRig rig = rig(body)) {
      Query query = QuestionRig.query(DnsMessages.message(77, "async.example", Type.A));
      Question question = new Question(Stage.QUERY, query, rig.questions());
      rig.number(5, question);

      rig.run(message);

      assertThat(rig.said()).containsExactly("async.example. 77 31");
      assertThat(question.query().tags()).isEqualTo(Map.of("seen", "yes"));
      assertThat(DnsMessages.addresses(answer(question.outcome()))).hasSize(1);
    }
    try (QuestionRig rig = rig(body)) {
      assertThatThrownBy(() -> rig.run(message))
          .hasMessage("filter.lua:3: the question is used after its end");
    }
  }

  @Test
  void idsOfTheHost_areShown_andFreedAtOnce() throws Exception {
    StringBuilder uses = new StringBuilder();
    MessageIds ids =
        new MessageIds() {
          @Override
          public int take(Question question) {
            uses.append("taken ");
            return 0xabcd;
          }

          @Override
          public void free(int id) {
            uses.append("freed ").append(id);
          }
        };
    try (QuestionRig rig =
        rig(
            "say(dq.dh:getID()) say(dq:getContent():byte(1)) dq:setContent(dq:getContent()) "
                + NONE)) {
      Query query = next(rig.with(ids).run(message));

      assertThat(rig.said()).containsExactly("43981", "171");
      assertThat(uses).hasToString("taken freed 43981");
      assertThat(query.wire().id()).isEqualTo(4711);
    }
  }

  @Test
  void suspendedQuestion_becomesWhatItsSuspenderSays_andKeepsItsId() throws Exception {
    StringBuilder asked = new StringBuilder();
    Suspender suspender =
        (question, asyncId, queryId, timeoutMs) -> {
          asked.append(asyncId).append(' ').append(queryId).append(' ').append(timeoutMs);
          return new Suspender.Suspended() {
            @Override
            public RuleOutcome outcome(io.anteroom.node.flow.PolicyCall call) {
              return new RuleOutcome.Suspend(question.query(), 9, call.nextRule(), call.rule());
            }

            @Override
            public void abandon() {
              asked.append(" abandoned");
            }
          };
        };
    try (QuestionRig rig =
        new QuestionRig(
            "action(function(dq) assert(dq:suspend(0, 42, 500)) return nonsense end)", suspender)) {
      assertThat(rig.run(message)).isInstanceOf(RuleOutcome.Suspend.class);
      assertThat(asked).hasToString("0 42 500");
    }
    try (QuestionRig rig =
        new QuestionRig("action(function(dq) dq:suspend(0, 1, 2) error('x') end)", suspender)) {
      assertThatThrownBy(() -> rig.run(message)).hasMessage("filter.lua:1: x");
      assertThat(asked.toString()).endsWith(" abandoned");
    }
  }

  @Test
  void parsedQuery_isWhatTheScriptMade() throws Exception {
    Query query = next(run("dq:changeName(newDNSName('a.b')) dq.dh:setCD(true) " + NONE));

    WireQuery parsed = (WireQuery) WireQuery.parse(query.wire().bytes().clone());
    assertThat(parsed.name()).isEqualTo(query.wire().name());
    assertThat(parsed.checkingDisabled()).isTrue();
  }
}
