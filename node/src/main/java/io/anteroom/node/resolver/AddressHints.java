// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

/**
 * What is wanted of {@link Resolver#getAddrInfo}.
 *
 * @param numericHost the name is an address in digits, or it is an error (AI_NUMERICHOST)
 * @param sorted whether the addresses are put in the order of RFC 6724; without, they stay as the
 *     servers sent them, IPv4 first (ARES_AI_NOSORT)
 */
public record AddressHints(AddressFamily family, boolean numericHost, boolean sorted) {
  /** Both families, sorted. */
  public static final AddressHints DEFAULT = new AddressHints(AddressFamily.ANY, false, true);

  public static AddressHints of(AddressFamily family) {
    return new AddressHints(family, false, true);
  }

  AddressHints unsorted() {
    return new AddressHints(family, numericHost, false);
  }
}
