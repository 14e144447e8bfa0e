// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rate;

import io.anteroom.node.config.BlockAction;
import io.anteroom.node.config.Netmask;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * The form of a block in the shared table: the key is the netmask, the value is lines of text.
 * Lines that later versions add come last and are ignored. It contains the remaining time, never
 * the time of a clock, and a unique number, so that a block which is added again has another value.
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

  /** Null if it can't be read, because it is of another version or invalid. */
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
