// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.anteroom.protocol.Stage;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ActionsTest {
  @TempDir Path directory;
  private LoadedFile file;

  @BeforeEach
  void setUp() {
    file = new LoadedFile(directory);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "AllowAction() | done",
        "DropAction() | drop",
        "NoneAction() | continue",
        "TCAction() | truncate",
        "PoolAction('abuse') | {pool=abuse, then=done}",
        "PoolAction('') | {pool=, then=done}",
        "PoolAction('abuse', false) | {pool=abuse}",
        "RCodeAction(DNSRCode.REFUSED) | {rcode=5}",
        "ERCodeAction(DNSRCode.BADCOOKIE) | {rcode=23}",
        "DelayAction(100) | {delay=100ms}",
        "DelayAction(0) | continue",
        "SetTagAction('team', 'blue') | {set-tag=[team=blue]}",
        "SetTagAction('team', '') | {set-tag=[team=]}",
        "UnsetTagAction('team') | {unset-tag=[team]}",
        "SetSkipCacheAction() | skip-cache",
        "LogAction('', false, true, false, false) | log",
        "TeeAction('192.0.2.1') | {tee=192.0.2.1:53}",
        "TeeAction('[2001:db8::1]:5353') | {tee=[2001:db8:0:0:0:0:0:1]:5353}",
        "SetDisableECSAction() | {ecs=false}",
        "ContinueAction(PoolAction('abuse')) | {pool=abuse}",
        "ContinueAction(AllowAction()) | continue",
      })
  void action_becomesValue(String action, String value) {
    assertThat(file.rule("addAction(AllRule(), " + action + ")").action())
        .asString()
        .isEqualTo(value.replace("2001:db8:0:0:0:0:0:1", "2001:db8::1"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "AllowResponseAction() | done",
        "DropResponseAction() | drop",
        "TCResponseAction() | truncate",
        "DelayResponseAction(100) | {delay=100ms}",
        "SetTagResponseAction('seen', 'yes') | {set-tag=[seen=yes]}",
        "UnsetTagResponseAction('seen') | {unset-tag=[seen]}",
        "LogResponseAction('', false, true, false) | log",
        "LimitTTLResponseAction(10) | {limit-ttl={min=10s}}",
        "LimitTTLResponseAction(10, 0) | {limit-ttl={min=10s}}",
        "SetMinTTLResponseAction(10) | {limit-ttl={min=10s}}",
        "SetMaxTTLResponseAction(60) | {limit-ttl={max=60s}}",
        "SetMaxReturnedTTLResponseAction(60) | {limit-ttl={max=60s}}",
        "ClearRecordTypesResponseAction(DNSQType.HTTPS) | {remove-types=[HTTPS]}",
        "ClearRecordTypesResponseAction({DNSQType.A, 64}) | {remove-types=[A, SVCB]}",
      })
  void responseAction_becomesValue(String action, String value) {
    assertThat(file.rule("addResponseAction(AllRule(), " + action + ")").action())
        .hasToString(value);
  }

  @Test
  void limits_haveBothEnds() {
    assertThat(file.rule("addResponseAction(AllRule(), LimitTTLResponseAction(10, 60))").action())
        .isEqualTo(Map.of("limit-ttl", Map.of("min", "10s", "max", "60s")));
    assertThat(file.rule("addAction(AllRule(), SetECSPrefixLengthAction(24, 56))").action())
        .isEqualTo(Map.of("ecs", Map.of("ipv4", 24L, "ipv6", 56L)));
  }

  @Test
  void extendedError_isSetAndTheChainGoesOn() {
    Map<String, Object> error = Map.of("extended-error", Map.of("code", 15L, "text", "on a list"));
    assertThat(
            file.rule("addAction('a.test', SetExtendedDNSErrorAction(15, 'on a list'))").action())
        .isEqualTo(error);
    assertThat(
            file.rule(
                    "addResponseAction('a.test', SetExtendedDNSErrorResponseAction(15, 'on a list'))")
                .action())
        .isEqualTo(error);
  }

  @Test
  void spoof_answersOnlyTheTypesOfItsAddresses() {
    Model.Rule both =
        file.rule("addAction('a.test', SpoofAction({'192.0.2.1', '2001:db8::1'}, {ttl = 5}))");
    assertThat(both.action())
        .isEqualTo(
            Map.of("spoof", Map.of("addresses", List.of("192.0.2.1", "2001:db8::1"), "ttl", "5s")));
    assertThat(both.match())
        .isEqualTo(Map.of("suffix", List.of("a.test."), "type", List.of("A", "AAAA", "ANY")));
    Model.Rule one = file.rule("addAction(AllRule(), SpoofAction('192.0.2.1'))");
    assertThat(one.match()).isEqualTo(Map.of("type", List.of("A", "ANY")));
    assertThat(file.rule("addAction('a.test', SpoofAction('192.0.2.1', '::1'))").action())
        .isEqualTo(Map.of("spoof", Map.of("addresses", List.of("192.0.2.1", "::1"), "ttl", "60s")));
  }

  @Test
  void spoof_ofOtherRecords() {
    assertThat(file.rule("addAction('a.test', SpoofCNAMEAction('garden.test'))").action())
        .isEqualTo(Map.of("spoof", Map.of("cname", "garden.test.", "ttl", "60s")));
    assertThat(
            file.rule(
                    """
                    addAction(AndRule{QNameRule('a.test'), QTypeRule(DNSQType.TXT)},
                      SpoofRawAction({"\\003aaa", "\\255"}, {ttl = 7}))
                    """)
                .action())
        .isEqualTo(
            Map.of(
                "spoof",
                Map.of("raw", List.of("TXT \\# 4 03616161", "TXT \\# 1 ff"), "ttl", "7s")));
    assertThat(
            file.rule(
                    "addAction(QTypeRule('ANY'), SpoofRawAction('\\007rfc8482\\000',"
                        + " {typeForAny = DNSQType.HINFO}))")
                .action())
        .asString()
        .contains("HINFO \\# 9 0772666338343832" + "00");
  }

  @Test
  void negativeAnswer_hasItsSoa() {
    assertThat(
            file.rule(
                    """
                    addAction('a.test', NegativeAndSOAAction(true, 'test', 30, 'ns.test', 'me.test',
                      1, 2, 3, 4, 5))
                    """)
                .action())
        .isEqualTo(
            Map.of(
                "nxdomain",
                Map.of("zone", "test.", "ttl", "30s", "mname", "ns.test.", "rname", "me.test.")));
    assertThat(
            file.rule(
                    """
                    addAction('a.test', NegativeAndSOAAction(false, 'test', 30, 'ns.test',
                      'me.test', 1, 2, 3, 4, 5, {soaInAuthoritySection = true}))
                    """)
                .action())
        .asString()
        .startsWith("{nodata=");
  }

  @Test
  void qpsActions_needTheRate() {
    Model.Rule drop = file.rule("addAction('a.test', QPSAction(10))");
    assertThat(drop.action()).isEqualTo("drop");
    assertThat(drop.match())
        .isEqualTo(
            Map.of("suffix", List.of("a.test."), "rate", Map.of("above", 10L, "burst", 10L)));
    Model.Rule pool = file.rule("addAction(AllRule(), QPSPoolAction(10, 'fast'))");
    assertThat(pool.action()).isEqualTo(Map.of("pool", "fast", "then", "done"));
    assertThat(pool.match())
        .isEqualTo(Map.of("not", Map.of("rate", Map.of("above", 10L, "burst", 10L))));
  }

  @Test
  void functions_becomeCode() {
    Model model =
        file.model(
            """
            addAction("a.test", LuaAction(function(dq) return DNSAction.Drop end))
            addResponseAction("a.test", LuaResponseAction(function(dr)
              return DNSResponseAction.None
            end), {name = "mine"})
            addAction(AllRule(), SetNoRecurseAction())
            addAction(AllRule(), SetDisableValidationAction())
            addResponseAction(AllRule(), SetSkipCacheResponseAction())
            """);
    assertThat(model.rules()).allMatch(rule -> rule.action() == null);
    assertThat(model.rules())
        .extracting(Model.Rule::code)
        .extracting(Model.Code::kind, Model.Code::what)
        .containsExactly(
            tuple("query", "LuaAction"),
            tuple("query", "SetNoRecurseAction"),
            tuple("query", "SetDisableValidationAction"),
            tuple("response", "LuaResponseAction"),
            tuple("response", "SetSkipCacheResponseAction"));
    assertThat(model.rules().get(3).name()).isEqualTo("mine");
  }

  @Test
  void names_canBeObjects() {
    assertThat(file.rule("addAction(newDNSName('A.test'), DropAction())").match())
        .isEqualTo(Map.of("suffix", List.of("a.test.")));
    assertThat(file.rule("addAction({newDNSName('b.test'), 'a.test'}, DropAction())").match())
        .isEqualTo(Map.of("suffix", List.of("a.test.", "b.test.")));
    file.model(
        """
        local smn = newSuffixMatchNode()
        smn:add(newDNSName("ads.example"))
        assert(smn:check(newDNSName("x.ads.example")))
        assert(smn:getBestMatch(newDNSName("x.ADS.example")) == newDNSName("ads.example"))
        assert(smn:getBestMatch(newDNSName("example")) == nil)
        assert(newNMG("10.0.0.0/8"):match(newCA("10.1.2.3:53")))
        """);
  }

  @ParameterizedTest
  @CsvSource({
    "addAction, QUERY, DropAction",
    "addCacheMissAction, CACHE_MISS, DropAction",
    "addResponseAction, RESPONSE, DropResponseAction",
    "addCacheHitResponseAction, CACHE_HIT, DropResponseAction",
    "addCacheInsertedResponseAction, CACHE_INSERTED, DropResponseAction",
    "addSelfAnsweredResponseAction, SELF_ANSWERED, DropResponseAction",
  })
  void chain_isOneStage(String add, Stage stage, String action) {
    Model.Rule rule = file.rule("\n" + add + "(AllRule(), " + action + "(), {name='n', uuid='u'})");
    assertThat(rule.stage()).isEqualTo(stage);
    assertThat(rule.name()).isEqualTo("n");
    assertThat(rule.place()).hasToString("dnsdist.conf:2");
  }

  @Test
  void rules_withoutNames_areCalledAfterTheirPlaces() {
    Model model =
        file.model(
            """
            for _, name in ipairs({"a.test", "b.test"}) do
              addAction(name, DropAction())
            end
            addAction("c.test", DropAction())
            """);
    assertThat(model.rules())
        .extracting(Model.Rule::name)
        .containsExactly("dnsdist.conf:2", "dnsdist.conf:2 (2)", "dnsdist.conf:4");
  }

  @Test
  void rules_canBeMovedAndRemoved() {
    Model model =
        file.model(
            """
            addAction("a.test", DropAction(), {name="a"})
            addAction("b.test", DropAction(), {name="b", uuid="2"})
            addAction("c.test", DropAction(), {name="c"})
            addAction("d.test", DropAction(), {name="d"})
            mvRuleToTop()
            mvRule(1, 4)
            rmRule("2")
            """);
    assertThat(model.rules()).extracting(Model.Rule::name).containsExactly("d", "c", "a");
    assertThat(file.model("addAction('a.test', DropAction())\nclearRules()").rules()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "addAction(AllRule()) | #2 to 'addAction' (DNSAction expected, got no value)",
        "addAction(AllRule(), DropResponseAction()) | DNSAction expected, got DNSResponseAction",
        "addAction(AllRule(), DropAction(), 'x') | #3 to 'addAction' (table expected, got string)",
        "addAction(AllRule(), PoolAction()) | #1 to 'PoolAction' (string expected, got no value)",
        "addAction(AllRule(), PoolAction('a', 1)) | #2 to 'PoolAction' (boolean expected",
        "addAction(AllRule(), RCodeAction('5')) | #1 to 'RCodeAction' (number expected, got string)",
        "addAction(AllRule(), SpoofAction('a.test')) | (\"a.test\" is no address)",
        "addAction(AllRule(), SpoofAction('10.0.0.0/8')) | (\"10.0.0.0/8\" is no address)",
        "addAction(AllRule(), SpoofAction({})) | SpoofAction needs one address at least",
        "addAction(AllRule(), SpoofRawAction('x')) | needs a selector for one type of query",
        "addAction(AllRule(), SetTagAction('a=b', 'c')) | the name of a tag has no =",
        "addAction(AllRule(), TeeAction('nowhere')) | \"nowhere\" is no IP address",
        "addAction(AllRule(), LuaAction('f')) | LuaAction needs a function, not a string",
        "addAction(AllRule(), LuaResponseAction(print)) | DNSAction expected, got DNSResponseAction",
        "addAction(AllRule(), ContinueAction(DropAction())) | can't be followed by other rules",
        "addResponseAction(AllRule(), LimitTTLResponseAction(1, 2, {1})) | can't be chosen",
        "rmRule(0) | there is no rule 0",
        "addAction(AllRule(), DropAction()):reload() | attempt to index a nil value",
        "DropAction():stats() | DNSAction: unknown: \"stats\"",
      })
  void wrongArguments_areErrorsWithLine(String statement, String error) {
    assertThat(file.errors("\n\n" + statement).get(0))
        .startsWith("dnsdist.conf:3: ")
        .contains(error);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "DelayAction(9000) | DelayAction: the longest delay is 5000 ms, not 9000",
        "LogAction('/var/log/q.log') | lines go to the logger anteroom.query, not to the file",
        "LogAction() | logs nothing, as it does so only in verbose mode",
        "RCodeAction(5, {ra=true}) | RCodeAction: the option ra is ignored",
        "RCodeAction(5, {tll=1}) | RCodeAction: unknown: \"tll\"; did you mean \"ttl\"",
        "SetExtendedDNSErrorAction(1, '', false) | an answer has one extended error",
      })
  void loss_isWarnedOf(String action, String warning) {
    assertThat(file.model("\naddAction(AllRule(), " + action + ")").warnings())
        .singleElement()
        .asString()
        .startsWith("dnsdist.conf:2: ")
        .contains(warning);
  }
}
