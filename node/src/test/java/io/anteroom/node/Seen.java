// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.testing.DnsMessages;
import io.anteroom.protocol.Transport;
import java.util.List;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** What a client is to see, over each transport, in a row of {@link RuleTableTest}. */
@FunctionalInterface
interface Seen {
  void check(Message answer, Transport transport);

  static Seen rcode(int rcode) {
    return (answer, transport) -> assertThat(answer.getRcode()).isEqualTo(rcode);
  }

  static Seen error(int rcode, int code) {
    return (answer, transport) -> {
      assertThat(answer.getRcode()).isEqualTo(rcode);
      assertThat(DnsMessages.errorCode(answer)).isEqualTo(code);
    };
  }

  /** Each record as type and data; those that are told by their type alone may have any data. */
  static Seen records(String... expected) {
    return (answer, transport) -> {
      assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
      List<Record> records = answer.getSection(Section.ANSWER);
      assertThat(records).hasSameSizeAs(List.of(expected));
      for (int i = 0; i < expected.length; i++) {
        assertThat(Type.string(records.get(i).getType()) + " " + records.get(i).rdataToString())
            .startsWith(expected[i]);
        assertThat(records.get(i).getName()).isEqualTo(answer.getQuestion().getName());
      }
    };
  }

  /** An alias to this name, and an address of that. */
  static Seen alias(String target) {
    return (answer, transport) -> {
      List<Record> records = answer.getSection(Section.ANSWER);
      assertThat(records).extracting(Record::getType).containsExactly(Type.CNAME, Type.A);
      assertThat(records.get(0).getName()).isEqualTo(answer.getQuestion().getName());
      assertThat(records.get(0).rdataToString()).isEqualTo(target);
      assertThat(records.get(1).getName().toString()).isEqualTo(target);
    };
  }

  /** The zone is the parent of the name asked for if none is given. */
  static Seen negative(int rcode, String zone, int ttl) {
    return (answer, transport) -> {
      assertThat(answer.getRcode()).isEqualTo(rcode);
      assertThat(answer.getSection(Section.ANSWER)).isEmpty();
      SOARecord soa = (SOARecord) answer.getSection(Section.AUTHORITY).get(0);
      Name parent = new Name(answer.getQuestion().getName(), 1);
      assertThat(soa.getName().toString()).isEqualTo(zone == null ? parent.toString() : zone);
      assertThat(soa.getTTL()).isEqualTo(ttl);
      assertThat(soa.getMinimum()).isEqualTo(ttl);
    };
  }

  static Seen ttls(String ttl) {
    return (answer, transport) ->
        assertThat(answer.getSection(Section.ANSWER))
            .hasSize(3)
            .allSatisfy(r -> assertThat(r.getTTL()).isEqualTo(Long.parseLong(ttl)));
  }
}
