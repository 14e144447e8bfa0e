// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.netty.util.NetUtil;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A range of addresses, written {@code 10.0.0.0/8}, {@code fe80::/10} or as one address. */
public final class Netmask {
  /** Loopback, RFC 1918, RFC 4193 and link-local networks, which are not on the public Internet. */
  public static final List<Netmask> LOCAL_NETWORKS =
      Stream.of(
              "127.0.0.0/8",
              "::1",
              "10.0.0.0/8",
              "172.16.0.0/12",
              "192.168.0.0/16",
              "fc00::/7",
              "169.254.0.0/16",
              "fe80::/10")
          .map(Netmask::parse)
          .toList();

  /** Orders by the first address, then the largest range first. */
  static final Comparator<Netmask> BY_START =
      (a, b) -> {
        int high = Long.compareUnsigned(a.high, b.high);
        int low = high != 0 ? high : Long.compareUnsigned(a.low, b.low);
        int highMask = low != 0 ? low : Long.compareUnsigned(a.highMask, b.highMask);
        return highMask != 0 ? highMask : Long.compareUnsigned(a.lowMask, b.lowMask);
      };

  /** IPv4 addresses are stored as mapped to IPv6, {@code ::ffff:0:0/96}. */
  private static final long MAPPED = 0xffffL << 32;

  private final long high;
  private final long low;
  private final long highMask;
  private final long lowMask;
  private final String text;

  private Netmask(InetAddress address, int prefix128, String text) {
    byte[] bytes = address.getAddress();
    this.high = highOf(bytes);
    this.low = lowOf(bytes);
    this.highMask = mask(Math.min(prefix128, 64));
    this.lowMask = mask(Math.max(prefix128 - 64, 0));
    this.text = text;
  }

  private Netmask(long high, long low, int prefix128) {
    this.high = high;
    this.low = low;
    this.highMask = highMask(prefix128);
    this.lowMask = lowMask(prefix128);
    this.text = text(high, low, prefix128);
  }

  private static String text(long high, long low, int prefix128) {
    boolean v4 = high == 0 && low >>> 32 == MAPPED >>> 32 && prefix128 >= 96;
    byte[] bytes = ByteBuffer.allocate(16).putLong(high).putLong(low).array();
    String address =
        v4
            ? NetUtil.bytesToIpAddress(Arrays.copyOfRange(bytes, 12, 16))
            : NetUtil.bytesToIpAddress(bytes);
    int prefix = v4 ? prefix128 - 96 : prefix128;
    return prefix == (v4 ? 32 : 128) ? address : address + "/" + prefix;
  }

  /**
   * Parses a netmask.
   *
   * @throws IllegalArgumentException if it is invalid, also if bits after the prefix are set
   */
  public static Netmask parse(String text) {
    int slash = text.indexOf('/');
    InetAddress address = Addresses.literal(slash < 0 ? text : text.substring(0, slash));
    int bits = address instanceof Inet4Address ? 32 : 128;
    int prefix = slash < 0 ? bits : prefix(text, text.substring(slash + 1), bits);
    Netmask netmask = new Netmask(address, prefix + 128 - bits, text);
    if ((netmask.high & ~netmask.highMask) != 0 || (netmask.low & ~netmask.lowMask) != 0) {
      throw new IllegalArgumentException("bits are set behind the prefix of \"" + text + "\"");
    }
    return netmask;
  }

  /** Whether the address is in the range; an IPv4-mapped IPv6 address counts as IPv4. */
  public boolean contains(InetAddress address) {
    byte[] bytes = address.getAddress();
    return contains(highOf(bytes), lowOf(bytes));
  }

  /** Whether the address, given as its two {@linkplain #high halves}, is in the range. */
  public boolean contains(long addressHigh, long addressLow) {
    return (addressHigh & highMask) == high && (addressLow & lowMask) == low;
  }

