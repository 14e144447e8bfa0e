// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.ednsQuery;
import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.Policy;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.Filter;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** What becomes of queries that no filter decides, and of those that may not wait. */
final class PolicyTest {
  private static final int SILENT = 100;
  private static final int ABSENT = 200;
  private static final int FULL = 300;
  private static final int CLIENT = 400;
  private static final int HELD = 401;

  private static final ScriptedServer upstream = ScriptedServer.start(Asked::answer);
  private static final Map<Policy, TestFilter> full = new HashMap<>();
  private static final TestFilter perClient = new TestFilter();
  private static final TestFilter held = new TestFilter();
  private static TestNode node;

  @BeforeAll
  static void start() {
    Map<String, Filter> filters = new HashMap<>();
    StringBuilder services = new StringBuilder();
    StringBuilder rules = new StringBuilder();
    for (Policy policy : Policy.values()) {
      String word = word(policy);
      service(services, "silent", SILENT, policy, "timeout = 100ms, on-timeout = " + word);
      service(services, "absent", ABSENT, policy, "on-no-filter = " + word);
      service(services, "full", FULL, policy, "timeout=20s, max-suspended=1, on-overload=" + word);
      for (String kind : new String[] {"silent", "absent", "full"}) {
        rule(rules, kind + "-" + word);
      }
      filters.put("silent-" + word, new TestFilter());
      full.put(policy, new TestFilter());
      filters.put("full-" + word, full.get(policy));
    }
    services.append(
        """
        filters.client { async-id = 400, timeout = 20s, max-per-client = 1, on-overload = refuse }
        filters.held { async-id = 401, timeout = 20s }
        """);
    rule(rules, "client");
    rule(rules, "held");
    filters.put("client", perClient);
    filters.put("held", held);
    node =
        TestNode.start(
            "upstreams.default.servers = [\"127.0.0.1:%d\"]\n%srules.query = [\n%s]"
                .formatted(upstream.address().getPort(), services, rules),
            filters);
  }

  private static void service(
      StringBuilder to, String kind, int number, Policy policy, String settings) {
    to.append(
        "filters.%s-%s { async-id = %d, %s }%n"
            .formatted(kind, word(policy), number + policy.ordinal(), settings));
  }

  private static void rule(StringBuilder to, String filter) {
    to.append(
        "{ match { suffix = [\"%s.example\"] }, action { suspend = %s } }%n"
            .formatted(filter, filter));
  }

  private static String word(Policy policy) {
    return policy.name().toLowerCase(Locale.ROOT);
  }

  @AfterAll
  static void stop() {
    node.close();
    upstream.close();
  }

  @AfterEach
  void allHasEnded() {
    node.assertAtRest();
  }

  @ParameterizedTest
  @EnumSource(Policy.class)
  void silentFilter_leavesItToOnTimeout(Policy policy) {
    int asyncId = SILENT + policy.ordinal();
    for (Transport transport : Transport.values()) {
      long timedOut = node.count(asyncId, SuspensionCounter.TIMED_OUT);
      try (DnsClient client = node.client(transport)) {
        assertDecided(client, policy, transport.word() + ".silent-" + word(policy) + ".example");
      }
      assertThat(node.count(asyncId, SuspensionCounter.TIMED_OUT)).isEqualTo(timedOut + 1);
    }
  }

  @ParameterizedTest
  @EnumSource(Policy.class)
  void serviceWithoutInstance_leavesItToOnNoFilter(Policy policy) {
    int asyncId = ABSENT + policy.ordinal();
    for (Transport transport : Transport.values()) {
      long refused = node.count(asyncId, SuspensionCounter.REFUSED_NO_FILTER);
      try (DnsClient client = node.client(transport)) {
        assertDecided(client, policy, transport.word() + ".absent-" + word(policy) + ".example");
      }
      assertThat(node.count(asyncId, SuspensionCounter.REFUSED_NO_FILTER)).isEqualTo(refused + 1);
    }
  }

