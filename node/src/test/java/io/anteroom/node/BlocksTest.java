// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.config.BlockAction;
import io.anteroom.node.config.Netmask;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.rate.Block;
import io.anteroom.node.rate.BlockKeeper;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.TestNode;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Clients that are blocked, from the rule to what they get. Each case is a client of its own. */
final class BlocksTest {
  private static final int YXDOMAIN = 6;

  private static TestNode node;
  private static int clients;

  @BeforeAll
  static void start() {
    node =
        TestNode.start(
            """
            zones = [ { origin = "anteroom.test" } ]
            filters.judge { async-id = 7, timeout = 20s, on-timeout = servfail }
            rules.query = [
              { match.suffix = "nothing.test", action.rcode = nxdomain }
              { match.suffix = "broken.test", action.rcode = servfail }
              { match = all, action.suspend = judge }
            ]
            response-rate-limit = off
            blocks {
              exclude = ["127.9.0.0/16"]
              rules = [
                { name = many, query-rate { above = 3, warn-above = 1 }, action = refuse, for = 10m }
                {
                  name = guesses, rcode-rate { rcodes = [nxdomain], above = 1 }
                  action = truncate, for = 10m
                }
                {
                  name = broken, rcode-ratio { rcodes = [servfail], above = 0.5, at-least = 6 }
                  action = nxdomain, for = 10m
                }
              ]
            }
            """,
            // It tells what it sees of the query.
            Map.of(
                "judge",
                request ->
                    CompletableFuture.completedFuture(
                        request.tags().getOrDefault("abuser", "").equals("yes")
                            ? Verdict.rcode(YXDOMAIN)
                            : Verdict.proceed())));
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static String nextAddress() {
    clients++;
    return "127.7.%d.%d".formatted(clients / 250, 1 + clients % 250);
  }

  private static DnsClient client(String from, Transport transport) {
    return node.client(from, transport);
  }

  private static byte[] query(String name) {
    return DnsMessages.ednsQuery(77, name, Type.A, 1232);
  }

  private static Message ask(DnsClient client) {
    return client.ask(query("www.anteroom.test"));
  }

  private static void block(String netmask, String action) {
    node.node()
        .limits()
        .keeper()
        .tell(
            new BlockKeeper.Add(
                Netmask.parse(netmask),
                BlockAction.parse(action),
                Duration.ofHours(1),
                node.node().system().ignoreRef()));
    awaitBlock(netmask);
  }

  private static Block awaitBlock(String netmask) {
    await().until(() -> find(netmask) != null);
    return find(netmask);
  }

  private static Block find(String netmask) {
    return node.node().limits().blocks().stream()
        .filter(block -> block.clients().toString().equals(netmask))
        .findAny()
        .orElse(null);
  }

  @ParameterizedTest
  @CsvSource({
    "UDP, refuse,             REFUSED,  BLOCKED_REFUSE",
    "TCP, refuse,             REFUSED,  BLOCKED_REFUSE",
    "UDP, nxdomain,           NXDOMAIN, BLOCKED_NXDOMAIN",
    "TCP, nxdomain,           NXDOMAIN, BLOCKED_NXDOMAIN",
    "UDP, set-tag abuser=yes, YXDOMAIN, BLOCKED_SET_TAG",
    "TCP, set-tag abuser=yes, YXDOMAIN, BLOCKED_SET_TAG"
  })
  void action_isWhatTheClientGets(
      Transport transport, String action, String rcode, Counter counter) {
    String address = nextAddress();
    try (DnsClient client = client(address, transport)) {
      assertThat(ask(client).getRcode()).isEqualTo(Rcode.NOERROR);
      block(address, action);
      long before = node.count(counter);

      Message answer = ask(client);

      assertThat(answer.getRcode()).isEqualTo(Rcode.value(rcode));
      assertThat(DnsMessages.errorCode(answer))
          .isEqualTo(action.equals("refuse") ? ExtendedError.PROHIBITED : -1);
      assertThat(node.count(counter)).isEqualTo(before + 1);
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void drop_noAnswer_alsoToWhatIsNoQuery(Transport transport) {
    String address = nextAddress();
    byte[] malformed = query("www.anteroom.test");
    malformed[5] = 2;
    try (DnsClient client = client(address, transport)) {
      block(address, "drop");
      long before = node.count(Counter.BLOCKED_DROP);
      long answers = node.count(Counter.ANSWERS);
      client.send(query("www.anteroom.test"));
      client.send(malformed);
      node.awaitCount(Counter.BLOCKED_DROP, before + 2);
      assertThat(node.count(Counter.ANSWERS)).isEqualTo(answers);
    }
  }

  @Test
  void truncate_isForUdp() {
    String address = nextAddress();
    block(address, "truncate");
    long before = node.count(Counter.BLOCKED_TRUNCATE);
    try (DnsClient udp = client(address, Transport.UDP);
        DnsClient tcp = client(address, Transport.TCP)) {
      Message truncated = ask(udp);
      assertThat(truncated.getHeader().getFlag(Flags.TC)).isTrue();
      assertThat(DnsMessages.addresses(truncated)).isEmpty();
      Message whole = ask(tcp);
      assertThat(whole.getHeader().getFlag(Flags.TC)).isFalse();
      assertThat(DnsMessages.addresses(whole)).isNotEmpty();
      assertThat(node.count(Counter.BLOCKED_TRUNCATE)).isEqualTo(before + 1);
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void queryRate_above_blocksAfterAWarning(Transport transport) {
    String address = nextAddress();
    long warnings = node.count(Counter.BLOCK_WARNINGS);
    try (DnsClient client = client(address, transport)) {
      await().until(() -> ask(client).getRcode() == Rcode.REFUSED);
    }
    Block block = awaitBlock(address);
    assertThat(block.reason()).isEqualTo("many");
    assertThat(block.byOperator()).isFalse();
    assertThat(node.count(Counter.BLOCK_WARNINGS)).isGreaterThan(warnings);
    assertThat(node.count(Counter.BLOCKS_BEGUN)).isPositive();
  }

  @Test
  void queryRate_belowIt_warnsAndBlocksNobody() {
    String address = nextAddress();
    long warnings = node.count(Counter.BLOCK_WARNINGS);
    try (DnsClient client = client(address, Transport.UDP)) {
      for (int i = 0; i < 15; i++) {
        assertThat(ask(client).getRcode()).isEqualTo(Rcode.NOERROR);
      }
      node.awaitCount(Counter.BLOCK_WARNINGS, warnings + 1);
      assertThat(find(address)).isNull();
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void rcodeRate_above_blocks(Transport transport) {
    String address = nextAddress();
    try (DnsClient client = client(address, transport)) {
      for (int i = 0; i < 11; i++) {
        assertThat(client.ask(query("a" + i + ".nothing.test")).getRcode())
            .isEqualTo(Rcode.NXDOMAIN);
      }
    }
    assertThat(awaitBlock(address).reason()).isEqualTo("guesses");
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void rcodeRatio_above_blocks(Transport transport) {
    String address = nextAddress();
    try (DnsClient client = client(address, transport)) {
      for (String name : List.of("www.anteroom", "broken", "broken", "broken", "broken")) {
        client.ask(query(name + ".test"));
      }
      assertThat(find(address)).isNull();
      client.ask(query("broken.test"));
    }
    assertThat(awaitBlock(address).reason()).isEqualTo("broken");
  }

  @Test
  void excluded_isBlockedByNoRule_butByAnOperator() {
    String address = "127.9.0.1";
    try (DnsClient client = client(address, Transport.UDP)) {
      for (int i = 0; i < 100; i++) {
        assertThat(ask(client).getRcode()).isEqualTo(Rcode.NOERROR);
      }
      block(address, "refuse");
      assertThat(ask(client).getRcode()).isEqualTo(Rcode.REFUSED);
    }
  }

  @Test
  void network_isBlockedAsAWhole() {
    block("127.10.0.0/16", "refuse");
    try (DnsClient in = client("127.10.200.1", Transport.UDP);
        DnsClient out = client("127.11.0.1", Transport.UDP)) {
      assertThat(ask(in).getRcode()).isEqualTo(Rcode.REFUSED);
      assertThat(ask(out).getRcode()).isEqualTo(Rcode.NOERROR);
    }
  }

  @Test
  void loopback_isExcludedByDefault() {
    try (TestNode other =
            TestNode.start(
                """
                zones = [ { origin = "anteroom.test" } ]
                blocks.rules = [ { name = many, query-rate.above = 1, action = refuse } ]
                """,
                Map.of());
        DnsClient client = other.udp()) {
      for (int i = 0; i < 100; i++) {
        assertThat(ask(client).getRcode()).isEqualTo(Rcode.NOERROR);
      }
    }
  }
}
