// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.Rules;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Type;

class RateSelectorTest {
  private static final long SECOND = 1_000_000_000L;

  private final AtomicLong evicted = new AtomicLong();
  private long now = 99;

  private RateSelector ofClient(double rate, int burst, int ipv4Prefix, int ipv6Prefix) {
    return RateSelector.ofClient(
        new RateSelector.Rate(rate, burst, 1024),
        ipv4Prefix,
        ipv6Prefix,
        evicted::incrementAndGet,
        () -> now);
  }

  private RateSelector ofName(int rate, int labels) {
    return RateSelector.ofName(
        new RateSelector.Rate(rate, rate, 1024), labels, evicted::incrementAndGet, () -> now);
  }

  private static Query query(String name, String client) {
    return Query.of(
        (WireQuery) WireQuery.parse(DnsMessages.query(1, name, Type.A)),
        new Client(new InetSocketAddress(Addresses.literal(client), 5353), Transport.UDP, 0),
        Rules.NONE);
  }

  private static long matching(Selector selector, Query query, int n) {
    long matching = 0;
    for (int i = 0; i < n; i++) {
      matching += selector.matches(query) ? 1 : 0;
    }
    return matching;
  }

  @Test
  void client_aboveItsRate_matchesWhileItIs() {
    RateSelector selector = ofClient(10, 10, 32, 64);
    Query query = query("www.example", "192.0.2.1");
    assertThat(matching(selector, query, 25)).isEqualTo(15);
    assertThat(selector.matches(query("www.example", "192.0.2.2"))).isFalse();
    now += SECOND / 2;
    assertThat(matching(selector, query, 25)).isEqualTo(20);
  }

  @Test
  void clients_ofOneNetwork_areOne() {
    RateSelector selector = ofClient(1, 1, 24, 56);
    assertThat(selector.matches(query("a.test", "192.0.2.1"))).isFalse();
    assertThat(selector.matches(query("b.test", "192.0.2.200"))).isTrue();
    assertThat(selector.matches(query("a.test", "192.0.3.1"))).isFalse();
    assertThat(selector.matches(query("a.test", "2001:db8::1"))).isFalse();
    assertThat(selector.matches(query("a.test", "2001:db8:0:ff::1"))).isTrue();
  }

  @Test
  void name_aboveItsRate_matchesWhoeverAsks() {
    RateSelector selector = ofName(2, 0);
    assertThat(matching(selector, query("www.example", "192.0.2.1"), 2)).isZero();
    assertThat(selector.matches(query("WWW.example", "192.0.2.2"))).isTrue();
    assertThat(selector.matches(query("ftp.example", "192.0.2.1"))).isFalse();
  }

  @Test
  void all_aboveTheirRate_matchWhoeverAsksForWhat() {
    RateSelector selector = RateSelector.ofAll(new RateSelector.Rate(10, 2, 1024), () -> now);
    assertThat(selector.matches(query("www.example", "192.0.2.1"))).isFalse();
    assertThat(selector.matches(query("ftp.example", "192.0.2.2"))).isFalse();
    assertThat(selector.matches(query("a.test", "2001:db8::1"))).isTrue();
    now += SECOND / 10;
    assertThat(selector.matches(query("a.test", "2001:db8::1"))).isFalse();
    assertThat(selector.matches(query("a.test", "2001:db8::1"))).isTrue();
  }

  @Test
  void name_lastLabels_areWhatCounts() {
    RateSelector selector = ofName(2, 2);
    assertThat(selector.matches(query("a.b.corp.example", "192.0.2.1"))).isFalse();
    assertThat(selector.matches(query("corp.example", "192.0.2.1"))).isFalse();
    assertThat(selector.matches(query("x.corp.example", "192.0.2.1"))).isTrue();
    assertThat(selector.matches(query("x.other.example", "192.0.2.1"))).isFalse();
    assertThat(selector.matches(query("example", "192.0.2.1"))).isFalse();
    assertThat(selector.matches(query(".", "192.0.2.1"))).isFalse();
  }

  @Test
  void wouldMatch_countsNothing() {
    RateSelector selector = ofClient(1, 1, 32, 64);
    Selector and = new Selector.And(List.of(new Selector.All(), selector));
    Query query = query("a.test", "192.0.2.1");
    for (int i = 0; i < 9; i++) {
      assertThat(and.wouldMatch(query)).isFalse();
    }
    assertThat(and.matches(query)).isFalse();
    assertThat(and.wouldMatch(query)).isTrue();
    assertThat(and.matches(query)).isTrue();
  }

  @Test
  void clients_moreThanRoom_areEvictedAndCounted() {
    RateSelector selector = ofClient(1, 1000, 32, 64);
    Random random = new Random(3);
    for (int i = 0; i < 4096; i++) {
      String client = "10.%d.%d.%d".formatted(i & 3, random.nextInt(256), i >> 4);
      assertThat(selector.matches(query("a.test", client))).isFalse();
    }
    assertThat(evicted).hasPositiveValue();
  }

  @Test
  void chain_otherSelectorsAreAskedFirst_andAnotherIndexDoesNotCountAgain() {
    RateSelector selector = ofClient(1, 1, 32, 64);
    Selector both =
        new Selector.And(
            List.of(NameSelectors.Suffix.of(List.of(WireName.parse("test"))), selector));
    Chain chain =
        Chain.of(
            List.of(
                new Rule("limit", both, new Action.Drop(), ""),
                new Rule("ask", new Selector.All(), new Action.Suspend(1, true), "")));
    Query here = query("a.test", "192.0.2.1");
    Query elsewhere = query("a.example", "192.0.2.1");

    assertThat(chain.run(elsewhere, 0)).isInstanceOf(RuleOutcome.Suspend.class);
    assertThat(chain.run(here, 0)).isInstanceOf(RuleOutcome.Suspend.class);
    now += SECOND;
    assertThat(chain.run(here, 2)).as("goes on").isInstanceOf(RuleOutcome.Next.class);
    assertThat(chain.run(here, 0)).isInstanceOf(RuleOutcome.Suspend.class);
    assertThat(chain.run(here, 0)).isInstanceOf(RuleOutcome.Drop.class);
  }
}
