// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rate;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.config.Addresses;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.wire.WireQuery;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class ResponseLimiterTest {
  private static final String CLIENT = "192.0.2.1";

  private long now = 5;

  private ResponseLimiter limiter(String settings) throws Exception {
    var read = NodeConfiguration.parse("anteroom.response-rate-limit { " + settings + " }");
    return new ResponseLimiter(read.settings().responseLimit(), now, () -> {});
  }

  private RrlDecision decision(ResponseLimiter limiter, String client, Message answer) {
    var query =
        (WireQuery)
            WireQuery.parse(
                DnsMessages.query(
                    1, answer.getQuestion().getName().toString(), answer.getQuestion().getType()));
    return limiter.decision(Addresses.literal(client), query, answer.toWire(), now);
  }

  private Map<RrlDecision, Integer> fates(ResponseLimiter limiter, Message answer, int n) {
    Map<RrlDecision, Integer> fates = new EnumMap<>(RrlDecision.class);
    for (int i = 0; i < n; i++) {
      fates.merge(decision(limiter, CLIENT, answer), 1, Integer::sum);
    }
    return fates;
  }

  private static Message answer(String name, int type, int rcode) {
    Message answer = DnsMessages.message(1, name, type);
    answer.getHeader().setFlag(Flags.QR);
    answer.getHeader().setRcode(rcode);
    return answer;
  }

  private static Message address(String name) throws Exception {
    Message answer = answer(name, Type.A, Rcode.NOERROR);
    answer.addRecord(record(name, "A", "192.0.2.9"), Section.ANSWER);
    return answer;
  }

  /** With the SOA record of a zone; none if that is empty. */
  private static Message noName(String name, String zone) throws Exception {
    Message answer = answer(name, Type.A, Rcode.NXDOMAIN);
    if (!zone.isEmpty()) {
      answer.addRecord(record(zone, "SOA", "ns.example. h.example. 1 2 3 4 5"), Section.AUTHORITY);
    }
    return answer;
  }

  private static Record record(String name, String type, String data) throws Exception {
    return Record.fromString(
        Name.fromString(name, Name.root), Type.value(type), DClass.IN, 60, data, Name.root);
  }

  @Test
  void equal_aboveTheDefault_everySecondIsTruncatedAndTheRestDropped() throws Exception {
    assertThat(fates(limiter(""), address("www.example."), 300))
        .isEqualTo(Map.of(RrlDecision.SEND, 200, RrlDecision.TRUNCATE, 50, RrlDecision.DROP, 50));
  }

  @ParameterizedTest
  @CsvSource({"0, 0, 60", "1, 60, 0", "2, 30, 30", "3, 20, 40", "10, 6, 54"})
  void equal_slip_saysHowManyAreTruncated(int slip, int truncated, int dropped) throws Exception {
    ResponseLimiter limiter = limiter("responses-per-second = 5, slip = " + slip);
    Map<RrlDecision, Integer> fates = fates(limiter, address("www.example."), 65);
    assertThat(fates.getOrDefault(RrlDecision.SEND, 0)).isEqualTo(5);
    assertThat(fates.getOrDefault(RrlDecision.TRUNCATE, 0)).isEqualTo(truncated);
    assertThat(fates.getOrDefault(RrlDecision.DROP, 0)).isEqualTo(dropped);
  }

  @Test
  void equal_asTimeGoesBy_theRateIsSent() throws Exception {
    ResponseLimiter limiter = limiter("responses-per-second = 10, slip = 0");
    int sent = 0;
    for (int i = 0; i < 1000; i++) {
      sent += decision(limiter, CLIENT, address("www.example.")) == RrlDecision.SEND ? 1 : 0;
      now += 10_000_000;
    }
    assertThat(sent).as("in 10 s").isBetween(108, 110);
  }

  @Test
  void burst_isWhatMayComeAtOnce() throws Exception {
    assertThat(fates(limiter("responses-per-second = 10, burst = 30, slip = 0"), address("a."), 50))
        .isEqualTo(Map.of(RrlDecision.SEND, 30, RrlDecision.DROP, 20));
  }

  /** Whether the second uses up what the first may have. */
  private boolean areEqual(Message one, Message two) throws Exception {
    ResponseLimiter limiter = limiter("responses-per-second = 1");
    assertThat(decision(limiter, CLIENT, one)).isEqualTo(RrlDecision.SEND);
    return decision(limiter, CLIENT, two) != RrlDecision.SEND;
  }

  @Test
  void records_areEqualByNameAndType() throws Exception {
    Message www = address("www.example.");
    Message other = answer("www.example.", Type.AAAA, Rcode.NOERROR);
    other.addRecord(record("www.example.", "AAAA", "2001:db8::1"), Section.ANSWER);
    assertThat(areEqual(www, address("WWW.Example."))).isTrue();
    assertThat(areEqual(www, other)).isFalse();
    assertThat(areEqual(www, address("ftp.example."))).isFalse();
  }

  @Test
  void noData_isEqualByName() throws Exception {
    Message none = answer("www.example.", Type.A, Rcode.NOERROR);
    assertThat(areEqual(none, answer("www.example.", Type.MX, Rcode.NOERROR))).isTrue();
    assertThat(areEqual(none, answer("ftp.example.", Type.A, Rcode.NOERROR))).isFalse();
    assertThat(areEqual(none, address("www.example."))).isFalse();
  }

  @Test
  void noName_isEqualByZone() throws Exception {
    Message one = noName("a.b.c.example.", "example.");
    assertThat(areEqual(one, noName("x.example.", "example."))).isTrue();
    assertThat(areEqual(one, noName("a.b.c.d.example.", "d.example."))).isFalse();
    assertThat(areEqual(one, noName("a.b.c.example.", "."))).isFalse();
  }

  @Test
  void noName_withoutItsZone_isEqualByParent() throws Exception {
    assertThat(areEqual(noName("a.example.", ""), noName("b.example.", ""))).isTrue();
    assertThat(areEqual(noName("a.example.", ""), noName("b.test.", ""))).isFalse();
    assertThat(areEqual(noName(".", ""), noName("test.", ""))).isTrue();
  }

  @Test
  void errors_areAllEqual() throws Exception {
    assertThat(
            areEqual(
                answer("www.example.", Type.A, Rcode.SERVFAIL),
                answer("other.test.", Type.MX, Rcode.REFUSED)))
        .isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 192.0.2.255, true",
    "192.0.2.1, 192.0.3.1, false",
    "2001:db8:0:10::1, 2001:db8:0:ff::1, true",
    "2001:db8:0:10::1, 2001:db8:0:110::1, false",
    "192.0.2.1, 2001:db8::1, false"
  })
  void clients_ofOneNetwork_areOne(String one, String two, boolean same) throws Exception {
    ResponseLimiter limiter = limiter("responses-per-second = 1");
    assertThat(decision(limiter, one, address("a."))).isEqualTo(RrlDecision.SEND);
    assertThat(decision(limiter, two, address("a.")) != RrlDecision.SEND).isEqualTo(same);
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, true",
    "127.1.2.3, true",
    "::1, true",
    "192.0.2.1, false",
    "2001:db8::1, false"
  })
  void loopback_isExempt(String client, boolean exempt) throws Exception {
    assertThat(limiter("").isExempt(Addresses.literal(client))).isEqualTo(exempt);
    assertThat(limiter("exempt = []").isExempt(Addresses.literal(client))).isFalse();
  }
}
