// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.ednsQuery;
import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.DatagramFilter;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.HttpFilter;
import io.anteroom.node.testing.TcpClient;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestFilter.Held;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.Verdict;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Several filters decide about a client's query as one. */
final class GroupTest {
  private static final int A = 1;
  private static final int B = 2;
  private static final int BRIEF = 3;
  private static final int ABSENT = 4;
  private static final int WEB = 5;
  private static final int FRAGILE = 7;
  private static final int FIRST = 20;
  private static final int ALL = 21;
  private static final int TIGHT = 24;

  private static final TestFilter a = new TestFilter();
  private static final TestFilter b = new TestFilter();
  private static final TestFilter brief = new TestFilter();
  private static final TestFilter fragile = new TestFilter();
  private static final TestFilter seer = new TestFilter();
  private static HttpFilter web;
  private static DatagramFilter udp;
  private static TestNode node;

  @BeforeAll
  static void start() {
    web =
        HttpFilter.start(
            0,
            (filter, posted, exchange) -> {
              if (posted.name().startsWith("hold")) {
                filter.hold();
              }
              HttpFilter.reply(
                  exchange, 200, "application/json", "{\"verdict\": \"continue tag web=yes\"}");
            });
    udp = DatagramFilter.udp(0, DatagramFilter.ACCEPT);
    node =
        TestNode.start(
            """
            upstreams.default.servers = []
            zones = [ { origin = "anteroom.test" } ]
            filters.a { async-id = 1, timeout = 30s, on-timeout = nxdomain }
            filters.b { async-id = 2, timeout = 30s, on-timeout = servfail }
            filters.brief { async-id = 3, timeout = 200ms, on-timeout = servfail, breaker = off }
            filters.absent { async-id = 4, on-no-filter = refuse }
            filters.web {
              async-id = 5, timeout = 30s, max-queued = 0, on-overload = nxdomain
              connector { transport = http, url = "%s", max-requests = 1 }
            }
            filters.udp {
              async-id = 6, timeout = 30s
              connector { transport = udp, send-to = "127.0.0.1:%d" }
            }
            filters.fragile {
              async-id = 7, timeout = 50ms, on-timeout = refuse
              breaker { ratio = 0.5, at-least = 2, window = 1m, probe-every = 1h }
            }
            filters.seer { async-id = 8, timeout = 30s }
            filters.first { async-id = 20, timeout = 30s, members = [a, b, brief] }
            filters.all { async-id = 21, timeout = 30s, members = [a, b], decide = all }
            filters.late { async-id = 22, timeout = 30s, members = [a, brief], decide = all }
            filters.two {
              async-id = 23, timeout = 30s, members = [a, b, absent], decide = quorum, quorum = 2
            }
            filters.tight {
              async-id = 24, timeout = 300ms, members = [a, b], decide = all, on-timeout = refuse
            }
            filters.mixed { async-id = 25, timeout = 30s, members = [a, web, udp], decide = all }
            filters.weak { async-id = 26, timeout = 30s, members = [a, fragile], decide = all }
            rules.query = [
              { match { suffix = ["first.wild.anteroom.test"] }, action { suspend = first } }
              { match { suffix = ["all.wild.anteroom.test"] }, action { suspend = all } }
              { match { suffix = ["all.wild.anteroom.test"] }, action { suspend = seer } }
              { match { suffix = ["late.wild.anteroom.test"] }, action { suspend = late } }
              { match { suffix = ["two.wild.anteroom.test"] }, action { suspend = two } }
              { match { suffix = ["tight.wild.anteroom.test"] }, action { suspend = tight } }
              { match { suffix = ["mixed.wild.anteroom.test"] }, action { suspend = mixed } }
              { match { suffix = ["weak.wild.anteroom.test"] }, action { suspend = weak } }
              { match { suffix = ["alone.wild.anteroom.test"] }, action { suspend = a } }
            ]
            """
                .formatted(web.url(), udp.port()),
            Map.of("a", a, "b", b, "brief", brief, "fragile", fragile, "seer", seer));
    for (int id : List.of(WEB, 6)) {
      await().until(() -> node.node().services().get(id).isAvailable());
    }
  }

