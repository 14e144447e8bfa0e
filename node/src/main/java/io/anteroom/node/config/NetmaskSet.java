// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A set of address ranges; a look-up takes logarithmic time. Immutable. Ranges within others are
 * omitted, so the rest is ordered, and at most one range contains an address. Two sets are equal if
 * these ranges are.
 */
public final class NetmaskSet {
  private final Netmask[] ranges;

  private NetmaskSet(List<Netmask> ranges) {
    this.ranges = ranges.toArray(Netmask[]::new);
  }

  public static NetmaskSet of(Collection<Netmask> ranges) {
    List<Netmask> apart = new ArrayList<>();
    ranges.stream()
        .sorted(Netmask.BY_START)
        .filter(range -> apart.isEmpty() || !apart.get(apart.size() - 1).includes(range))
        .forEach(apart::add);
    return new NetmaskSet(apart);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof NetmaskSet that && Arrays.equals(ranges, that.ranges);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(ranges);
  }

  /** Whether the address is in one of the ranges. */
  public boolean contains(InetAddress address) {
    byte[] bytes = address.getAddress();
    long high = Netmask.highOf(bytes);
    long low = Netmask.lowOf(bytes);
    int from = 0;
    int to = ranges.length;
    // Only the last range that starts at or before the address can contain it.
    while (from < to) {
      int middle = (from + to) >>> 1;
      if (ranges[middle].startsAfter(high, low)) {
        to = middle;
      } else {
        from = middle + 1;
      }
    }
    return from > 0 && ranges[from - 1].contains(high, low);
  }
}
