// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Type;

/**
 * Clients choose their ids as they like, and many choose alike. A key that is made of the client's
 * id mixes them up; ours is not.
 */
final class SameIdTest {
  private static final int CLIENTS = 20;
  private static final int NAMES_EACH = 25;
  private static final int ID = 4711;

  private static final ScriptedServer upstream = ScriptedServer.start(Asked::answer);
  private static final TestFilter filter = new TestFilter();
  private static TestNode node;

  @BeforeAll
  static void start() {
    node =
        TestNode.start(
            """
            upstreams.default.servers = ["127.0.0.1:%d"]
            filters.judge { async-id = 1, timeout = 30s, on-timeout = servfail }
            rules.query = [ { match = all, action { suspend = judge } } ]
            """
                .formatted(upstream.address().getPort()),
            Map.of("judge", filter));
  }

  @AfterAll
  static void stop() {
    node.close();
    upstream.close();
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void twentyClients_withOneIdAndFiveHundredNames_getTheirOwnAnswers(Transport transport) {
    long seed = System.nanoTime();
    List<DnsClient> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(node.client(transport));
    }
    try {
      for (int n = 0; n < NAMES_EACH; n++) {
        for (int c = 0; c < CLIENTS; c++) {
          clients.get(c).send(DnsMessages.query(ID, name(c, n), Type.A));
        }
      }
      List<TestFilter.Held> held = new ArrayList<>();
      while (held.size() < CLIENTS * NAMES_EACH) {
        held.add(filter.next());
      }
      Collections.shuffle(held, new Random(seed));
      held.forEach(SameIdTest::decide);

      for (int c = 0; c < CLIENTS; c++) {
        assertAllAnswered(clients.get(c), c, seed);
      }
    } finally {
      clients.forEach(DnsClient::close);
    }
    node.assertAtRest();
    assertThat(node.count(1, SuspensionCounter.RESUMED))
        .isEqualTo(node.count(1, SuspensionCounter.REQUESTED));
  }

  private static String name(int client, int n) {
    return "n%d.c%d.example".formatted(n, client);
  }

  /** Lets one half go on to the server, and answers the other itself. */
  private static void decide(TestFilter.Held held) {
    held.decide(
        held.name().hashCode() % 2 == 0
            ? Verdict.proceed()
            : Verdict.addresses(60, Asked.addressOf(held.name())));
  }

  private static void assertAllAnswered(DnsClient client, int number, long seed) {
    Set<String> missing = new HashSet<>();
    for (int n = 0; n < NAMES_EACH; n++) {
      missing.add(name(number, n));
    }
    while (!missing.isEmpty()) {
      Message answer = DnsMessages.parse(client.receive());
      String name = answer.getQuestion().getName().toString(true);
      assertThat(answer.getHeader().getID()).isEqualTo(ID);
      assertThat(missing.remove(name)).as("%s is awaited, seed %d", name, seed).isTrue();
      assertThat(DnsMessages.addresses(answer))
          .as("%s, seed %d", name, seed)
          .containsExactly(Asked.addressOf(name));
    }
  }
}