  @AfterAll
  static void stop() {
    node.close();
    web.close();
    udp.close();
  }

  @AfterEach
  void allHasEnded() {
    node.assertAtRest();
  }

  @Test
  void group_isOneSuspension_andEachMemberHasAKeyOfItsOwn() {
    String name = name("one", "all");
    long accepted = node.count(ALL, SuspensionCounter.ACCEPTED);
    long ofA = node.count(A, SuspensionCounter.RESUMED);
    a.on(name, Verdict.proceed().withTag("a", "1").withTag("both", "a"));
    b.on(name, Verdict.proceed().withTag("b", "1").withTag("both", "b"));
    seer.on(name, Verdict.proceed());

    assertThat(ask(name).getRcode()).isEqualTo(Rcode.NOERROR);

    FilterRequest toA = a.requests(name).get(0);
    FilterRequest toB = b.requests(name).get(0);
    assertThat(toA.key().asyncId()).isEqualTo(A);
    assertThat(toB.key().asyncId()).isEqualTo(B);
    assertThat(toA.key().queryId()).isEqualTo(toB.key().queryId());
    assertThat(node.count(ALL, SuspensionCounter.ACCEPTED)).isEqualTo(accepted + 1);
    assertThat(node.count(A, SuspensionCounter.RESUMED)).isEqualTo(ofA + 1);
    // A plain "continue" of the first member wins, so its tags do.
    assertThat(new TreeMap<>(seer.requests(name).get(0).tags()))
        .isEqualTo(new TreeMap<>(Map.of("a", "1", "b", "1", "both", "a")));
  }

  @Test
  void all_waitsForEveryVote_andTheMostSevereWins() {
    String name = name("severe", "all");
    a.on(name, Verdict.refuse(new ExtendedError(ExtendedError.BLOCKED, "a")));
    try (UdpClient client = node.udp()) {
      long resumed = node.count(ALL, SuspensionCounter.RESUMED);
      long ofA = node.count(A, SuspensionCounter.RESUMED);
      client.send(ednsQuery(1, name, Type.A, 1232));
      Held held = b.next();
      node.awaitCount(A, SuspensionCounter.RESUMED, ofA + 1);
      assertThat(node.count(ALL, SuspensionCounter.RESUMED)).isEqualTo(resumed);
      held.decide(Verdict.proceed());
      Message answer = DnsMessages.parse(client.receive());
      assertThat(answer.getRcode()).isEqualTo(Rcode.REFUSED);
      assertThat(DnsMessages.error(answer).getText()).isEqualTo("a");
    }
  }

  @Test
  void drop_winsOverAll_andTheClientGetsNothing() {
    String name = name("drop", "all");
    long dropped = node.count(ALL, SuspensionCounter.DROPPED);
    a.on(name, Verdict.rcode(Rcode.NXDOMAIN));
    b.on(name, Verdict.drop());
    try (UdpClient client = node.udp()) {
      client.send(query(1, name, Type.A));
      node.awaitCount(ALL, SuspensionCounter.DROPPED, dropped + 1);
    }
  }

  @Test
  void firstRefusal_decidesAtOnce_andTheOthersAreNotNeeded_andLate() {
    String name = name("refuse", "first");
    long notNeeded = node.count(B, SuspensionCounter.NOT_NEEDED);
    long late = node.count(B, SuspensionCounter.VERDICTS_LATE);
    try (UdpClient client = node.udp()) {
      client.send(query(1, name, Type.A));
      Held ofA = a.next();
      Held ofB = b.next();
      Held ofBrief = brief.next();
      ofA.decide(Verdict.rcode(Rcode.REFUSED));
      assertThat(DnsMessages.parse(client.receive()).getRcode()).isEqualTo(Rcode.REFUSED);
      node.awaitCount(B, SuspensionCounter.NOT_NEEDED, notNeeded + 1);
      ofB.decide(Verdict.drop());
      ofBrief.decide(Verdict.drop());
      node.awaitCount(B, SuspensionCounter.VERDICTS_LATE, late + 1);
    }
    assertThat(node.count(FIRST, SuspensionCounter.DROPPED)).isZero();
  }

