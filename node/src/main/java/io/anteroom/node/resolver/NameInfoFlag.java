// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

/** What is wanted of {@link Resolver#getNameInfo}, as getnameinfo(3) has it. */
public enum NameInfoFlag {
  /** The address in digits, without a lookup (NI_NUMERICHOST). */
  NUMERIC_HOST,
  /** The port in digits (NI_NUMERICSERV). */
  NUMERIC_SERVICE,
  /** An address without a name is an error, and not given in digits (NI_NAMEREQD). */
  NAME_REQUIRED,
  /** A name in one of the search domains is given without that (NI_NOFQDN). */
  NO_FQDN,
  /** The service is one over UDP and not over TCP (NI_DGRAM). */
  DATAGRAM
}
