// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * The EDNS Client Subnet (RFC 7871): the first bits of a client's address, for upstream servers.
 * Immutable.
 *
 * @param family 1 for IPv4, 2 for IPv6
 * @param prefix the number of bits
 * @param high the first 64 bits of the address, in order; zeros after the prefix
 * @param low the next 64 bits of an IPv6 address
 */
public record ClientSubnet(int family, int prefix, long high, long low) {
  /** The option code. */
  static final int CODE = 8;

  private static final Comparator<@Nullable ClientSubnet> ORDER =
      Comparator.nullsFirst(
          Comparator.comparingInt(ClientSubnet::family)
              .thenComparingInt(ClientSubnet::prefix)
              .thenComparingLong(ClientSubnet::high)
              .thenComparingLong(ClientSubnet::low));

  private static final int IPV4 = 1;
  private static final int IPV6 = 2;

  /** The first bits of this address. */
  public static ClientSubnet of(InetAddress address, int prefix) {
    byte[] bytes = address.getAddress();
    ByteBuffer all = ByteBuffer.wrap(Arrays.copyOf(bytes, 16));
    return new ClientSubnet(
        bytes.length == 4 ? IPV4 : IPV6,
        prefix,
        all.getLong(0) & mask(Math.min(prefix, 64)),
        all.getLong(8) & mask(Math.max(prefix - 64, 0)));
  }

  /** Java would treat a shift by 64 like a shift by 0. */
  private static long mask(int bits) {
    return bits == 0 ? 0 : -1L << (64 - bits);
  }

  /** A total order for the keys of hash tables; null comes first. */
  public static int compare(@Nullable ClientSubnet a, @Nullable ClientSubnet b) {
    return ORDER.compare(a, b);
  }

  /** A hash with a secret key. */
  public long longHash() {
    return KeyedHash.PROCESS.of(high, low, (long) family << 32 | prefix);
  }

  /** The EDNS option, with as few bytes of the address as possible (RFC 7871 section 6). */
  byte[] option() {
    byte[] address = ByteBuffer.allocate(16).putLong(high).putLong(low).array();
    int length = (prefix + 7) / 8;
    byte[] data =
        ByteBuffer.allocate(4 + length)
            .putShort((short) family)
            .put((byte) prefix)
            .put((byte) 0)
            .put(address, 0, length)
            .array();
    return Edns.option(CODE, data);
  }
}
