// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rate;

import io.anteroom.node.config.BlockAction;
import io.anteroom.node.config.Netmask;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * A block as nodes tell one another of it: the netmask is the key, the value lines of text. What a
 * later version adds stands behind them, and is not read. It has the time that is left, and never a
 * clock's; and a number of its own, so that the same block put up again is another value.
 */
final class BlockText {
  private static final int LINES = 6;
  private static final String OPERATOR = "operator";
  private static final String RULE = "rule";
  private static final long NANOS_IN_MILLI = 1_000_000;
  private static final long MAX_MILLIS = 366L * 24 * 3600 * 1000;

  private BlockText() {}

  static ByteString write(Block block, long nanos) {
    return ByteString.fromString(
        String.join(
            "\n",
            Long.toHexString(ThreadLocalRandom.current().nextLong()),
            Long.toString(block.leftMillis(nanos)),
            block.byOperator() ? OPERATOR : RULE,
            block.node(),
            block.action().toString(),
            block.reason()));
  }

  /** Null if it can't be read, which is another version's or nobody's. */
  static @Nullable Block read(String key, ByteString value, long nanos) {
    String[] lines = value.utf8String().split("\n", -1);
    if (lines.length < LINES) {
      return null;
    }
    try {
      long left = Math.min(MAX_MILLIS, Math.max(0, Long.parseLong(lines[1])));
      return new Block(
          Netmask.parse(key),
          BlockAction.parse(lines[4]),
          lines[5],
          lines[3],
          lines[2].equals(OPERATOR),
          nanos + left * NANOS_IN_MILLI);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
