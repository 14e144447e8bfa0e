// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

/**
 * For how many seconds answers may be kept.
 *
 * @param least lower TTLs of positive answers are raised to it, but for 0
 * @param most higher TTLs are cut to it; 0 if nothing is to be kept
 * @param mostNegative of answers that say that there is nothing (RFC 2308 section 5)
 * @param failure for how long a failure is kept (RFC 9520 section 3.2); 0 for none
 */
public record TtlLimits(int least, int most, int mostNegative, int failure) {
  /** Longer TTLs are cut: a day (RFC 8767 section 4 suggests a limit of days). */
  public static final int MAX_TTL = 86_400;

  /** Three hours, which RFC 2308 section 5 calls sensible. */
  public static final int MAX_NEGATIVE_TTL = 10_800;

  public static final TtlLimits DEFAULT = new TtlLimits(0, MAX_TTL, MAX_NEGATIVE_TTL, 5);
}
