// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.port;

import io.netty.buffer.ByteBuf;

/**
 * Checks whether bytes can be frames of Pekko's transport, without storing them. A connection
 * starts with four bytes that identify the protocol, and the number of the stream. Frames follow,
 * each after its length in four bytes (little endian). Pekko would wait for as many bytes as a
 * length says, up to two gigabytes. For one connection; not thread-safe.
 */
final class FrameCheck {
  /** The length of the connection header. */
  static final int HEADER = 5;

  private static final int AKKA = 0x414b4b41;
  private static final int PEKK = 0x50454b4b;
  private static final int LARGE_STREAM = 3;

  /** The smallest envelope: version, flags, sizes of tables, sender and serializer. */
  private static final int MIN_FRAME = 28;

  /** {@code maximum-frame-size} of Pekko's reference.conf, and of large messages. */
  private static final int MAX_FRAME = 256 << 10;

  private static final int MAX_LARGE_FRAME = 2 << 20;

  private int headerLeft = HEADER;
  private int lengthBytes;
  private int length;
  private int left;
  private int maxFrame = MAX_FRAME;
  private boolean seen;

  /** Whether these can be the first bytes of a member's connection; there must be at least five. */
  static boolean isHeader(ByteBuf in) {
    int magic = in.getInt(in.readerIndex());
    int stream = in.getByte(in.readerIndex() + 4);
    return (magic == AKKA || magic == PEKK) && stream >= 1 && stream <= LARGE_STREAM;
  }

  /** Checks these bytes without changing them; false if they can't be frames. */
  boolean accepts(ByteBuf bytes) {
    int at = bytes.readerIndex();
    int end = bytes.writerIndex();
    while (at < end) {
      if (headerLeft > 0) {
        headerLeft--;
        if (headerLeft == 0 && bytes.getByte(at) == LARGE_STREAM) {
          maxFrame = MAX_LARGE_FRAME;
        }
        at++;
      } else if (left > 0) {
        int skipped = Math.min(left, end - at);
        left -= skipped;
        at += skipped;
      } else {
        length |= (bytes.getByte(at) & 0xff) << (8 * lengthBytes);
        at++;
        if (++lengthBytes == Integer.BYTES && !beginsFrame()) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean beginsFrame() {
    left = length;
    lengthBytes = 0;
    length = 0;
    seen = left >= MIN_FRAME && left <= maxFrame;
    return seen;
  }

  /** Whether the first frame has begun. */
  boolean hasFrame() {
    return seen;
  }
}
