// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.Rules;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

class ChainTest {

  @Test
  void run_noRules_next() throws Exception {
    Query query = query("www.example.", "A");

    assertThat(Chain.EMPTY.run(query, 0)).isEqualTo(new RuleOutcome.Next(query));
  }

  @Test
  void run_suspend_namesTheFilterAndTheRuleThatFollows() throws Exception {
    Chain chain = chain("{ match = all, action = continue }, { match = all, action.suspend = f }");
    Query query = query("www.example.", "A");

    assertThat(chain.run(query, 0)).isEqualTo(new RuleOutcome.Suspend(query, 9, 2, 1));
  }

  @Test
  void run_fromPastTheEnd_next() throws Exception {
    Chain chain = chain("{ match = all, action.suspend = f }");
    Query query = query("www.example.", "A");

    assertThat(chain.run(query, 1)).isEqualTo(new RuleOutcome.Next(query));
    assertThat(chain.run(query, 7)).isEqualTo(new RuleOutcome.Next(query));
  }

  @Test
  void run_fromTheMiddle_earlierRulesDoNotRunAgain() throws Exception {
    Chain chain = chain("{ match = all, action.suspend = f }, { match = all, action = drop }");

    assertThat(chain.run(query("www.example.", "A"), 1)).isInstanceOf(RuleOutcome.Drop.class);
  }

  @Test
  void run_pool_goesOnWithThePoolSet() throws Exception {
    Chain chain =
        chain(
            "{ match.suffix = corp.example, action.pool = p }, { match = all, action.suspend = f }");

    Query suspended = ((RuleOutcome.Suspend) chain.run(query("a.corp.example.", "A"), 0)).query();
    Query other = ((RuleOutcome.Suspend) chain.run(query("a.example.", "A"), 0)).query();

    assertThat(suspended.pool()).isEqualTo("p");
    assertThat(other.pool()).isNull();
  }

  @Test
  void run_rcode_withExtendedError() throws Exception {
    Chain chain =
        chain(
            "{ match = all, action { rcode = nxdomain,"
                + " extended-error { code = 15, text = \"no\" } } }");

    RuleOutcome.Answer answer = (RuleOutcome.Answer) chain.run(query("www.example.", "A"), 0);

    assertThat(answer.message()[3] & 0xf).isEqualTo(3);
    assertThat(answer.query().error()).isEqualTo(new ExtendedError(15, "no"));
  }

