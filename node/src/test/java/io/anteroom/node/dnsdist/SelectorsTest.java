// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SelectorsTest {
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
        "AllRule() | all",
        "'ads.example' | {suffix=[ads.example.]}",
        "'ADS.example.' | {suffix=[ads.example.]}",
        "'.' | {suffix=[.]}",
        "{'b.example', 'a.example'} | {suffix=[a.example., b.example.]}",
        "'192.0.2.0/24' | {client=[192.0.2.0/24]}",
        "'192.0.2.77/24' | {client=[192.0.2.0/24]}",
        "{'192.0.2.1', '2001:db8::/32'} | {client=[192.0.2.1, 2001:db8::/32]}",
        "makeRule('ads.example') | {suffix=[ads.example.]}",
        "makeRule({'10.0.0.0/8'}) | {client=[10.0.0.0/8]}",
        "SuffixMatchNodeRule('ads.example') | {suffix=[ads.example.]}",
        "SuffixMatchNodeRule({'ads.example'}, true) | {suffix=[ads.example.]}",
        "QNameSuffixRule('ads.example') | {suffix=[ads.example.]}",
        "QNameRule('www.example') | {name=[www.example.]}",
        "QTypeRule(DNSQType.AAAA) | {type=[AAAA]}",
        "QTypeRule('aaaa') | {type=[AAAA]}",
        "QTypeRule(65280) | {type=[TYPE65280]}",
        "QClassRule(DNSClass.CHAOS) | {class=[CH]}",
        "OpcodeRule(DNSOpcode.Notify) | {opcode=[notify]}",
        "RDRule() | {rd=true}",
        "DNSSECRule() | {do=true}",
        "EDNSOptionRule(EDNSOptionCode.COOKIE) | {edns-option=[10]}",
        "NetmaskGroupRule('10.0.0.0/8') | {client=[10.0.0.0/8]}",
        "NetmaskGroupRule({'10.0.0.0/8', '::1'}, true, true) | {client=[10.0.0.0/8, ::1]}",
        "TCPRule(false) | {transport=[udp]}",
        "TCPRule(true) | {not={transport=[udp]}}",
        "SNIRule('dns.example') | {sni=[dns.example]}",
        "HTTPPathRule('/dns-query') | {http-path=[/dns-query]}",
        "RegexRule('^ads[0-9]+') | {regex=[(?i)^ads[0-9]+]}",
        "RE2Rule('ads[0-9]+') | {regex=[(?i)^(?:ads[0-9]+)$]}",
        "QNameLabelsCountRule(2, 7) | {not={regex=[^[^.]+(?:[.][^.]+){1,6}$]}}",
        "QNameLabelsCountRule(0, 1) | {not={regex=[^[^.]+(?:[.][^.]+){0,0}$]}}",
        "QNameWireLengthRule(0, 100) | {not={regex=[^.(?:.){0,97}$]}}",
        "RecordsCountRule(DNSSection.Question, 1, 1) | all",
        "RecordsCountRule(DNSSection.Question, 2, 9) | {not={probability=1}}",
        "MaxQPSRule(50) | {not={rate={above=50, burst=50}}}",
        "ProbaRule(0.25) | {probability=0.25}",
        "TagRule('kids') | {tag=[kids]}",
        "TagRule('team', 'blue') | {tag=[team=blue]}",
        "PoolAvailableRule('abuse') | {pool-usable=[abuse]}",
        "PoolAvailableRule('') | {pool-usable=[]}",
        "NotRule(RDRule()) | {not={rd=true}}",
        "NotRule(AllRule()) | {not={probability=1}}",
        "AndRule({AllRule(), AllRule()}) | all",
        "AndRule{RDRule(), DNSSECRule()} | {all=[{rd=true}]}",
        "OrRule{RDRule(), AllRule()} | all",
      })
  void selector_becomesBlock(String selector, String block) {
    if (selector.startsWith("AndRule{")) {
      assertThat(file.match(selector)).isEqualTo(Map.of("rd", true, "do", true));
    } else {
      assertThat(file.match(selector)).hasToString(block);
    }
  }

  @Test
  void clientRate_hasAllParts() {
    assertThat(file.match("MaxQPSIPRule(5, 24, 48, 20)"))
        .isEqualTo(
            Map.of(
                "client-rate",
                Map.of("above", 5L, "burst", 20L, "ipv4-prefix", 24L, "ipv6-prefix", 48L)));
  }

  @Test
  void and_countsWhatItsOwnOrderSays() {
    assertThat(file.match("AndRule{QTypeRule('ANY'), MaxQPSIPRule(5)}"))
        .asString()
        .contains("type=[ANY]")
        .doesNotContain("all=");
    assertThat(file.match("AndRule{MaxQPSIPRule(5), QTypeRule('ANY')}"))
        .isInstanceOfSatisfying(
            Map.class, map -> assertThat((java.util.List<?>) map.get("all")).hasSize(2));
  }

  @Test
  void rules_canBeNestedDeeply() {
    String selector = "RDRule()";
    for (int i = 0; i < 12; i++) {
      selector = "OrRule{AndRule{" + selector + ", TagRule('t" + i + "')}, TagRule('o" + i + "')}";
    }
    assertThat(file.match(selector)).asString().contains("t0", "o11", "rd=true");
  }

  @Test
  void group_withExceptions_decidesByTheLongestNetwork() {
    assertThat(
            file.match(
                """
                (function()
                  local nmg = newNMG()
                  nmg:addMask("10.0.0.0/8")
                  nmg:addMask("!10.1.0.0/16")
                  nmg:addMasks({"10.1.2.0/24", "192.0.2.1"})
                  return NetmaskGroupRule(nmg)
                end)()
                """))
        .isEqualTo(
            Map.of(
                "any",
                List.of(
                    Map.of("client", List.of("10.1.2.0/24", "192.0.2.1")),
                    Map.of(
                        "client",
                        List.of("10.0.0.0/8"),
                        "not",
                        Map.of("client", List.of("10.1.0.0/16"))))));
  }

  @Test
  void group_matchesAsInDnsdist() {
    file.model(
        """
        local nmg = newNMG({"10.0.0.0/8", "!10.1.0.0/16", "2001:db8::/33"})
        assert(nmg:match("10.2.0.1"))
        assert(not nmg:match("10.1.0.1"))
        assert(not nmg:match("11.0.0.1"))
        assert(nmg:match("2001:db8:7fff::1"))
        assert(not nmg:match("2001:db8:8000::1"))
        assert(nmg:size() == 3)
        """);
  }

  @Test
  void sets_areFixedWhenTheRuleIsMade() {
    Model model =
        file.model(
            """
            local smn = newSuffixMatchNode()
            smn:add("ads.example")
            smn:add({"b.ads.example", "Track.Example."})
            smn:remove("b.ads.example")
            assert(smn:check("x.ADS.example") and not smn:check("example"))
            addAction(SuffixMatchNodeRule(smn), DropAction())
            smn:add("later.example")

            local names = newDNSNameSet()
            names:add("www.example")
            assert(names:check("WWW.example.") and not names:check("a.www.example"))
            addAction(QNameSetRule(names), DropAction())
            """);
    assertThat(model.rules().get(0).match())
        .isEqualTo(Map.of("suffix", List.of("ads.example.", "track.example.")));
    assertThat(model.rules().get(1).match()).isEqualTo(Map.of("name", List.of("www.example.")));
  }

  @Test
  void rcode_isForAnswersOnly() {
    assertThat(file.rule("addResponseAction(RCodeRule(DNSRCode.SERVFAIL), DropResponseAction())"))
        .extracting(Model.Rule::match)
        .hasToString("{rcode=[2]}");
    assertThat(file.errors("addAction(NotRule(RCodeRule(2)), DropAction())"))
        .containsExactly(
            "dnsdist.conf:1: addAction: there is no response code in this chain; nearest: "
                + "addResponseAction");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "QTypeRule() | bad argument #1 to 'QTypeRule' (number or string expected, got no value)",
        "QTypeRule('AAAAA') | bad argument #1 to 'QTypeRule' (\"AAAAA\" is no DNS type)",
        "QTypeRule(DNSQType.AAAB) | DNSQType: unknown: \"AAAB\"; did you mean \"AAAA\"?",
        "QNameRule(7) | bad argument #1 to 'QNameRule' (string or DNSName expected, got number)",
        "QNameRule('a..b') | bad argument #1 to 'QNameRule' (\"a..b\" is no domain name: it has an "
            + "empty label)",
        "NotRule('x') | bad argument #1 to 'NotRule' (DNSRule expected, got string)",
        "AndRule(RDRule()) | bad argument #1 to 'AndRule' (table expected, got DNSRule)",
        "AndRule{} | AndRule needs one selector at least",
        "{} | bad argument #1 to 'addAction' (the list is empty)",
        "{RDRule()} | bad argument #1 to 'addAction' (a list of selectors needs AndRule or OrRule)",
        "{'a.test', '10.0.0.1'} | bad argument #1 to 'addAction' (the list has names and networks)",
        "RegexRule('(') | is no regular expression",
        "MaxQPSRule(0.5) | a whole number from 1 to 1000000 expected, got 0.5",
        "NetmaskGroupRule('10.0.0.0/33') | the prefix must be 0 to 32 in \"10.0.0.0/33\"",
        "NetmaskGroupRule('10.0.0.1', false) | destination addresses can't be matched",
        "ProbaRule(2) | 0 to 1 expected",
      })
  void wrongArguments_areErrorsWithLine(String selector, String error) {
    assertThat(file.errors("\n\naddAction(" + selector + ", DropAction())").get(0))
        .startsWith("dnsdist.conf:3: ")
        .contains(error);
  }
}
