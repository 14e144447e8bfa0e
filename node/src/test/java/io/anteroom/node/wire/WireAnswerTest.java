// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Type;

final class WireAnswerTest {
  private static final String HEAD = "1234 8180 0001 %s 01 61 00 0001 0001 %s";
  private static final String A = "c00c 0001 0001 0000012c 0004 c0000201";
  private static final String OPT = "00 0029 04d0 00000000 0000";

  private static WireAnswer parse(String counts, String records) {
    return WireAnswer.parse(Packets.hex(HEAD.formatted(counts, records)));
  }

  @Test
  void parse_soundAnswer_isRead() {
    WireAnswer answer = parse("0001 0000 0001", A + OPT);
    assertThat(answer.id()).isEqualTo(0x1234);
    assertThat(answer.rcode()).isZero();
    assertThat(answer.hasEdns()).isTrue();
    assertThat(answer.truncated()).isFalse();
  }

  @Test
  void parse_twoOptRecords_firstCounts() throws Exception {
    String second = "00 0029 04d0 01000000 0000";
    WireAnswer answer =
        WireAnswer.parse(Packets.hex(HEAD.formatted("0001 0000 0002", A + OPT + second)));
    assertThat(answer.rcode()).isZero();
    assertThat(answer.records().keptAdditional).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0002 0000 0000 | " + A, // fewer records than counted
        "0001 0000 0000 | c00c 0001 0001 0000012c 0005 c0000201", // data cut short
        "0001 0000 0000 | c00c 0001 0001 0000", // record cut short
        "0001 0000 0000 | " + OPT, // OPT among the answers
        "0000 0000 0001 | c00c 0029 04d0 00000000 0000", // OPT of a name
        "0000 0000 0001 | 00 0029 04d0 00000000 0004 000f 0001", // option overruns
        "ffff ffff ffff | " // counts that lie
      })
  void parse_unsoundRecords_isNoAnswer(String countsAndRecords) {
    String[] parts = (countsAndRecords + " ").split("\\|");
    assertThat(parse(parts[0].trim(), parts[1].trim())).isNull();
  }

  @Test
  void parse_everyPrefix_isNoAnswer() {
    byte[] whole = Packets.hex(HEAD.formatted("0001 0000 0001", A + OPT));
    for (int length = 0; length < whole.length; length++) {
      assertThat(WireAnswer.parse(Arrays.copyOf(whole, length))).as("length " + length).isNull();
    }
  }

  @Test
  void parse_truncatedWithinARecord_isAnAnswerWithoutRecords() {
    byte[] whole = Packets.hex(HEAD.formatted("0001 0000 0001", A + OPT));
    whole[2] |= 2;
    WireAnswer answer = WireAnswer.parse(Arrays.copyOf(whole, 25));
    assertThat(answer.truncated()).isTrue();
    assertThat(answer.hasEdns()).isFalse();
    byte[] adapted = Answers.adapt(Packets.parsed(Packets.query("a.", Type.A)), answer);
    assertThat(adapted).hasSize(19);
    assertThat(WireAnswer.parse(adapted)).isNotNull();
  }

  @Test
  void parse_queryOrOtherOpcode_isNoAnswer() {
    byte[] packet = Packets.hex(HEAD.formatted("0000 0000 0000", ""));
    assertThat(WireAnswer.parse(packet)).isNotNull();
    packet[2] = 0x01;
    assertThat(WireAnswer.parse(packet)).isNull();
    packet[2] = (byte) 0xa0;
    assertThat(WireAnswer.parse(packet)).isNull();
  }

  @Test
  void answersExactly_otherCase_isAnotherQuestion() {
    WireAnswer answer = parse("0000 0000 0000", "");
    WireQuery same = Packets.parsed(Packets.query("a.", Type.A));
    WireQuery upper = Packets.parsed(Packets.query("A.", Type.A));
    assertThat(answer.answers(same)).isTrue();
    assertThat(answer.answers(upper)).isTrue();
    assertThat(answer.answersExactly(same.bytes(), same.questionEnd())).isTrue();
    assertThat(answer.answersExactly(upper.bytes(), upper.questionEnd())).isFalse();
    assertThat(answer.answersExactly(new byte[12], 19)).isFalse();
  }

  @Test
  void isBareError_headerAlone_only() {
    assertThat(WireAnswer.isBareError(Packets.hex("1234 8181 0000 0000 0000 0000"))).isTrue();
    assertThat(WireAnswer.isBareError(Packets.hex("1234 8180 0000 0000 0000 0000"))).isFalse();
    assertThat(WireAnswer.isBareError(Packets.hex("1234 0181 0000 0000 0000 0000"))).isFalse();
    assertThat(WireAnswer.isBareError(Packets.hex("1234 8181 0001 0000 0000 0000"))).isFalse();
    assertThat(WireAnswer.isBareError(Packets.hex("1234 8181"))).isFalse();
  }
}