  @Test
  void run_rcodeAlone_hasNoExtendedError() throws Exception {
    Chain chain = chain("{ match = all, action.rcode = refused }");

    RuleOutcome.Answer answer = (RuleOutcome.Answer) chain.run(query("www.example.", "A"), 0);

    assertThat(answer.message()[3] & 0xf).isEqualTo(5);
    assertThat(answer.query().error()).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "corp.example., true",
    "www.corp.example., true",
    "a.b.WWW.Corp.EXAMPLE., true",
    "xcorp.example., false",
    "example., false",
    "www.test., true",
    "., false"
  })
  void run_suffix_theNameOrBelow(String name, boolean dropped) throws Exception {
    Chain chain = chain("{ match.suffix = [corp.example, \"Test.\"], action = drop }");

    assertThat(chain.run(query(name, "A"), 0) instanceof RuleOutcome.Drop).isEqualTo(dropped);
  }

  @Test
  void run_suffixOfTheRoot_isEveryName() throws Exception {
    Chain chain = chain("{ match.suffix = \".\", action = drop }");

    assertThat(chain.run(query("www.example.", "A"), 0)).isInstanceOf(RuleOutcome.Drop.class);
    assertThat(chain.run(query(".", "NS"), 0)).isInstanceOf(RuleOutcome.Drop.class);
  }

  @ParameterizedTest
  @CsvSource({"ANY, true", "HTTPS, true", "TYPE65280, true", "A, false", "AAAA, false"})
  void run_type_oneOfThem(String type, boolean dropped) throws Exception {
    Chain chain = chain("{ match.type = [any, HTTPS, TYPE65280], action = drop }");

    assertThat(chain.run(query("www.example.", type), 0) instanceof RuleOutcome.Drop)
        .isEqualTo(dropped);
  }

  @ParameterizedTest
  @CsvSource({"192.0.2.77, true", "192.0.3.1, false", "2001:db8::1, true", "::1, false"})
  void run_client_inOneOfTheNetworks(String client, boolean dropped) throws Exception {
    Chain chain = chain("{ match.client = [\"192.0.2.0/24\", \"2001:db8::/32\"], action = drop }");

    assertThat(chain.run(query("www.example.", "A", client), 0) instanceof RuleOutcome.Drop)
        .isEqualTo(dropped);
  }

  @ParameterizedTest
  @CsvSource({
    "www.example., A, 192.0.2.1, true",
    "www.example., AAAA, 192.0.2.1, false",
    "www.test., A, 192.0.2.1, false",
    "www.example., A, 192.0.3.1, false"
  })
  void run_severalSelectors_allMustAgree(String name, String type, String client, boolean dropped)
      throws Exception {
    Chain chain =
        chain("{ match { suffix = example, type = A, client = \"192.0.2.0/24\" }, action = drop }");

    assertThat(chain.run(query(name, type, client), 0) instanceof RuleOutcome.Drop)
        .isEqualTo(dropped);
  }

  @Test
  void run_suspendThenDone_goesOnBehindTheLastRule() throws Exception {
    Chain chain =
        chain(
            "{ match = all, action { suspend = f, then = done } }, { match = all, action = drop }");
    Query query = query("www.example.", "A");

    RuleOutcome.Suspend suspend = (RuleOutcome.Suspend) chain.run(query, 0);

    assertThat(chain.run(query, suspend.nextRule())).isEqualTo(new RuleOutcome.Next(query));
  }

  @Test
  void run_done_endsTheChain() throws Exception {
    Chain chain = chain("{ match = all, action = done }, { match.type = A, action = drop }");
    Query query = query("www.example.", "A");

    assertThat(chain.run(query, 0)).isEqualTo(new RuleOutcome.EndChain(query));
  }

  @ParameterizedTest
  @ValueSource(strings = {"pool = p", "set-tag = a", "extended-error { code = 15 }"})
  void run_thenDone_endsTheChainWithItsChange(String action) throws Exception {
    Chain plain = chain("{ match = all, action { %s } }".formatted(action));
    Chain chain =
        chain(
            "{ match = all, action { %s, then = done } }, { match.type = A, action = drop }"
                .formatted(action));
    Query query = query("www.example.", "A");

    RuleOutcome.EndChain end = (RuleOutcome.EndChain) chain.run(query, 0);

    assertThat(end.query().marks())
        .isEqualTo(((RuleOutcome.Next) plain.run(query, 0)).query().marks())
        .isNotEqualTo(query.marks());
  }

  @ParameterizedTest
  @ValueSource(strings = {"delay = 5ms", "tee = \"192.0.2.1:53\""})
  void run_thenDone_goesOnBehindTheLastRuleAfterAnEffect(String action) throws Exception {
    Chain chain =
        chain(
            "{ match = all, action { %s, then = done } }, { match = all, action = drop }"
                .formatted(action));
    Query query = query("www.example.", "A");

    RuleOutcome.Aside aside = (RuleOutcome.Aside) chain.run(query, 0);

    assertThat(chain.run(query, aside.nextRule())).isEqualTo(new RuleOutcome.Next(query));
  }

  @Test
  void run_thenNext_isAsWithout() throws Exception {
    Chain chain = chain("{ match = all, action { pool = p, then = next } }");
    Query query = query("www.example.", "A");

    assertThat(((RuleOutcome.Next) chain.run(query, 0)).query().pool()).isEqualTo("p");
  }

  @Test
  void services_ofASuspension_throughWhatIsAroundIt() throws Exception {
    Chains chains =
        NodeConfiguration.parse(
                """
                anteroom {
                  filters.f.async-id = 9
                  rules.query = [ {
                    match = all, action { suspend = f, then = done, extended-error { code = 15 } }
                  } ]
                }
                """)
            .chains();

    assertThat(chains.services()).containsExactly(9);
  }

  @Test
  void run_suspendNotOnHits_passesCachedAnswersBy() throws Exception {
    Chain chain = chain(Stage.RESPONSE, "{ match = all, action { suspend = f, on-hit = skip } }");
    Query fresh = query("www.example.", "A").withAnswer(new byte[12]);
    Query cached = query("www.example.", "A").withCachedAnswer(new byte[12]);

    assertThat(chain.run(fresh, 0)).isInstanceOf(RuleOutcome.Suspend.class);
    assertThat(chain.run(cached, 0)).isEqualTo(new RuleOutcome.Next(cached));
  }

  private static Chain chain(String rules) throws Exception {
    return chain(Stage.QUERY, rules);
  }

  private static Chain chain(Stage stage, String rules) throws Exception {
    return NodeConfiguration.parse(
            """
            anteroom {
              filters.f.async-id = 9
              upstreams.p.servers = ["192.0.2.1"]
              rules.%s = [ %s ]
            }
            """
                .formatted(stage.word(), rules))
        .chains()
        .of(stage);
  }

  private static Query query(String name, String type) throws Exception {
    return query(name, type, "192.0.2.1");
  }

  private static Query query(String name, String type, String client) throws Exception {
    Record question = Record.newRecord(Name.fromString(name), Type.value(type), DClass.IN);
    WireQuery wire = (WireQuery) WireQuery.parse(Message.newQuery(question).toWire());
    return Query.of(
        wire, new Client(new InetSocketAddress(client, 5353), Transport.UDP, 0), Rules.NONE);
  }
}
