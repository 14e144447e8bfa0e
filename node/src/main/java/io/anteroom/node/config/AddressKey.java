// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.node.wire.KeyedHash;
import java.net.InetAddress;

/**
 * An address as the key of a table. The hash of an {@link InetAddress} is known to everybody, and
 * it can't be compared, so that whoever has a network of IPv6 could make all entries meet in one
 * list. Immutable.
 *
 * @param high the upper half; IPv4 counts as what it is mapped to in IPv6
 * @param low the lower half
 */
public record AddressKey(long high, long low) implements Comparable<AddressKey> {
  public static AddressKey of(InetAddress address) {
    return new AddressKey(Netmask.high(address), Netmask.low(address));
  }

  /** A hash that nobody outside can foresee. */
  public long longHash() {
    return KeyedHash.PROCESS.of(high, low, 0);
  }

  @Override
  public int hashCode() {
    return (int) longHash();
  }

  @Override
  public int compareTo(AddressKey other) {
    int order = Long.compare(high, other.high);
    return order != 0 ? order : Long.compare(low, other.low);
  }
}
