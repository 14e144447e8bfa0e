// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.node.wire.KeyedHash;
import java.net.InetAddress;

/**
 * An address as the key of a table. {@link InetAddress} has a predictable hash and is not
 * comparable, so the owner of an IPv6 network could put all entries into one bucket. Immutable.
 *
 * @param high the upper half; an IPv4 address is mapped to IPv6
 * @param low the lower half
 */
public record AddressKey(long high, long low) implements Comparable<AddressKey> {
  public static AddressKey of(InetAddress address) {
    return new AddressKey(Netmask.high(address), Netmask.low(address));
  }

  /** A hash with a secret key. */
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
