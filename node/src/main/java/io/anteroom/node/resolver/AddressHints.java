// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import org.jspecify.annotations.Nullable;

/**
 * Options of {@link Resolver#getAddrInfo}.
 *
 * @param numericHost the name must be a numeric address (AI_NUMERICHOST)
 * @param sorted whether the addresses are sorted by RFC 6724; otherwise they stay in the servers'
 *     order, IPv4 first (ARES_AI_NOSORT)
 * @param numericService the service must be a numeric port (AI_NUMERICSERV)
 * @param datagram the service uses UDP and not TCP (SOCK_DGRAM)
 */
public record AddressHints(
    AddressFamily family,
    boolean numericHost,
    boolean sorted,
    boolean numericService,
    boolean datagram) {

  /** Both families, sorted, for TCP. */
  public static final AddressHints DEFAULT = of(AddressFamily.ANY);

  /** Hints for services over TCP, by name or numeric. */
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

  /** Refuses null, because callers may not use null checks. */
  static void check(@Nullable AddressHints hints) throws ResolverException {
    if (hints == null) {
      throw new ResolverException(Status.EBADHINTS, "hints");
    }
    if (hints.family() == null) {
      throw new ResolverException(Status.EBADFAMILY, "family");
    }
  }
}