  @Test
  void firstRefusal_ofNobody_waitsForTheLast() {
    String name = name("pass", "first");
    for (TestFilter filter : List.of(a, b, brief)) {
      filter.on(name, Verdict.proceed());
    }
    assertThat(ask(name).getRcode()).isEqualTo(Rcode.NOERROR);
  }

  @Test
  void memberThatTimesOut_votesAsItsOnTimeoutSays() {
    String name = name("slow", "late");
    long timedOut = node.count(BRIEF, SuspensionCounter.TIMED_OUT);
    a.on(name, Verdict.proceed());

    Message answer = ask(name);

    assertThat(answer.getRcode()).isEqualTo(Rcode.SERVFAIL);
    node.awaitCount(BRIEF, SuspensionCounter.TIMED_OUT, timedOut + 1);
    brief.next().decide(Verdict.drop());
  }

  @Test
  void quorum_needsNobodyElse_andAnAbsentMemberVotesToo() {
    long absent = node.count(ABSENT, SuspensionCounter.REFUSED_NO_FILTER);
    String passed = name("passed", "two");
    a.on(passed, Verdict.proceed());
    b.on(passed, Verdict.proceed());
    assertThat(ask(passed).getRcode()).isEqualTo(Rcode.NOERROR);

    String refused = name("refused", "two");
    a.on(refused, Verdict.rcode(Rcode.NXDOMAIN));
    // The absent one refuses, which is of one kind with this; the first of them wins.
    assertThat(ask(refused).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    b.next().decide(Verdict.proceed());
    assertThat(node.count(ABSENT, SuspensionCounter.REFUSED_NO_FILTER)).isEqualTo(absent + 2);
  }

  @Test
  void groupsTimeout_boundsItsMembers_andWhatWasSaidByThenCounts() {
    String nobody = name("nobody", "tight");
    // Both time out; of two RCODEs the first wins, not the group's on-timeout.
    assertThat(ask(nobody).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    String one = name("one", "tight");
    a.on(one, Verdict.drop());
    long dropped = node.count(TIGHT, SuspensionCounter.DROPPED);
    try (UdpClient client = node.udp()) {
      client.send(query(1, one, Type.A));
      node.awaitCount(TIGHT, SuspensionCounter.DROPPED, dropped + 1);
    }
    assertThat(node.count(TIGHT, SuspensionCounter.TIMED_OUT)).isZero();
    a.next().decide(Verdict.proceed());
    b.next().decide(Verdict.proceed());
    b.next().decide(Verdict.proceed());
  }

  @Test
  void membersOfAnyKind_decideTogether_andOneThatIsFullVotesToo() {
    String name = name("kinds", "mixed");
    a.on(name, Verdict.proceed());
    assertThat(ask(name).getRcode()).isEqualTo(Rcode.NOERROR);

    String held = name("hold", "mixed");
    a.on(held, Verdict.proceed());
    long withdrawn = node.count(WEB, SuspensionCounter.WITHDRAWN);
    try (UdpClient client = node.udp()) {
      int posted = web.posted().size();
      client.send(query(1, held, Type.A));
      await().until(() -> web.posted().size() > posted);
      assertThat(ask(name).getRcode()).isEqualTo(Rcode.NXDOMAIN);
      assertThat(node.count(WEB, SuspensionCounter.WITHDRAWN)).isEqualTo(withdrawn + 1);
      web.release(1);
      assertThat(DnsMessages.parse(client.receive()).getRcode()).isEqualTo(Rcode.NOERROR);
    }
  }

  @Test
  void breakerOfAMember_leavesItAlone_andItsOnTimeoutIsItsVote() {
    for (int i = 0; i < 2; i++) {
      String name = name("n" + i, "weak");
      a.on(name, Verdict.proceed());
      assertThat(ask(name).getRcode()).isEqualTo(Rcode.REFUSED);
    }
    assertThat(node.node().services().get(FRAGILE).breaker().isOpen()).isTrue();
    long asked = node.count(FRAGILE, SuspensionCounter.REQUESTS_SENT);
    String name = name("open", "weak");
    a.on(name, Verdict.proceed());
    assertThat(ask(name).getRcode()).isEqualTo(Rcode.REFUSED);
    assertThat(node.count(FRAGILE, SuspensionCounter.REQUESTS_SENT)).isEqualTo(asked);
    assertThat(node.count(FRAGILE, SuspensionCounter.REFUSED_BREAKER)).isPositive();
    fragile.forget();
  }

  @ParameterizedTest
  @ValueSource(strings = {"message", "pool", "name"})
  void verdictThatDoesNotFit_isNoVote(String kind) {
    String name = name(kind, "late");
    long rejected = node.count(BRIEF, SuspensionCounter.VERDICTS_REJECTED);
    a.on(name, Verdict.proceed());
    brief.on(
        name,
        switch (kind) {
          case "message" -> Verdict.answer(DnsMessages.answer("other.example", "192.0.2.1"));
          case "pool" -> Verdict.toPool("nowhere");
          default -> Verdict.changeName("a..b");
        });
    assertThat(ask(name).getRcode()).isEqualTo(Rcode.SERVFAIL);
    assertThat(node.count(BRIEF, SuspensionCounter.VERDICTS_REJECTED)).isEqualTo(rejected + 1);
  }

  /** The members have 30 s, for which no client waits. */
  @ParameterizedTest
  @ValueSource(strings = {"undecided", "pool"})
  void memberWithoutAVerdict_votesAsItsOnTimeout_atOnce(String kind) {
    String name = name(kind, "all");
    a.on(name, kind.equals("pool") ? Verdict.toPool("nowhere") : Verdict.undecided());
    b.on(name, Verdict.proceed());
    assertThat(ask(name).getRcode()).isEqualTo(Rcode.NXDOMAIN);
  }

  @Test
  void clientThatGoes_leavesNothingWithTheMembers() {
    long notNeeded = node.count(A, SuspensionCounter.NOT_NEEDED);
    TcpClient client = node.tcp();
    client.send(query(1, name("gone", "all"), Type.A));
    assertThat(a.next().name()).startsWith("gone");
    assertThat(b.next().name()).startsWith("gone");
    client.reset();
    node.awaitCount(A, SuspensionCounter.NOT_NEEDED, notNeeded + 1);
  }

  /** dnsdist's filters collide when clients choose one id; here nothing that they send is a key. */
  @Test
  void queriesOfOneId_toAGroupAndToAMemberAlone_neverMeet() {
    int n = 200;
    Set<Long> keys = new HashSet<>();
    try (UdpClient client = node.udp()) {
      for (int i = 0; i < n; i++) {
        client.send(query(0, name("n" + i, i % 2 == 0 ? "alone" : "all"), Type.A));
      }
      List<Held> held = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        held.add(a.next());
        keys.add(held.get(i).request().key().queryId());
      }
      assertThat(keys).hasSize(n);
      held.forEach(each -> each.decide(Verdict.rcode(Rcode.NXDOMAIN)));
      for (int i = 0; i < n / 2; i++) {
        b.next().decide(Verdict.proceed());
      }
      for (int i = 0; i < n; i++) {
        assertThat(DnsMessages.parse(client.receive()).getRcode()).isEqualTo(Rcode.NXDOMAIN);
      }
    }
  }

  private static Message ask(String name) {
    try (UdpClient client = node.udp()) {
      return client.ask(query(7, name, Type.A));
    }
  }

  private static String name(String label, String group) {
    return label + "." + group + ".wild.anteroom.test";
  }
}
