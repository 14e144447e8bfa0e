// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import static io.anteroom.node.testing.Responses.answer;
import static io.anteroom.node.testing.Responses.negative;
import static io.anteroom.node.testing.Responses.query;
import static io.anteroom.node.testing.Responses.record;
import static io.anteroom.node.testing.Responses.secureQuery;
import static io.anteroom.node.testing.Responses.soa;
import static io.anteroom.node.testing.Responses.wire;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.CacheSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.wire.WireQuery;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class AnswerCacheTest {
  private static final String POOL = CacheRig.POOL;

  private final CacheRig rig = new CacheRig();
  private final AnswerCache cache = rig.cache;

  @Test
  void answer_isOfItsPoolOnly() {
    put("www.example");
    assertThat(cache.get("internal", query("www.example"))).isNull();
    cache.put("internal", query("www.example"), wire(address("www.example", "192.0.2.99")));
    assertThat(addresses(cache.get("internal", query("www.example")))).contains("192.0.2.99");
    assertThat(addresses(cache.get(POOL, query("www.example")))).contains("192.0.2.1");
  }

  @Test
  void answer_isForItsTypeClassAndFlagsOnly() {
    put("www.example");
    assertThat(rig.get("www.example", Type.AAAA)).isNull();
    assertThat(rig.get(secureQuery("www.example", Type.A))).isNull();
    byte[] other = DnsMessages.query(1, "www.example", Type.A);
    other[3] |= 0x10;
    assertThat(rig.get((WireQuery) WireQuery.parse(other))).as("CD").isNull();
    other[3] = 0;
    other[2] = 0;
    assertThat(rig.get((WireQuery) WireQuery.parse(other))).as("no RD").isNull();
    other[2] = 1;
    other[other.length - 1] = 3;
    assertThat(rig.get((WireQuery) WireQuery.parse(other))).as("class CH").isNull();
  }

  @Test
  void answer_isKeptWithoutItsOptRecord_andGivenWithOurs() {
    Message answer = address("www.example", "192.0.2.1");
    answer.addRecord(new OPTRecord(4096, 0, 0), Section.ADDITIONAL);
    rig.put(answer);
    assertThat(rig.get("www.example", Type.A).getOPT()).isNull();
    WireQuery edns =
        (WireQuery) WireQuery.parse(DnsMessages.ednsQuery(7, "www.example", Type.A, 1400));
    Message given = rig.get(edns);
    assertThat(given.getOPT().getPayloadSize()).isEqualTo(1232);
    assertThat(given.getHeader().getID()).isEqualTo(7);
  }

  @Test
  void answer_hasTheFlagsOfItsServerAndItsClient() {
    Message answer = address("www.example", "192.0.2.1");
    answer.getHeader().setFlag(Flags.AA);
    answer.getHeader().setFlag(Flags.AD);
    rig.put(answer);
    Message given = rig.get("www.example", Type.A);
    assertThat(given.getHeader().printFlags()).isEqualTo("qr rd ra ");
    byte[] wanting = DnsMessages.query(1, "www.example", Type.A);
    wanting[3] |= 0x20;
    assertThat(rig.get((WireQuery) WireQuery.parse(wanting)).getHeader().getFlag(Flags.AD))
        .isTrue();
  }

  /** Names in records that lead to the question are as whoever asks writes it. */
  @Test
  void names_areInTheCaseOfWhoAsks() {
    Message answer =
        answer(
            "wWw.eXaMpLe", Type.A, "wWw.eXaMpLe. 60 CNAME a.eXaMpLe.", "a.eXaMpLe. 60 A 1.2.3.4");
    rig.put(answer);
    assertThat(rig.get("WWW.Example", Type.A).getSection(Section.ANSWER))
        .extracting(record -> record.getName().toString())
        .containsExactly("WWW.Example.", "a.Example.");
  }

  /** Letters of our query were random, or another client's; some servers write them out. */
  @Test
  void names_thatAServerWroteOut_areInLowerCase() {
    rig.put(query("www.example"), uncompressed("wWw.eXaMpLe", "wWw.eXaMpLe"));
    assertThat(rig.get("WWW.Example", Type.A).getSection(Section.ANSWER).get(0).getName())
        .hasToString("www.example.");
  }

  @Test
  void truncatedAnswer_isNotKept() {
    Message cut = address("a.example", "192.0.2.1");
    cut.getHeader().setFlag(Flags.TC);
    assertThat(rig.put(cut)).isFalse();
  }

  /** RFC 5452 section 6: what nobody asked for must not be believed. */
  @Test
  void answer_withRecordsOfOtherNames_isNotKept_andCounted() {
    Message answer = address("www.example", "192.0.2.1");
    answer.addRecord(record("bank.test. 60 A 192.0.2.66"), Section.ANSWER);
    assertThat(rig.put(answer)).isFalse();
    assertThat(rig.count(Counter.CACHE_UNRELATED)).isOne();
    assertThat(rig.get("bank.test", Type.A)).isNull();
    assertThat(rig.get("www.example", Type.A)).isNull();
  }

  /** What comes along in other sections is never an answer to a question of its own. */
  @Test
  void additionalRecords_answerNoQuestion() {
    Message answer = address("www.example", "192.0.2.1");
    answer.addRecord(record("bank.test. 60 A 192.0.2.66"), Section.ADDITIONAL);
    answer.addRecord(record("test. 60 NS bank.test."), Section.AUTHORITY);
    assertThat(rig.put(answer)).isTrue();
    assertThat(rig.get("bank.test", Type.A)).isNull();
    assertThat(rig.get("test", Type.NS)).isNull();
  }

  @Test
  void aliases_areFollowed_inWhateverOrderTheyCome() {
    assertThat(
            rig.put(
                answer(
                    "a.example",
                    Type.A,
                    "c.test. 60 A 192.0.2.1",
                    "b.test. 60 CNAME c.test.",
                    "a.example. 60 CNAME b.test.")))
        .isTrue();
    assertThat(rig.get("a.example", Type.A).getSection(Section.ANSWER)).hasSize(3);
  }

  /** Each alias would cost a walk over all records, which may be thousands. */
  @Test
  void aliasesBehindHundredsOfAddresses_areNotFollowed() {
    Message late = answer("a.example", Type.A);
    for (int i = 0; i < 300; i++) {
      late.addRecord(
          record("b.test. 60 A 192.0.%d.%d".formatted(i / 256, i % 256)), Section.ANSWER);
    }
    late.addRecord(record("a.example. 60 CNAME b.test."), Section.ANSWER);
    assertThat(rig.put(late)).isFalse();
    assertThat(rig.count(Counter.CACHE_UNRELATED)).isOne();
  }

  /** It would be another name every second, and soon none at all. */
  @Test
  void alias_thatPointsIntoATtl_isNotKept() {
    byte[] answer =
        answer("a.e", Type.A, "a.e. 23134208 A 192.0.2.1", "a.e. 60 CNAME a.e.").toWire();
    int ttl = 12 + 5 + 4 + 2 + 4;
    answer[answer.length - 1] = (byte) ttl;
    assertThat(rig.put(query("a.e"), answer)).isFalse();
  }

  @Test
  void aliasesOfAWholeTree_areFollowed() {
    assertThat(
            rig.put(
                answer(
                    "a.b.example",
                    Type.A,
                    "b.example. 60 DNAME c.test.",
                    "a.b.example. 60 CNAME a.c.test.",
                    "a.c.test. 60 A 192.0.2.1")))
        .isTrue();
  }

  @Test
  void aliasesThatLeadInACircle_areNoAnswer() {
    Message loop =
        answer("a.example", Type.A, "a.example. 60 CNAME b.test.", "b.test. 60 CNAME a.example.");
    assertThat(rig.put(loop)).isFalse();
    loop.addRecord(soa("example.", 60, 60), Section.AUTHORITY);
    assertThat(rig.put(loop)).as("with an SOA record it says that there is nothing").isTrue();
    assertThat(rig.get("a.example", Type.A).getSection(Section.ANSWER)).hasSize(2);
  }

  @Test
  void aliasesWithoutEnd_areNotKept() {
    Message chain =
        answer(
            "n0.example",
            Type.A,
            IntStream.range(0, 40)
                .mapToObj(i -> "n%d.example. 60 CNAME n%d.example.".formatted(i, i + 1))
                .toArray(String[]::new));
    chain.addRecord(record("n40.example. 60 A 192.0.2.1"), Section.ANSWER);
    assertThat(rig.put(chain)).isFalse();
    assertThat(rig.count(Counter.CACHE_UNRELATED)).isOne();
  }

  @Test
  void answer_ofThousandsOfRecords_isGivenWhole() {
    byte[] many = many(address("www.example", "192.0.2.1").toWire(), 4_000);
    assertThat(rig.put(query("www.example"), many)).isTrue();
    rig.pass(10);
    Message given = rig.get("www.example", Type.A);
    assertThat(given.getSection(Section.ANSWER)).hasSize(4_000);
    assertThat(given.getSection(Section.ANSWER)).allMatch(record -> record.getTTL() == 50);
  }

  /** As many as a message has room for: 5,459. */
  @Test
  void answer_ofAsManyRecordsAsThereCanBe_isGivenWhole() {
    byte[] question = DnsMessages.query(1, "x", 65_280);
    question[2] = (byte) 0x81;
    int count = (0xffff - question.length) / 12;
    ByteBuffer message = ByteBuffer.allocate(question.length + 12 * count).put(question);
    for (int i = 0; i < count; i++) {
      message.putShort((short) 0xc00c).putShort((short) 65_280).putShort((short) 1).putInt(60);
      message.putShort((short) 0);
    }
    message.putShort(6, (short) count);
    assertThat(rig.put(query("x", 65_280), message.array())).isTrue();
    assertThat(rig.cache.get(POOL, query("x", 65_280))).hasSize(message.capacity());
  }

  @Test
  void answers_aboveTheBound_pushOthersOut_andAreNeverRefused() {
    CacheRig small = new CacheRig(10_000, CacheSettings.DEFAULT);
    for (int i = 0; i < 1_000; i++) {
      assertThat(small.put(address("n" + i + ".example", "192.0.2.1"))).isTrue();
    }
    assertThat(small.cache.size()).isLessThan(40);
    assertThat(small.cache.bytes()).isBetween(5_000L, 10_000L);
    assertThat(small.count(Counter.CACHE_EVICTIONS)).isEqualTo(1_000 - small.cache.size());
  }

  @Test
  void cache_ofNoBytes_orSwitchedOff_holdsNothing() {
    for (CacheRig none :
        new CacheRig[] {
          new CacheRig(0, CacheSettings.DEFAULT), new CacheRig(CacheSettings.DEFAULT.off())
        }) {
      assertThat(none.put(address("a.example", "192.0.2.1"))).isFalse();
      assertThat(none.cache.putFailure(POOL, query("a.example"))).isFalse();
      assertThat(none.get("a.example", Type.A)).isNull();
    }
  }

  @Test
  void purge_forgetsWhatItIsAskedTo_andSaysHowMuch() {
    fill();
    assertThat(purge("WWW.example", false, null)).isEqualTo(2);
    fill();
    assertThat(purge("example.", true, null)).isEqualTo(4);
    assertThat(rig.get("www.example", Type.A)).isNull();
    assertThat(rig.get("notexample", Type.A)).isNotNull();
    fill();
    assertThat(purge(null, false, "internal")).isOne();
    assertThat(purge(null, false, null)).isEqualTo(4);
    assertThat(cache.size()).isZero();
  }

  @Test
  void purge_ofWhatIsNotThere_isZero() {
    fill();
    assertThat(purge("other.example", false, null)).isZero();
    assertThat(purge("test", true, null)).isZero();
    assertThat(purge(null, false, "nobody")).isZero();
  }

  private long purge(@Nullable String name, boolean subtree, @Nullable String pool) {
    WireName of = name == null ? null : WireName.parse(name);
    rig.pass(1);
    long gone =
        cache.purge(List.of(new Purge(Purge.Target.ANSWERS, of, subtree, pool, 0, Purge.ANY)))[0];
    rig.pass(1);
    return gone;
  }

  @Test
  void purge_ofANameBelowOneThatDoesNotExist_takesThatToo() {
    rig.put(negative("none.example", Type.A, Rcode.NXDOMAIN, 60, 60));
    assertThat(purge("a.none.example", false, null)).isOne();
    assertThat(purge("none.example", false, null)).isZero();
  }

  private void fill() {
    put("www.example");
    put("notexample");
    rig.put(answer("www.example", Type.AAAA, "www.example. 60 AAAA ::1"));
    rig.put(negative("none.example", Type.A, Rcode.NXDOMAIN, 60, 60));
    cache.put("internal", query("in.example"), wire(address("in.example", "192.0.2.2")));
  }

  @Test
  void list_tellsWhatIsThere_upToItsLimit() {
    fill();
    rig.pass(10);
    assertThat(rig.get("notexample", Type.A)).isNotNull();
    CachedLine line = cache.list(10, WireName.parse("notexample")::equals).get(0);
    int bytes = AnswerCache.OVERHEAD + 12 + 14 + 2 + 16;
    assertThat(line)
        .isEqualTo(new CachedLine(WireName.parse("notexample"), Type.A, 1, POOL, 0, 50, bytes, 1));
    assertThat(cache.list(10)).hasSize(5);
    assertThat(cache.list(3)).hasSize(3);
  }

  @Test
  void stats_tellHowFullItIs() {
    fill();
    CacheStats stats = cache.stats();
    assertThat(stats.entries()).isEqualTo(5);
    assertThat(stats.bytes()).isEqualTo(cache.list(10).stream().mapToLong(CachedLine::bytes).sum());
    assertThat(stats.maxBytes()).isEqualTo(1 << 20);
  }

  private void put(String name) {
    assertThat(rig.put(address(name, "192.0.2.1"))).isTrue();
  }

  private static Message address(String name, String address) {
    return answer(name, Type.A, name + ". 60 A " + address);
  }

  private static String addresses(byte[] answer) {
    return DnsMessages.addresses(DnsMessages.parse(answer)).toString();
  }

  /** An answer to a name in lower case whose record has its owner written out. */
  private static byte[] uncompressed(String name, String owner) {
    byte[] question = DnsMessages.query(1, name, Type.A);
    question[2] = (byte) 0x81;
    question[7] = 1;
    byte[] wire = Name.fromConstantString(owner + ".").toWire();
    return ByteBuffer.allocate(question.length + wire.length + 14)
        .put(question)
        .put(wire)
        .putInt(0x00010001)
        .putInt(60)
        .putShort((short) 4)
        .putInt(0x01020304)
        .array();
  }

  /** Repeats the one record of an answer. */
  private static byte[] many(byte[] answer, int times) {
    ByteBuffer many = ByteBuffer.allocate(answer.length + (times - 1) * 16).put(answer);
    for (int i = 1; i < times; i++) {
      many.put(answer, answer.length - 16, 12).putInt(i);
    }
    return many.putShort(6, (short) times).array();
  }
}
