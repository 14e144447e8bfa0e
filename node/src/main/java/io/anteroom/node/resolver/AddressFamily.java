// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;
import org.xbill.DNS.Type;

/** The address families to look up. */
public enum AddressFamily {
  /** Both, AF_UNSPEC; costs two queries. */
  ANY,
  /** AF_INET. */
  IPV4,
  /** AF_INET6. */
  IPV6;

  /** The record types to query. */
  List<Integer> types() {
    return switch (this) {
      case ANY -> List.of(Type.A, Type.AAAA);
      case IPV4 -> List.of(Type.A);
      case IPV6 -> List.of(Type.AAAA);
    };
  }

  boolean has(InetAddress address) {
    return this == ANY || (address instanceof Inet4Address) == (this == IPV4);
  }
}
