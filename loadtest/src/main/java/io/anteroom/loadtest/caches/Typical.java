// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest.caches;

import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireQuery;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** Typical questions, {@code www.n0000042.example.com. A}, and their answers of one record. */
final class Typical {
  private static final int NOERROR = 0x8180;
  private static final int NXDOMAIN = 0x8183;

  private Typical() {}

  static String name(int number) {
    return "www.n%07d.example.com".formatted(number);
  }

  /** A query with RD and EDNS, as a client sends it. */
  static byte[] packet(String name) {
    byte[] question = question(name);
    return ByteBuffer.allocate(12 + question.length + 11)
        .putShort((short) 0x1234)
        .putShort((short) 0x0120)
        .putInt(0x00010000)
        .putInt(1)
        .put(question)
        .put((byte) 0)
        .putShort((short) 41)
        .putShort((short) 1232)
        .array();
  }

  static WireQuery query(String name) {
    return (WireQuery) WireQuery.parse(packet(name));
  }

  /** An address, whose owner is a pointer to the question, and an OPT record. */
  static WireAnswer answer(String name, int number) {
    byte[] question = question(name);
    byte[] message =
        ByteBuffer.allocate(12 + question.length + 16 + 11)
            .putInt(0x12340000 | NOERROR)
            .putInt(0x00010001)
            .putInt(1)
            .put(question)
            .putShort((short) 0xc00c)
            .putInt(0x00010001)
            .putInt(3600)
            .putShort((short) 4)
            .putInt(number)
            .put((byte) 0)
            .putShort((short) 41)
            .putShort((short) 1232)
            .array();
    return Objects.requireNonNull(WireAnswer.parse(message));
  }

  /** That the name does not exist, by an SOA record of example.com. */
  static WireAnswer denial(String name) {
    byte[] question = question(name);
    byte[] message =
        ByteBuffer.allocate(12 + question.length + 12 + 26)
            .putInt(0x12340000 | NXDOMAIN)
            .putInt(0x00010000)
            .putInt(0x00010000)
            .put(question)
            .putShort((short) (0xc000 | (12 + name.length() - "example.com".length())))
            .putInt(0x00060001)
            .putInt(3600)
            .putShort((short) 22)
            .putShort((short) 0)
            .putInt(1)
            .putLong(0)
            .putInt(0)
            .putInt(3600)
            .array();
    return Objects.requireNonNull(WireAnswer.parse(message));
  }

  private static byte[] question(String name) {
    ByteArrayOutputStream question = new ByteArrayOutputStream();
    for (String label : name.split("\\.", -1)) {
      byte[] bytes = label.getBytes(StandardCharsets.US_ASCII);
      question.write(bytes.length);
      question.writeBytes(bytes);
    }
    question.writeBytes(new byte[] {0, 0, 1, 0, 1});
    return question.toByteArray();
  }
}
