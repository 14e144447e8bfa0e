// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import java.nio.ByteBuffer;

/** Answers to queries as a node gives them. */
final class TestAnswers {
  private TestAnswers() {}

  /** With the address that the query's own verdict gives. */
  static ByteBuffer right(int number) {
    return withAddress(number, OwnVerdict.address(number));
  }

  static ByteBuffer withAddress(int number, int address) {
    ByteBuffer answer = ByteBuffer.allocate(512);
    Packets.putQuery(answer, number, 0);
    int end = answer.limit();
    answer.limit(answer.capacity()).position(end);
    answer.put(2, (byte) 0x81).putShort(6, (short) 1);
    // A pointer to the question; A, IN, a minute.
    answer.putShort((short) 0xc00c).putShort((short) 1).putShort((short) 1).putInt(60);
    return answer.putShort((short) 4).putInt(address).flip();
  }

  /** Without records. */
  static ByteBuffer withRcode(int number, int rcode) {
    ByteBuffer answer = ByteBuffer.allocate(512);
    Packets.putQuery(answer, number, 0);
    return answer.put(2, (byte) 0x81).put(3, (byte) rcode);
  }
}
