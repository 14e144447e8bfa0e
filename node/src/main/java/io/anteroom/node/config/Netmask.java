// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.net.InetAddress;

/** A range of addresses, written {@code 10.0.0.0/8}, {@code fe80::/10} or as one address. */
public final class Netmask {
  private Netmask() {}

  /**
   * Reads a netmask.
   *
   * @throws IllegalArgumentException if it is none; bits set behind the prefix are an error too
   */
  public static Netmask parse(String text) {
    throw new UnsupportedOperationException(text);
  }

  /** Whether the address is in the range; an IPv4-mapped IPv6 address counts as IPv4. */
  public boolean contains(InetAddress address) {
    throw new UnsupportedOperationException();
  }
}
