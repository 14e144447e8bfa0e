// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

/**
 * Limits for the time that answers are cached, in seconds.
 *
 * @param least lower TTLs of positive answers are raised to it, except 0
 * @param most higher TTLs are lowered to it; 0 means that nothing is cached
 * @param mostNegative the maximum TTL of negative answers (RFC 2308 section 5)
 * @param failure how long a failure is cached (RFC 9520 section 3.2); 0 means not at all
 */
public record TtlLimits(int least, int most, int mostNegative, int failure) {
  /** The default limit of TTLs: one day (RFC 8767 section 4 suggests a limit of days). */
  public static final int MAX_TTL = 86_400;

  /** The default limit of negative TTLs: three hours, which RFC 2308 section 5 calls sensible. */
  public static final int MAX_NEGATIVE_TTL = 10_800;

  public static final TtlLimits DEFAULT = new TtlLimits(0, MAX_TTL, MAX_NEGATIVE_TTL, 5);
}
