// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Answers that scripts change, and those that they make. */
final class AnswerEditsTest {
  private static final Message QUERY = Packets.ednsQuery("WwW.example.com.", Type.A, 1232, 0x8000);
  private static final Name OWNER = QUERY.getQuestion().getName();

  private static byte[] answer() {
    Message answer = Packets.response(QUERY);
    answer.addRecord(Packets.record(OWNER, "A", "192.0.2.1"), Section.ANSWER);
    answer.addRecord(Packets.record(OWNER, "NS", "ns.example."), Section.AUTHORITY);
    answer.addRecord(Packets.record(OWNER, "AAAA", "2001:db8::1"), Section.ADDITIONAL);
    answer.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);
    return answer.toWire();
  }

  @Test
  void records_areListedWithTheirSections_withoutOpt() {
    assertThat(AnswerEdits.records(answer()))
        .containsExactly(
            new AnswerEdits.Head(1, 1, Type.A, 300),
            new AnswerEdits.Head(2, 1, Type.NS, 300),
            new AnswerEdits.Head(3, 1, Type.AAAA, 300));
    assertThat(AnswerEdits.records(new byte[5])).isEmpty();
  }

  @Test
  void ttls_areThoseGiven_oneForEachRecord() {
    byte[] before = answer();

    byte[] after = AnswerEdits.withTtls(before, new int[] {1, 2, 3});

    assertThat(AnswerEdits.records(after))
        .extracting(AnswerEdits.Head::ttlSeconds)
        .containsExactly(1, 2, 3);
    assertThat(before).isEqualTo(answer());
    assertThatThrownBy(() -> AnswerEdits.withTtls(before, new int[2]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void limitedTtls_areInTheRange() {
    assertThat(AnswerEdits.records(AnswerEdits.limitTtls(answer(), 400, 500)))
        .extracting(AnswerEdits.Head::ttlSeconds)
        .containsOnly(400);
  }

  @Test
  void readdressed_hasTheClientsHeaderAndEdns_andKeepsRaAndAd() throws Exception {
    Message upstream = new Message(answer());
    upstream.getHeader().setFlag(Flags.AD);
    upstream.getHeader().unsetFlag(Flags.RA);
    Message plain = Packets.query("WwW.example.com.", Type.A);
    plain.getHeader().unsetFlag(Flags.RD);

    Message answer = new Message(Answers.readdressed(Packets.parsed(plain), upstream.toWire()));

    assertThat(answer.getHeader().printFlags()).isEqualTo("qr ad ");
    assertThat(answer.getOPT()).isNull();
    assertThat(answer.getSection(Section.ANSWER)).hasSize(1);
    Message unreadable = new Message(Answers.readdressed(Packets.parsed(plain), new byte[12]));
    assertThat(unreadable.getRcode()).isEqualTo(Rcode.SERVFAIL);
  }

  @Test
  void negativeWithAdditional_hasTheSoaBeforeOpt() throws Exception {
    MadeAnswers.Soa soa =
        MadeAnswers.soa(
            WireName.parse("zone.example"),
            60,
            WireName.parse("ns.example"),
            WireName.parse("root.example"),
            4_294_967_295L,
            2,
            3,
            4,
            5);

    Message answer =
        new Message(
            MadeAnswers.negativeWithAdditional(Packets.parsed(QUERY), Rcodes.NXDOMAIN, soa));

    assertThat(answer.getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(answer.getSection(Section.AUTHORITY)).isEmpty();
    assertThat(answer.getSection(Section.ADDITIONAL)).hasSize(2);
    assertThat(answer.getSection(Section.ADDITIONAL).get(0))
        .hasToString("zone.example.\t\t60\tIN\tSOA\tns.example. root.example. 4294967295 2 3 4 5");
    assertThat(answer.getOPT().getFlags()).isEqualTo(0x8000);
  }

  @Test
  void flagsOfAHeader_areReadAndWrittenOneByOne() throws Exception {
    for (HeaderFlag flag : HeaderFlag.values()) {
      byte[] message = Packets.query("a.example.", Type.A).toWire();
      flag.put(message, true);
      HeaderFlag.putRcode(message, 9);

      Message read = new Message(message);

      assertThat(flag.isIn(message)).isTrue();
      assertThat(read.getHeader().getFlag(Flags.value(flag.name()))).as(flag.name()).isTrue();
      assertThat(HeaderFlag.rcode(message)).isEqualTo(read.getRcode()).isEqualTo(9);
      flag.put(message, false);
      assertThat(flag.isIn(message)).isFalse();
    }
  }
}
