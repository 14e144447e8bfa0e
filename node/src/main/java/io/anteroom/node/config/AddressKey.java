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

  /**
   * The client that has this address: the address if it is IPv4, or its /64 if it is IPv6, since
   * one client often has all addresses of one.
   */
  public static AddressKey ofClient(InetAddress address) {
    AddressKey exact = of(address);
    // IPv4, and ::1.
    return exact.high == 0 ? exact : new AddressKey(exact.high, 0);
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
