// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.http;

import io.netty.buffer.ByteBuf;

/** Writes numbers in decimal. */
final class Digits {
  private Digits() {}

  /** How many digits a number has that is not negative. */
  static int count(int number) {
    int count = 1;
    for (int rest = number / 10; rest > 0; rest /= 10) {
      count++;
    }
    return count;
  }

  /** Writes a number that is not negative. */
  static void write(ByteBuf out, int number) {
    int count = count(number);
    int start = out.writerIndex();
    out.writeZero(count);
    int rest = number;
    for (int at = start + count - 1; at >= start; at--) {
      out.setByte(at, '0' + rest % 10);
      rest /= 10;
    }
  }
}
