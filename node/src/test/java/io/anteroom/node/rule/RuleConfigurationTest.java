// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.protocol.Stage;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is wrong with a rule is said with its place. */
class RuleConfigurationTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      quoteCharacter = '`',
      value = {
        "{ sufix = a } > match.sufix: unknown key; did you mean \"suffix\"?",
        "{ weather = fine } > match.weather: unknown key; known are all, any, class, client",
        "everybody > match: unknown: \"everybody\"",
        "{} > match: selects nothing; for every query say match = all, or one of name, suffix",
        "{ name = \"a..b\" } > match.name: domain name 'a..b' has an empty label",
        "{ suffix = [a, \"x y\"] } > match.suffix[1]: domain name 'x y' has a character",
        "{ type = NONSENSE } > match.type: unknown DNS type \"NONSENSE\"",
        "{ class = XX } > match.class: unknown DNS class \"XX\"",
        "{ opcode = querry } > match.opcode: unknown: \"querry\"; did you mean \"query\"?",
        "{ rd = maybe } > match.rd: must be on or off",
        "{ client = \"10.0.0.0/40\" } > match.client: the prefix must be 0 to 32",
        "{ client = \"10.0.0.1/8\" } > match.client: bits are set behind the prefix",
        "{ listener = nobody } > match.listener: listener unknown: \"nobody\"",
        "{ transport = sctp } > match.transport: unknown: \"sctp\"; known are https, https3, quic, tcp, tls, udp",
        "{ tag = \"\" } > match.tag: a tag is NAME or NAME=VALUE",
        "{ rcode = refused } > match.rcode: there is no answer yet in rules.query",
        "{ edns-option = 65536 } > match.edns-option: must be 0 to 65535",
        "{ probability = 1.5 } > match.probability: must be 0.0 to 1.0, not 1.5",
        "{ pool-usable = p } > match.pool-usable: upstream pool unknown: \"p\"",
        "{ list = ads } > match.list: list unknown: \"ads\"",
        "{ list = \"missing.txt\" } > missing.txt: no such file",
        "{ regex = \"(a\" } > match.regex: is no regular expression of RE2: missing closing )",
        "{ regex = \"(?=a)\" } > match.regex: is no regular expression of RE2",
        "{ regex = \"((a{100}){100}){100}\" } > match.regex: is too large a regular expression",
        "{ any = [] } > match.any: must have one block at least",
        "{ any = [{ suffix = a }, {}] } > match.any[1]: selects nothing",
        "{ not { sufix = a } } > match.not.sufix: unknown key; did you mean \"suffix\"?",
      })
  void selector_wrong_isRefusedWithItsPlace(String match, String error) {
    assertRefused(
        "{ match = " + match + "\naction = drop }", "text:3: anteroom.rules.query[0].", error);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      quoteCharacter = '`',
      value = {
        "dropp > action: unknown: \"dropp\"; did you mean \"drop\"?",
        "explode > action: unknown: \"explode\"; known are continue, done, drop, log, nodata",
        "{ spoff = \"192.0.2.1\" } > action.spoff: unknown key; did you mean \"spoof\"?",
        "{ spoff = \"192.0.2.1\" } > action: must have one of suspend, policy, pool, rcode, spoof",
        "{ rcode = refused, pool = default } > action: must have one of",
        "{ suspend = nobody } > action.suspend: filter unknown: \"nobody\"",
        "{ pool = p } > action.pool: upstream pool unknown: \"p\"",
        "{ rcode = nonsense } > action.rcode: unknown: \"nonsense\"",
        "{ spoof = \"192.0.2.256\" } > action.spoof: no IP address: \"192.0.2.256\"",
        "{ spoof {} } > action.spoof: must have one of addresses, cname, raw, not 0",
        "{ spoof { cname = \"a..b\" } } > action.spoof.cname: domain name 'a..b'",
        "{ spoof { raw = \"A nonsense\" } } > action.spoof.raw: is no data of a A record",
        "{ spoof { raw = \"OPT x\" } } > action.spoof.raw: must be TYPE DATA",
        "{ nxdomain { zone = \"a..b\" } } > action.nxdomain.zone: domain name 'a..b'",
        "{ nodata { ttl = 5 } } > action.nodata.ttl: must be a duration",
        "{ delay = 1h } > action.delay: must be 1ms to 5s",
        "{ set-tag = \"=x\" } > action.set-tag: a tag is NAME or NAME=VALUE",
        "{ limit-ttl { max = 1s } } > action.limit-ttl: limit-ttl comes too early in rules.query",
        "{ remove-types = A } > action.remove-types: remove-types comes too early in rules.query",
        "{ spool = seen } > action.spool: spool comes too early in rules.query",
        "{ spool = \"a/b\" } > action.spool: must be 1 to 64 letters, digits, - and _, not \"a/b\"",
        "{ tee = \"192.0.2.1\" } > action.tee: has no port",
        "{ tee = \"127.0.0.1:5354\" } > action.tee: 127.0.0.1:5354 is one of this node's own",
        "{ rpz = nobody } > action.rpz: list unknown: \"nobody\"",
        "{ extended-error {} } > action.extended-error.code: is missing",
        "{ pool = default, then = stop } > action.then: unknown: \"stop\"; known are ",
        "{ rcode = refused, then = done } > action.then: is for actions after which a query goes on",
      })
  void action_wrong_isRefusedWithItsPlace(String action, String error) {
    assertRefused(
        "{ match = all\naction = " + action + " }", "text:4: anteroom.rules.query[0].", error);
  }

  @ParameterizedTest
  @CsvSource({
    "response, '{ pool = default }', pool comes too late in rules.response",
    "response, skip-cache, skip-cache comes too late in rules.response",
    "cache-hit, '{ remove-types = [OPT] }', \"\"\"OPT\"\" is no type to remove\"",
    "response, '{ limit-ttl {} }', must have min or max",
    "response, '{ limit-ttl { min = 2h, max = 1h } }', min: is above max"
  })
  void action_inAStageWhereItMakesNoSense_isRefused(String stage, String action, String error) {
    assertThatThrownBy(
            () ->
                NodeConfiguration.parse(
                    "anteroom.rules.%s = [ { match = all, action = %s } ]"
                        .formatted(stage, action)))
        .isInstanceOf(InvalidConfiguration.class)
        .hasMessageContaining(error.replace("\"\"", "\"").replaceAll("^\"|\"$", ""));
  }

  @Test
  void regex_tooLong_isRefused() {
    assertRefused(
        "{ match { regex = \"%s\" }\naction = drop }".formatted("a".repeat(501)),
        "text:3: anteroom.rules.query[0].",
        "match.regex: a regular expression has at most 500 characters, not 501");
  }

  @Test
  void regex_thatExplodesElsewhere_isTakenAndHarmless() throws Exception {
    Chain chain = chain("{ match { regex = \"^(([a-z])+.)+[A-Z]([a-z])+$\" }, action = drop }");

    var query = io.anteroom.node.testing.Queries.forName("a".repeat(63) + "." + "a".repeat(63));

    assertThat(chain.run(query, 0)).isInstanceOf(io.anteroom.node.flow.RuleOutcome.Next.class);
  }

  @Test
  void rules_ofOneName_areRefused_inWhateverStages() {
    assertThatThrownBy(
            () ->
                NodeConfiguration.parse(
                    """
                    anteroom {
                      rules.query = [ { name = twice, match = all, action = log } ]
                      rules.response = [ { name = twice, match = all, action = log } ]
                    }
                    """))
        .hasMessageContaining(
            "text:3: anteroom.rules.response[0].name: another rule is called \"twice\" already");
  }

  @Test
  void rules_withoutAName_getOneThatNoOtherHas() throws Exception {
    Chain chain =
        chain(
            """
            { name = query-2, match = all, action = log }
            { match = all, action = log }
            { match = all, action = log }
            """);

    assertThat(chain.rules()).extracting(Rule::name).doesNotHaveDuplicates().hasSize(3);
    assertThat(chain.rules().get(2).name()).isEqualTo("query-3");
  }

  @Test
  void rule_source_canBeReadAgain() throws Exception {
    Rule rule =
        chain("{ match { suffix = [a, b], not { type = A } }, action.spoof = \"::1\" }")
            .rules()
            .get(0);

    assertThat(chain(rule.source()).rules().get(0).source()).isEqualTo(rule.source());
  }

  @Test
  void opcode_thatNeverComes_isWarnedOf() throws Exception {
    List<String> warnings =
        NodeConfiguration.parse(
                "anteroom.rules.query = [ { match { opcode = update }, action = drop } ]")
            .warnings();

    assertThat(warnings).anySatisfy(w -> assertThat(w).contains("all others are answered with"));
  }

  @Test
  void listeners_ofOneName_areRefused() {
    assertThatThrownBy(
            () ->
                NodeConfiguration.parse(
                    """
                    anteroom.listeners = [
                      { name = lan, transport = udp, address = "127.0.0.1:5354" }
                      { name = lan, transport = tcp, address = "127.0.0.1:5354" }
                    ]
                    """))
        .hasMessageContaining("text:3: anteroom.listeners[1].name: another listener is called");
  }

  private static void assertRefused(String rule, String place, String error) {
    assertThatThrownBy(
            () -> NodeConfiguration.parse("anteroom {\nrules.query = [\n" + rule + "\n] }"))
        .isInstanceOf(InvalidConfiguration.class)
        .hasMessageContaining(place)
        .hasMessageContaining(error);
  }

  private static Chain chain(String rules) throws Exception {
    return NodeConfiguration.parse("anteroom.rules.query = [\n" + rules + "\n]")
        .chains()
        .of(Stage.QUERY);
  }
}
