// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The order in which a client should try addresses: RFC 6724 section 6, with the policy table of
 * section 2.1. Rules 3, 4 and 7 need information about source addresses that only the kernel has,
 * so they are omitted, as in c-ares.
 */
final class DestinationOrder {
  private static final int LINK_LOCAL = 0x2;
  private static final int SITE_LOCAL = 0x5;
  private static final int GLOBAL = 0xe;

  private final Function<InetAddress, @Nullable InetAddress> sources;

  /**
   * Creates the order for this machine.
   *
   * @param sources returns the source address for a destination; null if the destination is
   *     unreachable
   */
  DestinationOrder(Function<InetAddress, @Nullable InetAddress> sources) {
    this.sources = sources;
  }

  /** A row of the policy table. */
  private record Policy(long high, long low, int prefix, int precedence, int label) {
    boolean covers(long addressHigh, long addressLow) {
      return ((addressHigh ^ high) & mask(Math.min(prefix, 64))) == 0
          && ((addressLow ^ low) & mask(Math.max(prefix - 64, 0))) == 0;
    }

    private static long mask(int bits) {
      return bits == 0 ? 0 : -1L << (64 - bits);
    }
  }

  /** The longest prefixes first. */
  private static final List<Policy> POLICIES =
      List.of(
          new Policy(0, 1, 128, 50, 0),
          new Policy(0, 0xffff_0000_0000L, 96, 35, 4),
          new Policy(0, 0, 96, 1, 3),
          new Policy(0x2001_0000_0000_0000L, 0, 32, 5, 5),
          new Policy(0x2002_0000_0000_0000L, 0, 16, 30, 2),
          new Policy(0x3ffe_0000_0000_0000L, 0, 16, 1, 12),
          new Policy(0xfec0_0000_0000_0000L, 0, 10, 1, 11),
          new Policy(0xfc00_0000_0000_0000L, 0, 7, 3, 13),
          new Policy(0, 0, 0, 40, 1));

  private record Candidate(
      AddressInfo.Entry entry, @Nullable InetAddress source, int scope, int precedence) {

    boolean scopesMatch() {
      return source != null && scope == scopeOf(source);
    }

    boolean labelsMatch() {
      return source != null && policy(entry.address()).label() == policy(source).label();
    }
  }

  /** Sorts addresses; the sort is stable. */
  List<AddressInfo.Entry> sort(List<AddressInfo.Entry> entries) {
    if (entries.size() < 2) {
      return entries;
    }
    List<Candidate> candidates = new ArrayList<>();
    for (AddressInfo.Entry entry : entries) {
      InetAddress address = entry.address();
      int precedence = policy(address).precedence();
      candidates.add(new Candidate(entry, sources.apply(address), scopeOf(address), precedence));
    }
    candidates.sort(BY_RULES);
    return candidates.stream().map(Candidate::entry).toList();
  }

  private static final Comparator<Candidate> BY_RULES =
      // Rule 1: avoid unusable destinations.
      Comparator.<Candidate, Boolean>comparing(c -> c.source() == null)
          // Rule 2: prefer matching scope.
          .thenComparing(c -> !c.scopesMatch())
          // Rule 5: prefer matching label.
          .thenComparing(c -> !c.labelsMatch())
          // Rule 6: prefer higher precedence.
          .thenComparing(c -> -c.precedence())
          // Rule 8: prefer smaller scope.
          .thenComparing(Candidate::scope)
          // Rule 9: use the longest matching prefix.
          .thenComparing(DestinationOrder::byPrefix);

  /** Applies only to IPv6 addresses; for IPv4 it would undo the servers' round robin. */
  private static int byPrefix(Candidate a, Candidate b) {
    InetAddress sourceOfA = a.source();
    InetAddress sourceOfB = b.source();
    if (sourceOfA == null
        || sourceOfB == null
        || a.entry().address() instanceof Inet4Address
        || b.entry().address() instanceof Inet4Address) {
      return 0;
    }
    return Integer.compare(
        commonPrefix(b.entry().address(), sourceOfB), commonPrefix(a.entry().address(), sourceOfA));
  }

  /**
   * At most 64 bits, because the rest is the interface identifier, which does not affect routing.
   */
  private static int commonPrefix(InetAddress a, InetAddress b) {
    return Long.numberOfLeadingZeros(high(a) ^ high(b));
  }

  private static Policy policy(InetAddress address) {
    long high = high(address);
    long low = low(address);
    return POLICIES.stream().filter(p -> p.covers(high, low)).findFirst().orElseThrow();
  }

  private static int scopeOf(InetAddress address) {
    if (address.isMulticastAddress() && !(address instanceof Inet4Address)) {
      return address.getAddress()[1] & 0xf;
    }
    if (address.isLoopbackAddress() || address.isLinkLocalAddress()) {
      return LINK_LOCAL;
    }
    // Private IPv4 addresses are global here (section 3.2), which Java calls site-local.
    boolean siteLocal = !(address instanceof Inet4Address) && address.isSiteLocalAddress();
    return siteLocal ? SITE_LOCAL : GLOBAL;
  }

  private static long high(InetAddress address) {
    byte[] bytes = address.getAddress();
    return bytes.length == 4 ? 0 : ByteBuffer.wrap(bytes).getLong(0);
  }

  private static long low(InetAddress address) {
    byte[] bytes = address.getAddress();
    return bytes.length == 4
        ? 0xffff_0000_0000L | (ByteBuffer.wrap(bytes).getInt(0) & 0xffff_ffffL)
        : ByteBuffer.wrap(bytes).getLong(8);
  }
}
