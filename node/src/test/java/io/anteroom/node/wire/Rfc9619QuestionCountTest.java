// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.wire.ParsedQuery.Reason;
import io.anteroom.node.wire.ParsedQuery.Rejected;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** QDCOUNT of a QUERY is one: RFC 9619 section 4. */
final class Rfc9619QuestionCountTest {

  @ParameterizedTest
  @ValueSource(strings = {"0000", "0002", "ffff"})
  void parse_notOneQuestion_getsFormErrWithTheHeaderAlone(String count) {
    String questions = "00 0001 0001 00 0002 0001";
    byte[] packet = Packets.hex("1234 0100" + count + "0000 0000 0000" + questions);
    Rejected rejected = (Rejected) WireQuery.parse(packet);
    assertThat(rejected.reason()).isEqualTo(Reason.QUESTION_COUNT);
    assertThat(rejected.answer()).isEqualTo(Packets.hex("1234 8101 0000 0000 0000 0000"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0000", "0002"})
  void parse_answerWithNotOneQuestion_isNoAnswer(String count) {
    String questions = "00 0001 0001 00 0002 0001";
    byte[] packet = Packets.hex("1234 8180" + count + "0000 0000 0000" + questions);
    assertThat(WireAnswer.parse(packet)).isNull();
  }
}
