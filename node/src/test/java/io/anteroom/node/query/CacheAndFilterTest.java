// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import static io.anteroom.node.query.ProcessorRig.ALICE;
import static io.anteroom.node.query.ProcessorRig.BOB;
import static io.anteroom.node.testing.Responses.answer;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.CacheSettings;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.wire.Answers;
import io.anteroom.protocol.Stage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Each client sees what is meant for him, whoever asked before, and with or without a cache. */
class CacheAndFilterTest {
  private static final String NAME = "www.example";

  /** All orders of four queries of two clients, with and without a cache, for each chain. */
  static List<Arguments> orders() {
    List<Arguments> all = new ArrayList<>();
    for (Stage stage : List.of(Stage.QUERY, Stage.RESPONSE)) {
      for (int order = 0; order < 16; order++) {
        all.add(Arguments.of(stage, order, true));
        all.add(Arguments.of(stage, order, false));
      }
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("orders")
  void twoClients_oneFiltered_eachSeesHisOwn(Stage where, int order, boolean cached) {
    CacheSettings on = CacheSettings.DEFAULT;
    ProcessorRig rig =
        new ProcessorRig(cached ? on : on.off())
            .withRules((stage, query, from) -> forBob(where, stage, query));
    for (int i = 0; i < 4; i++) {
      Client client = (order >> i & 1) == 0 ? ALICE : BOB;
      rig.ask(client, i % 2 == 0 ? NAME : "WWW.example");
      if (!rig.isAnswered(client)) {
        rig.answered(
            rig.forwarded(),
            answer(i % 2 == 0 ? NAME : "WWW.example", Type.A, NAME + ". 60 A 192.0.2.1"));
      }
      assertThat(rig.answer(client).getRcode())
          .isEqualTo(client.equals(BOB) ? Rcode.REFUSED : Rcode.NOERROR);
    }
    assertThat(rig.isIdle()).isTrue();
  }

  private static RuleOutcome forBob(Stage where, Stage stage, Query query) {
    return stage == where && query.client().equals(BOB)
        ? new RuleOutcome.Answer(query, Answers.rcode(query.wire(), Rcode.REFUSED, null))
        : new RuleOutcome.Next(query);
  }

  /** Split horizon: Bob is inside, and one name has an address for each. */
  @ParameterizedTest
  @MethodSource("orders")
  void twoPools_oneName_neverCrossed(Stage unused, int order, boolean cached) {
    CacheSettings on = CacheSettings.DEFAULT;
    ProcessorRig rig =
        new ProcessorRig(cached ? on : on.off())
            .withRules(
                (stage, query, from) ->
                    new RuleOutcome.Next(
                        stage == Stage.QUERY && query.client().equals(BOB)
                            ? query.withPool("internal")
                            : query));
    for (int i = 0; i < 4; i++) {
      boolean inside = (order >> i & 1) == 1;
      Client client = inside ? BOB : ALICE;
      String address = inside ? "10.0.0.1" : "192.0.2.1";
      rig.ask(client, NAME);
      if (!rig.isAnswered(client)) {
        rig.answered(
            rig.forwarded(inside ? "internal" : PoolSettings.DEFAULT),
            answer(NAME, Type.A, NAME + ". 60 A " + address));
      }
      Message given = rig.answer(client);
      assertThat(DnsMessages.addresses(given).toString()).contains(address);
    }
    assertThat(rig.isIdle()).isTrue();
  }

  @Test
  void queryThatSkipsTheCache_isAnsweredByTheServers_andLeavesNothing() {
    ProcessorRig rig =
        new ProcessorRig(CacheSettings.DEFAULT)
            .withRules(
                (stage, query, from) ->
                    new RuleOutcome.Next(
                        query.client().equals(BOB) ? query.withoutCache() : query));
    rig.askServer(BOB, NAME, answer(NAME, Type.A, NAME + ". 60 A 10.0.0.1"));
    Message given = rig.askServer(ALICE, NAME, answer(NAME, Type.A, NAME + ". 60 A 192.0.2.1"));
    assertThat(DnsMessages.addresses(given).toString()).contains("192.0.2.1");
    rig.askServer(BOB, NAME, answer(NAME, Type.A, NAME + ". 60 A 10.0.0.2"));
    assertThat(DnsMessages.addresses(rig.askCached(ALICE, NAME)).toString()).contains("192.0.2.1");
  }
}
