// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

/** Flags of {@link Resolver#getNameInfo}, as in getnameinfo(3). */
public enum NameInfoFlag {
  /** Return the numeric address without a lookup (NI_NUMERICHOST). */
  NUMERIC_HOST,
  /** Return the numeric port (NI_NUMERICSERV). */
  NUMERIC_SERVICE,
  /** An address without a name is an error; it is not returned in numeric form (NI_NAMEREQD). */
  NAME_REQUIRED,
  /** Remove the search domain from a name in one of them (NI_NOFQDN). */
  NO_FQDN,
  /** The service uses UDP and not TCP (NI_DGRAM). */
  DATAGRAM
}
