// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** What we read of a sound packet is what dnsjava reads, and dnsjava reads what we write. */
final class DnsjavaComparisonTest {
  private static final List<byte[]> PACKETS = Packets.real();

  static Stream<Integer> numbers() {
    return IntStream.range(0, PACKETS.size() / 2).boxed();
  }

  @ParameterizedTest
  @MethodSource("numbers")
  void parse_soundQuery_readsTheSame(int number) throws Exception {
    byte[] packet = PACKETS.get(2 * number);
    Message expected = new Message(packet);
    WireQuery query = Packets.parsed(packet);
    assertThat(query.id()).isEqualTo(expected.getHeader().getID());
    assertThat(query.name().toWire()).isEqualTo(expected.getQuestion().getName().toWireCanonical());
    assertThat(query.type()).isEqualTo(expected.getQuestion().getType());
    assertThat(query.dnsClass()).isEqualTo(expected.getQuestion().getDClass());
    assertThat(query.recursionDesired()).isEqualTo(expected.getHeader().getFlag(Flags.RD));
    assertThat(query.checkingDisabled()).isEqualTo(expected.getHeader().getFlag(Flags.CD));
    OPTRecord opt = expected.getOPT();
    assertThat(query.hasEdns()).isEqualTo(opt != null);
    assertThat(query.dnssecOk()).isEqualTo(opt != null && (opt.getFlags() & 0x8000) != 0);
  }

  @ParameterizedTest
  @MethodSource("numbers")
  void parse_soundAnswer_readsTheSame(int number) throws Exception {
    byte[] packet = PACKETS.get(2 * number + 1);
    Message expected = new Message(packet);
    WireAnswer answer = WireAnswer.parse(packet);
    assertThat(answer.id()).isEqualTo(expected.getHeader().getID());
    assertThat(answer.rcode()).isEqualTo(expected.getRcode());
    assertThat(answer.hasEdns()).isEqualTo(expected.getOPT() != null);
    assertThat(answer.answers(Packets.parsed(PACKETS.get(2 * number)))).isTrue();
  }

  @ParameterizedTest
  @MethodSource("numbers")
  void adapt_soundAnswer_keepsAllRecordsButOpt(int number) throws Exception {
    WireQuery query = Packets.parsed(PACKETS.get(2 * number));
    byte[] packet = PACKETS.get(2 * number + 1);
    Message before = new Message(packet);
    Message after = new Message(Answers.adapt(query, WireAnswer.parse(packet)));
    assertThat(after.getHeader().getID()).isEqualTo(query.id());
    assertThat(after.getSection(Section.ANSWER)).isEqualTo(before.getSection(Section.ANSWER));
    assertThat(after.getSection(Section.AUTHORITY)).isEqualTo(before.getSection(Section.AUTHORITY));
    assertThat(additional(after)).isEqualTo(additionalBeforeOpt(before));
    assertThat(after.getOPT() != null).isEqualTo(query.hasEdns());
    boolean ofHop = before.getRcode() == Rcode.BADVERS || before.getRcode() == Rcodes.BADCOOKIE;
    boolean isTold = before.getRcode() <= 15 || (query.hasEdns() && !ofHop);
    assertThat(after.getRcode()).isEqualTo(isTold ? before.getRcode() : Rcode.SERVFAIL);
    if (query.hasEdns()) {
      assertThat(after.getOPT().getOptions()).isEqualTo(errors(before));
    }
  }

  private static List<Record> additional(Message message) {
    return message.getSection(Section.ADDITIONAL).stream()
        .filter(r -> r.getType() != Type.OPT)
        .collect(Collectors.toList());
  }

  private static List<Record> additionalBeforeOpt(Message message) {
    return message.getSection(Section.ADDITIONAL).stream()
        .takeWhile(r -> r.getType() != Type.OPT)
        .collect(Collectors.toList());
  }

  private static List<EDNSOption> errors(Message message) {
    return message.getOPT() == null
        ? List.of()
        : message.getOPT().getOptions().stream()
            .filter(ExtendedErrorCodeOption.class::isInstance)
            .collect(Collectors.toList());
  }
}