  @ParameterizedTest
  @EnumSource(Policy.class)
  void serviceThatIsFull_leavesItToOnOverload_untilThereIsRoom(Policy policy) {
    int asyncId = FULL + policy.ordinal();
    TestFilter filter = full.get(policy);
    String suffix = ".full-" + word(policy) + ".example";
    byte[] waiting = query(1, "first" + suffix, Type.A);
    try (DnsClient client = node.udp();
        DnsClient other = node.tcp()) {
      client.send(waiting);
      TestFilter.Held first = filter.next();

      assertDecided(other, policy, "second" + suffix);
      assertThat(node.count(asyncId, SuspensionCounter.REFUSED_LIMIT)).isEqualTo(1);
      assertThat(filter.requests("second" + suffix)).isEmpty();

      first.decide(Verdict.rcode(Rcode.NXDOMAIN));
      assertThat(client.receiveAnswerTo(waiting).getRcode()).isEqualTo(Rcode.NXDOMAIN);
      other.send(query(2, "third" + suffix, Type.A));
      filter.next().decide(Verdict.rcode(Rcode.NXDOMAIN));
      assertThat(DnsMessages.parse(other.receive()).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    }
  }

  /** Sends a query and sees that it ends as the policy has it. */
  private static void assertDecided(DnsClient client, Policy policy, String name) {
    byte[] query = ednsQuery(0x1234, name, Type.A, 1232);
    long dropped = node.count(Counter.DROPPED);
    client.send(query);
    switch (policy) {
      case CONTINUE ->
          assertThat(DnsMessages.addresses(client.receiveAnswerTo(query)))
              .containsExactly(Asked.addressOf(name));
      case SERVFAIL -> assertRcode(client.receiveAnswerTo(query), Rcode.SERVFAIL);
      case REFUSE -> assertRcode(client.receiveAnswerTo(query), Rcode.REFUSED);
      case NXDOMAIN -> assertRcode(client.receiveAnswerTo(query), Rcode.NXDOMAIN);
      case DROP -> node.awaitCount(Counter.DROPPED, dropped + 1);
    }
    assertThat(upstream.queries(name)).hasSize(policy == Policy.CONTINUE ? 1 : 0);
    assertAnswered(client);
  }

  private static void assertRcode(Message answer, int rcode) {
    assertThat(answer.getRcode()).isEqualTo(rcode);
    assertThat(DnsMessages.errorCode(answer)).isEqualTo(ExtendedError.NOT_READY);
  }

  @Test
  void clientWithTooManySuspended_isRefused_andOthersAreNot() {
    byte[] waiting = query(3, "first.client.example", Type.A);
    byte[] elsewhere = query(3, "other.client.example", Type.A);
    try (DnsClient client = node.udp();
        DnsClient other = new UdpClient("127.0.0.2", node.address(Transport.UDP))) {
      client.send(waiting);
      TestFilter.Held first = perClient.next();

      assertThat(client.ask(query(4, "second.client.example", Type.A)).getRcode())
          .isEqualTo(Rcode.REFUSED);
      assertThat(node.count(CLIENT, SuspensionCounter.REFUSED_CLIENT_LIMIT)).isEqualTo(1);
      other.send(elsewhere);
      perClient.next().decide(Verdict.proceed());
      assertThat(DnsMessages.addresses(other.receiveAnswerTo(elsewhere)))
          .containsExactly(Asked.addressOf("other.client.example"));

      first.decide(Verdict.proceed());
      assertThat(DnsMessages.addresses(client.receiveAnswerTo(waiting)))
          .containsExactly(Asked.addressOf("first.client.example"));
      client.send(waiting);
      perClient.next().decide(Verdict.proceed());
      client.receiveAnswerTo(waiting);
    }
  }

  /** On HTTPS and QUIC, what is sent again is another query. */
  @ParameterizedTest
  @EnumSource(names = {"UDP", "TCP", "TLS"})
  void suspendedQuery_thatIsSentAgain_waitsOnceAndIsAnsweredOnce(Transport transport) {
    String name = "again." + transport.word() + ".held.example";
    long repeated = node.count(Counter.RETRANSMISSIONS);
    long requested = node.count(HELD, SuspensionCounter.REQUESTED);
    byte[] query = query(5, name, Type.A);
    try (DnsClient client = node.client(transport)) {
      client.send(query);
      client.send(query);
      client.send(query);
      node.awaitCount(Counter.RETRANSMISSIONS, repeated + 2);
      held.next().decide(Verdict.proceed());

      assertThat(DnsMessages.addresses(client.receiveAnswerTo(query)))
          .containsExactly(Asked.addressOf(name));
      assertAnswered(client);
    }
    assertThat(held.requests(name)).hasSize(1);
    assertThat(node.count(HELD, SuspensionCounter.REQUESTED)).isEqualTo(requested + 1);
  }

  @Test
  void suspendedQueries_thatDifferInNameOrTypeOnly_waitEach() {
    List<byte[]> queries =
        List.of(
            query(6, "a.held.example", Type.A),
            query(6, "b.held.example", Type.A),
            query(6, "a.held.example", Type.AAAA));
    try (DnsClient client = node.udp()) {
      queries.forEach(client::send);
      List<TestFilter.Held> all = List.of(held.next(), held.next(), held.next());
      for (byte[] query : queries) {
        all.stream()
            .filter(one -> Arrays.equals(one.request().message(), query))
            .forEach(one -> one.decide(Verdict.rcode(Rcode.NXDOMAIN)));
        assertThat(client.receiveAnswerTo(query).getRcode()).isEqualTo(Rcode.NXDOMAIN);
      }
    }
  }

  /** If something had been sent to the client before, it would come first. */
  private static void assertAnswered(DnsClient client) {
    byte[] query = query(0x7777, "still.there", Type.A);
    assertThat(DnsMessages.addresses(client.ask(query)))
        .containsExactly(Asked.addressOf("still.there"));
  }
}
