// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

final class PacketsTest {
  @Test
  void query_hasItsNumberAndId() {
    ByteBuffer query = ByteBuffer.allocate(512);
    for (int number : new int[] {0, 7, 1_234_567, Packets.NUMBERS - 1}) {
      Packets.putQuery(query, number, 0xfffe);
      assertThat(Packets.number(query)).isEqualTo(number);
      assertThat(Packets.id(query)).isEqualTo(0xfffe);
      assertThat(Packets.isResponse(query)).isFalse();
    }
  }

  @Test
  void messageWithAnotherName_hasNoNumber() {
    ByteBuffer query = ByteBuffer.allocate(512);
    Packets.putQuery(query, 7, 1);
    assertThat(Packets.number(query.duplicate().put(13, (byte) 'p'))).isEqualTo(Packets.NO_NUMBER);
  }

  @Test
  void messageThatIsTooShort_hasNoNumber() {
    assertThat(Packets.number(ByteBuffer.allocate(12))).isEqualTo(Packets.NO_NUMBER);
  }

  @Test
  void address_isFoundBehindAPointer() {
    assertThat(Packets.hasAddress(TestAnswers.withAddress(7, 42), 42)).isTrue();
  }

  @Test
  void anotherAddress_isSeen() {
    assertThat(Packets.hasAddress(TestAnswers.withAddress(7, 42), 43)).isFalse();
  }

  @Test
  void answerWithoutRecords_hasNoAddress() {
    assertThat(Packets.hasAddress(TestAnswers.withRcode(7, 0), 42)).isFalse();
  }
}
