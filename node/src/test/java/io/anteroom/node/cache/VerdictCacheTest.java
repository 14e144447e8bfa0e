// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.Rules;
import io.anteroom.node.flow.Session;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.Decision;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class VerdictCacheTest {
  private static final int SERVICE = 7;
  private static final String ALICE = "192.0.2.1";
  private static final String BOB = "2001:db8::2";
  private static final Verdict REFUSED = Verdict.rcode(Rcode.REFUSED).holdsFor(minutes(5));

  private final AtomicLong now = new AtomicLong(1);
  private final VerdictCache cache = new VerdictCache(1 << 20, now::get);

  private static Duration minutes(int n) {
    return Duration.ofMinutes(n);
  }

  @Test
  void verdict_isForItsClientOnly_whateverPortItAsksFrom() {
    put("www.example", ALICE, REFUSED);

    assertThat(get("www.EXAMPLE", ALICE)).isEqualTo(REFUSED);
    assertThat(get("www.example", BOB)).isNull();
    assertThat(get("www.example", "192.0.2.2")).isNull();
  }

  @Test
  void verdictForEveryone_isForAllClients() {
    put("www.example", ALICE, REFUSED.forEveryone());

    assertThat(get("www.example", BOB)).isEqualTo(REFUSED.forEveryone());
  }

  @Test
  void clientsOwnVerdict_winsOverThatForEveryone() {
    Verdict own = Verdict.proceed().holdsFor(minutes(5));
    put("www.example", ALICE, own);
    put("www.example", BOB, REFUSED.forEveryone());

    assertThat(get("www.example", ALICE)).isEqualTo(own);
    assertThat(get("www.example", BOB)).isEqualTo(REFUSED.forEveryone());
  }

  @Test
  void verdictForAnIdentity_isForIt_afterThatForTheAddress_andBeforeThatForEveryone() {
    Verdict anna = Verdict.drop().holdsFor(minutes(5)).forIdentity();
    Verdict own = Verdict.proceed().holdsFor(minutes(5));
    assertThat(putAs("anna", "www.example", ALICE, anna)).isTrue();
    put("www.example", BOB, REFUSED.forEveryone());

    assertThat(getAs("anna", "www.example", BOB)).isEqualTo(anna);
    assertThat(getAs("carl", "www.example", ALICE)).isEqualTo(REFUSED.forEveryone());
    assertThat(get("www.example", ALICE)).isEqualTo(REFUSED.forEveryone());
    put("www.example", BOB, own);
    assertThat(getAs("anna", "www.example", BOB)).isEqualTo(own);
  }

  @Test
  void verdictForAnIdentity_isForNamesBelow_ifItSaysSo() {
    Verdict anna = Verdict.drop().holdsFor(minutes(5)).forIdentity();
    putAs("anna", "example", ALICE, anna.withSubtree());
    putAs("anna", "www.example", ALICE, anna);

    assertThat(getAs("anna", "a.b.example", BOB)).isEqualTo(anna.withSubtree());
    assertThat(getAs("anna", "a.www.example", BOB)).isEqualTo(anna.withSubtree());
    assertThat(getAs("carl", "a.b.example", ALICE)).isNull();
  }

  @Test
  void verdictForAnIdentity_aboutAClientWithoutOne_isNotKept() {
    assertThat(put("www.example", ALICE, REFUSED.forIdentity())).isFalse();
    assertThat(get("www.example", ALICE)).isNull();
    assertThat(get("www.example", BOB)).isNull();
  }

  private boolean putAs(String identity, String name, String client, Verdict verdict) {
    Query query = as(identity, query(name, client));
    return cache.put(query, SERVICE, Stage.QUERY, 0, verdict, now.get());
  }

  private @Nullable Verdict getAs(String identity, String name, String client) {
    return cache.get(suspend(as(identity, query(name, client))), Stage.QUERY);
  }

  private static Query as(String identity, Query query) {
    return query.withClient(query.client().withSession(Session.of("", "", identity)));
  }

  @Test
  void verdict_thatDoesNotHold_isNotKept() {
    assertThat(put("www.example", ALICE, Verdict.drop().forEveryone())).isFalse();
    assertThat(put("www.example", ALICE, Verdict.addresses(0, address(ALICE)).holdsFor(minutes(5))))
        .isFalse();
    assertThat(cache.size()).isZero();
  }

  @Test
  void verdict_isGone_whenItsTimeIsOver() {
    put("www.example", ALICE, REFUSED);
    pass(Duration.ofSeconds(299));
    assertThat(get("www.example", ALICE)).isNotNull();
    pass(Duration.ofSeconds(1));
    assertThat(get("www.example", ALICE)).isNull();
  }

  @Test
  void laterVerdict_takesThePlaceOfTheFirst_andHasItsOwnTime() {
    put("www.example", ALICE, Verdict.drop().holdsFor(Duration.ofSeconds(10)));
    pass(Duration.ofSeconds(5));
    put("www.example", ALICE, REFUSED);
    pass(Duration.ofSeconds(290));
    assertThat(get("www.example", ALICE)).isEqualTo(REFUSED);
    assertThat(cache.size()).isEqualTo(1);
  }

  @Test
  void verdict_isForItsTypeClassStageRuleServiceAndPoolOnly() {
    Query query = query("www.example", ALICE);
    assertThat(cache.put(query, SERVICE, Stage.QUERY, 3, REFUSED, 0)).isTrue();

    assertThat(cache.get(new RuleOutcome.Suspend(query, SERVICE, 9, 3), Stage.QUERY)).isNotNull();
    assertThat(cache.get(new RuleOutcome.Suspend(query, SERVICE, 5, 4), Stage.QUERY)).isNull();
    assertThat(cache.get(new RuleOutcome.Suspend(query, 8, 4, 3), Stage.QUERY)).isNull();
    assertThat(cache.get(new RuleOutcome.Suspend(query, SERVICE, 4, 3), Stage.RESPONSE)).isNull();
    Query other = query.withPool("internal");
    assertThat(cache.get(new RuleOutcome.Suspend(other, SERVICE, 4, 3), Stage.QUERY)).isNull();
    Query mx = query("www.example", ALICE, Type.MX, Rules.NONE);
    assertThat(cache.get(new RuleOutcome.Suspend(mx, SERVICE, 4, 3), Stage.QUERY)).isNull();
  }

  private static Rules generation(int number) {
    return new Rules() {
      @Override
      public RuleOutcome run(Stage stage, Query query, int from) {
        return new RuleOutcome.Next(query);
      }

      @Override
      public int generation() {
        return number;
      }
    };
  }

  @Test
  void rulesReadAnew_askAnew() {
    Rules before = generation(1);
    Query query = query("www.example", ALICE, Type.A, before);
    cache.put(query, SERVICE, Stage.QUERY, 0, REFUSED, 0);

    assertThat(cache.get(suspend(query), Stage.QUERY)).isNotNull();
    Query later = query("www.example", ALICE, Type.A, generation(2));
    assertThat(cache.get(suspend(later), Stage.QUERY)).isNull();
  }

  @Test
  void subtree_isForAllNamesBelow_theNearestFirst() {
    Verdict near = Verdict.drop().holdsFor(minutes(5)).forEveryone().withSubtree();
    put("example", ALICE, REFUSED.forEveryone().withSubtree());
    put("a.example", ALICE, near);

    assertThat(get("x.example", BOB)).isEqualTo(REFUSED.forEveryone().withSubtree());
    assertThat(get("y.x.a.example", BOB)).isEqualTo(near);
    assertThat(get("other", BOB)).isNull();
  }

  @Test
  void subtree_ofAClient_isForThatClientOnly() {
    put("example", ALICE, REFUSED.withSubtree());

    assertThat(get("www.example", ALICE)).isNotNull();
    assertThat(get("www.example", BOB)).isNull();
  }

  @Test
  void verdictWithoutSubtree_isNotForNamesBelow_thoughAnotherIs() {
    put("other", ALICE, REFUSED.withSubtree());
    put("example", ALICE, REFUSED);

    assertThat(get("www.example", ALICE)).isNull();
  }

  @Test
  void clientsOwnVerdictAboutTheNameAbove_doesNotHideTheSubtreeForEveryone() {
    put("example", BOB, REFUSED.forEveryone().withSubtree());
    put("example", ALICE, Verdict.proceed().holdsFor(minutes(5)));

    assertThat(get("www.example", ALICE)).isEqualTo(REFUSED.forEveryone().withSubtree());
    assertThat(get("example", ALICE)).isEqualTo(Verdict.proceed().holdsFor(minutes(5)));
  }

  @Test
  void subtree_isGone_whenItsTimeIsOver() {
    put("example", ALICE, REFUSED.withSubtree());
    pass(minutes(5));

    assertThat(get("www.example", ALICE)).isNull();
  }

  @Test
  void addresses_holdNoLongerThanTheirTtl_andCountDown() {
    Verdict verdict = Verdict.addresses(60, address(ALICE)).holdsFor(minutes(5));
    put("www.example", ALICE, verdict);

    pass(Duration.ofMillis(20_001));
    assertThat(((Decision.Addresses) get("www.example", ALICE).decision()).ttlSeconds())
        .isEqualTo(39);
    pass(Duration.ofSeconds(40));
    assertThat(get("www.example", ALICE)).isNull();
  }

  @Test
  void addresses_haveNoTtlBeyondTheTimeThatTheyHold() {
    put(
        "www.example",
        ALICE,
        Verdict.addresses(86_400, address(ALICE)).holdsFor(Duration.ofSeconds(30)));

    pass(Duration.ofSeconds(10));
    assertThat(((Decision.Addresses) get("www.example", ALICE).decision()).ttlSeconds())
        .isEqualTo(20);
  }

  @Test
  void message_holdsNoLongerThanItsSmallestTtl_andCountsDown() throws Exception {
    Message message = message("www.example", 300, 60);
    put("www.example", ALICE, Verdict.answer(message.toWire()).holdsFor(minutes(5)));

    pass(Duration.ofSeconds(20));
    Message replayed =
        new Message(((Decision.Answer) get("www.example", ALICE).decision()).message());
    assertThat(replayed.getSection(Section.ANSWER))
        .extracting(org.xbill.DNS.Record::getTTL)
        .containsExactly(40L, 40L);
    pass(Duration.ofSeconds(40));
    assertThat(get("www.example", ALICE)).isNull();
  }

  @Test
  void message_hasNoTtlBeyondTheTimeThatItHolds() throws Exception {
    put(
        "www.example",
        ALICE,
        Verdict.answer(message("www.example", 300).toWire()).holdsFor(Duration.ofSeconds(30)));

    pass(Duration.ofSeconds(10));
    Message replayed =
        new Message(((Decision.Answer) get("www.example", ALICE).decision()).message());
    assertThat(replayed.getSection(Section.ANSWER).get(0).getTTL()).isEqualTo(20);
  }

  @Test
  void message_withoutRecords_holdsAsLongAsWasSaid() {
    Message refusal = new Message(1);
    refusal.getHeader().setFlag(Flags.QR);
    refusal.getHeader().setRcode(Rcode.REFUSED);
    refusal.addRecord(DnsMessages.question("www.example", Type.A), Section.QUESTION);
    put("www.example", ALICE, Verdict.answer(refusal.toWire()).holdsFor(minutes(5)));

    pass(Duration.ofSeconds(299));
    assertThat(((Decision.Answer) get("www.example", ALICE).decision()).message())
        .isEqualTo(refusal.toWire());
  }

  @Test
  void negativeMessage_holdsNoLongerThanItsSoaSays() throws Exception {
    Message negative = message("www.example");
    negative.getHeader().setRcode(Rcode.NXDOMAIN);
    Name zone = Name.fromString("example.");
    negative.addRecord(
        new SOARecord(zone, DClass.IN, 3600, zone, zone, 1, 1, 1, 1, 30), Section.AUTHORITY);
    put("www.example", ALICE, Verdict.answer(negative.toWire()).holdsFor(minutes(5)));

    pass(Duration.ofSeconds(29));
    assertThat(get("www.example", ALICE)).isNotNull();
    pass(Duration.ofSeconds(1));
    assertThat(get("www.example", ALICE)).isNull();
  }

  @Test
  void message_withTtlZeroOrTruncated_isNotKept() {
    assertThat(
            put(
                "www.example",
                ALICE,
                Verdict.answer(message("www.example", 0).toWire()).holdsFor(minutes(5))))
        .isFalse();
    Message truncated = message("www.example");
    truncated.getHeader().setFlag(Flags.TC);
    assertThat(put("www.example", ALICE, Verdict.answer(truncated.toWire()).holdsFor(minutes(5))))
        .isFalse();
  }

  @Test
  void message_isForNoNameBelow() {
    put(
        "www.example",
        ALICE,
        Verdict.answer(message("www.example", 300).toWire()).holdsFor(minutes(5)).withSubtree());

    assertThat(get("www.example", ALICE)).isNotNull();
    assertThat(get("a.www.example", ALICE)).isNull();
  }

  @Test
  void cache_holdsNoMoreThanItsBytes_andCountsWhatHadToGo() {
    VerdictCache small = new VerdictCache(10_000, now::get);
    for (int i = 0; i < 1000; i++) {
      Verdict verdict = REFUSED.withSubtree();
      small.put(query("n" + i + ".example", ALICE), SERVICE, Stage.QUERY, 0, verdict, 0);
    }

    assertThat(small.bytes()).isBetween(5_000L, 10_000L);
    assertThat(small.size()).isBetween(10L, 30L);
    assertThat(small.evicted()).isEqualTo(1000 - small.size());
  }

  @Test
  void cacheOfNoBytes_keepsNothing() {
    VerdictCache none = new VerdictCache(0, now::get);
    Query query = query("www.example", ALICE);

    assertThat(none.put(query, SERVICE, Stage.QUERY, 0, REFUSED, 0)).isFalse();
    assertThat(none.get(suspend(query), Stage.QUERY)).isNull();
  }

  @Test
  void purge_takesWhatItMeans_andSaysHowMuch() {
    put("www.example", ALICE, REFUSED);
    put("www.example", BOB, REFUSED.forEveryone());
    put("a.www.example", ALICE, REFUSED);
    put("other", ALICE, REFUSED);

    assertThat(cache.purge(List.of(purge(8, "www.example", true)))).containsExactly(0);
    assertThat(
            cache.purge(List.of(purge(SERVICE, "WWW.example", false), purge(7, "example", true))))
        .containsExactly(2, 1);
    assertThat(get("other", ALICE)).isNotNull();
    assertThat(cache.purge(List.of(Purge.everything(Purge.Target.ANSWERS)))).containsExactly(0);
    assertThat(cache.purge(List.of(Purge.verdicts(SERVICE, null, false)))).containsExactly(1);
    assertThat(cache.size()).isZero();
  }

  /** Or else a query for the name would still be answered by it. */
  @Test
  void purgeOfAName_takesVerdictsAboutNamesAbove_thatAreAboutItToo() {
    put("example", ALICE, REFUSED.forEveryone().withSubtree());
    put("test", ALICE, REFUSED.forEveryone().withSubtree());
    put("example", BOB, REFUSED);

    assertThat(cache.purge(List.of(purge(SERVICE, "www.example", false)))).containsExactly(1);
    assertThat(get("www.example", ALICE)).isNull();
    assertThat(get("www.test", ALICE)).isNotNull();
    assertThat(get("example", BOB)).isNotNull();
  }

  @Test
  void verdictAskedForBeforeAPurge_doesNotComeInAfterIt() {
    long before = now.get();
    pass(minutes(1));
    cache.purge(List.of(purge(SERVICE, "www.example", false)));

    Query query = query("www.example", ALICE);
    assertThat(cache.put(query, SERVICE, Stage.QUERY, 0, REFUSED, before)).isFalse();
    assertThat(cache.put(query("b", ALICE), SERVICE, Stage.QUERY, 0, REFUSED, before)).isTrue();
    assertThat(cache.put(query, 8, Stage.QUERY, 0, REFUSED, before)).isTrue();
    pass(minutes(1));
    assertThat(cache.put(query, SERVICE, Stage.QUERY, 0, REFUSED, now.get())).isTrue();
  }

  @Test
  void verdictAskedForBeforeMorePurgesThanAreKnown_doesNotComeIn() {
    long before = now.get();
    pass(minutes(1));
    for (int i = 0; i < 300; i++) {
      pass(Duration.ofSeconds(1));
      cache.purge(List.of(purge(SERVICE, "n" + i, false)));
    }
    long later = before + minutes(3).toNanos();

    Query query = query("www.example", ALICE);
    assertThat(cache.put(query, SERVICE, Stage.QUERY, 0, REFUSED, before)).isFalse();
    assertThat(cache.put(query, SERVICE, Stage.QUERY, 0, REFUSED, later)).isTrue();
  }

  private static Purge purge(int service, String name, boolean subtree) {
    return Purge.verdicts(service, WireName.parse(name), subtree);
  }

  private boolean put(String name, String client, Verdict verdict) {
    return cache.put(query(name, client), SERVICE, Stage.QUERY, 0, verdict, now.get());
  }

  private @Nullable Verdict get(String name, String client) {
    return cache.get(suspend(query(name, client)), Stage.QUERY);
  }

  private static RuleOutcome.Suspend suspend(Query query) {
    return new RuleOutcome.Suspend(query, SERVICE, 1, 0);
  }

  private int port = 40_000;

  private Query query(String name, String client) {
    return query(name, client, Type.A, Rules.NONE);
  }

  private Query query(String name, String client, int type, Rules rules) {
    return Query.of(
        (WireQuery) WireQuery.parse(DnsMessages.query(1, name, type)),
        new Client(new InetSocketAddress(address(client), port++), Transport.UDP, 0),
        rules);
  }

  private static InetAddress address(String text) {
    return NetUtil.createInetAddressFromIpAddressString(text);
  }

  /** An answer with an A record of each of these TTLs. */
  private static Message message(String name, long... ttls) {
    Message message = DnsMessages.message(1, name, Type.A);
    message.getHeader().setFlag(Flags.QR);
    for (int i = 0; i < ttls.length; i++) {
      Name owner = message.getQuestion().getName();
      InetAddress address = address("192.0.2." + i);
      message.addRecord(new ARecord(owner, DClass.IN, ttls[i], address), Section.ANSWER);
    }
    return message;
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }
}