  /** Whether its first address is greater than this one. */
  boolean startsAfter(long addressHigh, long addressLow) {
    int order = Long.compareUnsigned(high, addressHigh);
    return order > 0 || (order == 0 && Long.compareUnsigned(low, addressLow) > 0);
  }

  /** Whether another range, which does not start before this one, is within this one. */
  boolean includes(Netmask other) {
    return contains(other.high, other.low);
  }

  /** Whether the address is in one of the ranges. */
  public static boolean anyContains(List<Netmask> ranges, InetAddress address) {
    for (Netmask range : ranges) {
      if (range.contains(address)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the address, given as its two halves, is in one of the ranges. */
  public static boolean anyContains(List<Netmask> ranges, long high, long low) {
    for (int i = 0; i < ranges.size(); i++) {
      if (ranges.get(i).contains(high, low)) {
        return true;
      }
    }
    return false;
  }

  /** The network of an address in canonical form. */
  public static Netmask around(InetAddress address, int ipv4Prefix, int ipv6Prefix) {
    long low = low(address);
    int prefix = prefix128(high(address), low, ipv4Prefix, ipv6Prefix);
    return new Netmask(high(address) & highMask(prefix), low & lowMask(prefix), prefix);
  }

  /** The canonical form, which is the same for equal netmasks. */
  public Netmask canonical() {
    return new Netmask(high, low, prefix());
  }

  /** The upper half of an address; an IPv4 address is mapped to IPv6. */
  public static long high(InetAddress address) {
    return address instanceof Inet4Address ? 0 : highOf(address.getAddress());
  }

  /** The lower half of an address. */
  public static long low(InetAddress address) {
    return lowOf(address.getAddress());
  }

  /** The prefix length for the address's family, as bits of 128. */
  public static int prefix128(long high, long low, int ipv4Prefix, int ipv6Prefix) {
    return high == 0 && low >>> 32 == MAPPED >>> 32 ? ipv4Prefix + 96 : ipv6Prefix;
  }

  /** The mask of a prefix for the upper half. */
  public static long highMask(int prefix128) {
    return mask(Math.min(prefix128, 64));
  }

  /** The mask of a prefix for the lower half. */
  public static long lowMask(int prefix128) {
    return mask(Math.max(prefix128 - 64, 0));
  }

  /** The upper half of its first address. */
  public long high() {
    return high;
  }

  /** The lower half of its first address. */
  public long low() {
    return low;
  }

  /** The prefix length in bits of 128, with IPv4 mapped to IPv6. */
  public int prefix() {
    return Long.bitCount(highMask) + Long.bitCount(lowMask);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Netmask that
        && high == that.high
        && low == that.low
        && highMask == that.highMask
        && lowMask == that.lowMask;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(31 * (31 * (31 * high + low) + highMask) + lowMask);
  }

  @Override
  public String toString() {
    return text;
  }

  private static int prefix(String text, String digits, int bits) {
    if (digits.matches("[0-9]{1,3}") && Integer.parseInt(digits) <= bits) {
      return Integer.parseInt(digits);
    }
    throw new IllegalArgumentException("the prefix must be 0 to " + bits + " in \"" + text + "\"");
  }

  static long highOf(byte[] bytes) {
    return bytes.length == 4 ? 0 : ByteBuffer.wrap(bytes).getLong(0);
  }

  static long lowOf(byte[] bytes) {
    if (bytes.length != 4) {
      return ByteBuffer.wrap(bytes).getLong(8);
    }
    // Byte by byte, so that the compiler can avoid allocating the array.
    int address =
        bytes[0] << 24 | (bytes[1] & 0xff) << 16 | (bytes[2] & 0xff) << 8 | (bytes[3] & 0xff);
    return MAPPED | (address & 0xffffffffL);
  }

  /** Java would treat a shift by 64 like a shift by 0. */
  private static long mask(int bits) {
    return bits == 0 ? 0 : -1L << (64 - bits);
  }
}
