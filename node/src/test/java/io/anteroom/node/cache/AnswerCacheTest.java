// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireQuery;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class AnswerCacheTest {
  private static final String POOL = "default";

  private final AtomicLong now = new AtomicLong(1);
  private final AnswerCache cache = cache(1 << 20);

  @Test
  void answer_isFoundAgain_withItsTtlCountedDown() {
    put("www.example", 300);
    pass(100);
    assertThat(ttl(get("WWW.example"))).isEqualTo(200);
  }

  @Test
  void answer_isGone_whenItsTtlHasRunOut() {
    put("www.example", 300);
    pass(301);
    assertThat(cache.get(POOL, query("www.example"))).isNull();
  }

  @Test
  void answer_isKeptNoLongerThanItsShortestTtl() {
    Message answer = answer("www.example", 300);
    answer.addRecord(address("www.example", 10), Section.ANSWER);
    assertThat(cache.put(POOL, query("www.example"), wire(answer))).isTrue();
    pass(11);
    assertThat(cache.get(POOL, query("www.example"))).isNull();
  }

  @Test
  void answer_isOfItsPoolOnly() {
    put("www.example", 300);
    assertThat(cache.get("internal", query("www.example"))).isNull();
  }

  @Test
  void answer_isForItsDoBitOnly() {
    put("www.example", 300);
    WireQuery secure =
        (WireQuery)
            WireQuery.parse(
                DnsMessages.with(
                    DnsMessages.message(1, "www.example", Type.A),
                    new OPTRecord(1232, 0, 0, 0x8000)));
    assertThat(cache.get(POOL, secure)).isNull();
  }

  @Test
  void answer_isKeptWithoutItsOptRecord() {
    Message answer = answer("www.example", 300);
    answer.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);
    cache.put(POOL, query("www.example"), wire(answer));
    assertThat(get("www.example").hasEdns()).isFalse();
  }

  /** RFC 2308 section 5: for as long as the SOA record says, by its TTL and its minimum. */
  @ParameterizedTest
  @ValueSource(ints = {Rcode.NOERROR, Rcode.NXDOMAIN})
  void negativeAnswer_isKeptAsLongAsItsSoaSays(int rcode) {
    Message answer = negative("none.example", rcode, 600, 60);
    assertThat(cache.put(POOL, query("none.example"), wire(answer))).isTrue();
    pass(59);
    assertThat(get("none.example").rcode()).isEqualTo(rcode);
    pass(2);
    assertThat(cache.get(POOL, query("none.example"))).isNull();
  }

  @Test
  void negativeAnswer_withoutSoa_isNotKept() {
    Message answer = response("none.example");
    answer.getHeader().setRcode(Rcode.NXDOMAIN);
    assertThat(cache.put(POOL, query("none.example"), wire(answer))).isFalse();
  }

  @Test
  void answer_thatMustNotBeKept_isNot() {
    assertThat(cache.put(POOL, query("a.example"), wire(answer("a.example", 0)))).isFalse();
    Message cut = answer("a.example", 300);
    cut.getHeader().setFlag(Flags.TC);
    assertThat(cache.put(POOL, query("a.example"), wire(cut))).isFalse();
    assertThat(cache.get(POOL, query("a.example"))).isNull();
  }

  /** RFC 2181 section 8: a TTL with the top bit set is 0. */
  @Test
  void answer_withATtlAboveTheLimit_isNotKept() {
    byte[] message = answer("a.example", 0x0100_0000).toWire();
    int ttl = query("a.example").questionEnd() + 6;
    message[ttl] = (byte) 0x80;
    WireAnswer answer = Objects.requireNonNull(WireAnswer.parse(message));
    assertThat(cache.put(POOL, query("a.example"), answer)).isFalse();
  }

  @Test
  void answers_aboveTheBound_pushOthersOut_andAreNeverRefused() {
    AnswerCache small = cache(10_000);
    for (int i = 0; i < 1_000; i++) {
      String name = "n" + i + ".example";
      assertThat(small.put(POOL, query(name), wire(answer(name, 300)))).isTrue();
    }
    assertThat(small.size()).isLessThan(40);
  }

  @Test
  void cache_ofNoBytes_holdsNothing() {
    AnswerCache none = cache(0);
    assertThat(none.put(POOL, query("a.example"), wire(answer("a.example", 300)))).isFalse();
    assertThat(none.get(POOL, query("a.example"))).isNull();
  }

  private AnswerCache cache(long bytes) {
    return new AnswerCache(bytes, Map.of(), new Counters<>(Counter.class), now::get);
  }

  private void put(String name, long ttl) {
    assertThat(cache.put(POOL, query(name), wire(answer(name, ttl)))).isTrue();
  }

  private WireAnswer get(String name) {
    byte[] answer = Objects.requireNonNull(cache.get(POOL, query(name)));
    return Objects.requireNonNull(WireAnswer.parse(answer));
  }

  private void pass(long seconds) {
    now.addAndGet(Duration.ofSeconds(seconds).toNanos());
  }

  private static long ttl(WireAnswer answer) {
    return DnsMessages.parse(answer.bytes()).getSection(Section.ANSWER).get(0).getTTL();
  }

  private static WireQuery query(String name) {
    return (WireQuery) WireQuery.parse(DnsMessages.query(1, name, Type.A));
  }

  private static Message response(String name) {
    Message message = DnsMessages.message(1, name, Type.A);
    message.getHeader().setFlag(Flags.QR);
    return message;
  }

  private static Message answer(String name, long ttl) {
    Message message = response(name);
    message.addRecord(address(name, ttl), Section.ANSWER);
    return message;
  }

  private static Message negative(String name, int rcode, long ttl, long minimum) {
    Message message = response(name);
    message.getHeader().setRcode(rcode);
    Name zone = Name.fromConstantString("example.");
    message.addRecord(
        new SOARecord(zone, DClass.IN, ttl, zone, zone, 1, 3600, 600, 86400, minimum),
        Section.AUTHORITY);
    return message;
  }

  private static ARecord address(String name, long ttl) {
    return new ARecord(
        Name.fromConstantString(name + "."), DClass.IN, ttl, InetAddress.getLoopbackAddress());
  }

  private static WireAnswer wire(Message message) {
    return Objects.requireNonNull(WireAnswer.parse(message.toWire()));
  }
}
