// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import org.jspecify.annotations.Nullable;

/**
 * What is wanted of {@link Resolver#getAddrInfo}.
 *
 * @param numericHost the name is an address in digits, or it is an error (AI_NUMERICHOST)
 * @param sorted whether the addresses are put in the order of RFC 6724; without, they stay as the
 *     servers sent them, IPv4 first (ARES_AI_NOSORT)
 * @param numericService the service is a port in digits, or it is an error (AI_NUMERICSERV)
 * @param datagram the service is one over UDP and not over TCP (SOCK_DGRAM)
 */
public record AddressHints(
    AddressFamily family,
    boolean numericHost,
    boolean sorted,
    boolean numericService,
    boolean datagram) {

  /** Both families, sorted, for TCP. */
  public static final AddressHints DEFAULT = of(AddressFamily.ANY);

  /** For services over TCP, by name or in digits. */
  public AddressHints(AddressFamily family, boolean numericHost, boolean sorted) {
    this(family, numericHost, sorted, false, false);
  }

  public static AddressHints of(AddressFamily family) {
    return new AddressHints(family, false, true);
  }

  /** The same for a service over UDP. */
  public AddressHints overUdp() {
    return new AddressHints(family, numericHost, sorted, numericService, true);
  }

  /** Callers that know nothing of null checks may give none. */
  static void check(@Nullable AddressHints hints) throws ResolverException {
    if (hints == null) {
      throw new ResolverException(Status.EBADHINTS, "hints");
    }
    if (hints.family() == null) {
      throw new ResolverException(Status.EBADFAMILY, "family");
    }
  }
}
