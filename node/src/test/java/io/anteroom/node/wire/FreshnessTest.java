// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/** RFC 8484 section 5.1. */
final class FreshnessTest {
  private static final Name NAME = Name.fromConstantString("www.example.");
  private static final Name ZONE = Name.fromConstantString("example.");

  private static Message answer(int rcode, Record... answers) {
    Message message = new Message(1);
    message.getHeader().setFlag(Flags.QR);
    message.getHeader().setRcode(rcode);
    message.addRecord(Record.newRecord(NAME, Type.TXT, DClass.IN), Section.QUESTION);
    for (Record each : answers) {
      message.addRecord(each, Section.ANSWER);
    }
    return message;
  }

  private static TXTRecord txt(long ttl) {
    return new TXTRecord(NAME, DClass.IN, ttl, "text");
  }

  private static SOARecord soa(long ttl, long minimum) {
    return new SOARecord(ZONE, DClass.IN, ttl, ZONE, ZONE, 1, 2, 3, 4, minimum);
  }

  private static int seconds(Message message) {
    return Freshness.seconds(message.toWire());
  }

  @Test
  void answer_isFreshForItsSmallestTtl_whateverOtherSectionsSay() {
    Message message = answer(Rcode.NOERROR, txt(300), txt(60), txt(120));
    message.addRecord(txt(1), Section.AUTHORITY);
    message.addRecord(txt(2), Section.ADDITIONAL);
    message.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);

    assertThat(seconds(message)).isEqualTo(60);
  }

  @Test
  void negativeAnswer_isFreshForTheSmallerNumberOfItsSoaRecord() {
    for (int rcode : new int[] {Rcode.NXDOMAIN, Rcode.NOERROR}) {
      Message byTtl = answer(rcode);
      byTtl.addRecord(soa(30, 900), Section.AUTHORITY);
      assertThat(seconds(byTtl)).isEqualTo(30);
      Message byMinimum = answer(rcode);
      byMinimum.addRecord(soa(900, 40), Section.AUTHORITY);
      assertThat(seconds(byMinimum)).isEqualTo(40);
    }
  }

  @Test
  void errors_andAnswersWithoutAnyTtl_areNotFresh() {
    assertThat(seconds(answer(Rcode.SERVFAIL, txt(60)))).isZero();
    assertThat(seconds(answer(Rcode.NOERROR))).isZero();
    assertThat(seconds(answer(Rcode.NOERROR, txt(0)))).isZero();
    Message truncated = answer(Rcode.NOERROR, txt(60));
    truncated.getHeader().setFlag(Flags.TC);
    assertThat(seconds(truncated)).isZero();
    byte[] header = new byte[12];
    assertThat(Freshness.seconds(header)).isZero();
  }

  @Test
  void brokenMessage_isNotReadBeyondItsEnd() {
    byte[] whole = answer(Rcode.NXDOMAIN, txt(60), soa(30, 20)).toWire();
    Random random = new Random(8);
    for (int i = 0; i < 20_000; i++) {
      byte[] broken = java.util.Arrays.copyOf(whole, 12 + random.nextInt(whole.length - 11));
      for (int change = 0; change < 3; change++) {
        broken[4 + random.nextInt(broken.length - 4)] = (byte) random.nextInt(256);
      }
      assertThat(Freshness.seconds(broken)).isNotNegative();
    }
  }
}
