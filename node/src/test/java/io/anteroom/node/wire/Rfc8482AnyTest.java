// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.xbill.DNS.HINFORecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** QTYPE ANY: RFC 8482 section 4.2. */
final class Rfc8482AnyTest {

  @Test
  void parse_any_isAQuery() {
    assertThat(Packets.parsed(Packets.query("example.com.", Type.ANY)).type()).isEqualTo(255);
  }

  @Test
  void refuseAny_isOneHinfo() throws Exception {
    for (Message query :
        new Message[] {
          Packets.query("Example.com.", Type.ANY),
          Packets.ednsQuery("Example.com.", Type.ANY, 1232, 0)
        }) {
      byte[] wire = Answers.refuseAny(Packets.parsed(query));
      assertThat(wire).hasSizeLessThan(query.toWire().length + 32);
      Message answer = new Message(wire);
      assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
      HINFORecord record = (HINFORecord) answer.getSection(Section.ANSWER).get(0);
      assertThat(record.getName()).hasToString("Example.com.");
      assertThat(record.getCPU()).isEqualTo("RFC8482");
      assertThat(record.getOS()).isEmpty();
      assertThat(answer.getOPT() != null).isEqualTo(query.getOPT() != null);
    }
  }
}
