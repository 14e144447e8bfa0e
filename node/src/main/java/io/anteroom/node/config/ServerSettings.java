// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A server of an upstream pool.
 *
 * @param address where it is asked over UDP, or over TLS if it is only asked so
 * @param tcpPort where it is asked over TCP, at the same address
 * @param tls how to know that it is the one that is meant; null if it is asked in the clear
 * @param weight 1 to 1,000, for the policies that take it into account
 */
public record ServerSettings(
    InetSocketAddress address, int tcpPort, @Nullable Tls tls, int weight) {

  /**
   * What a certificate must show (RFC 7858 section 4.2, RFC 8310): the name, one of the pins, or
   * both if both are given.
   *
   * @param name that a trusted certificate must bear; null if only the pins count
   * @param pins SHA-256 of the public key, in base64 (RFC 7858 appendix A)
   * @param ca who must have signed a certificate with the name; null for those that the JVM trusts
   */
  public record Tls(@Nullable String name, Set<String> pins, @Nullable TrustedCa ca) {
    public Tls {
      pins = Set.copyOf(pins);
    }

    /** With the authorities that the JVM trusts. */
    public Tls(@Nullable String name, Set<String> pins) {
      this(name, pins, null);
    }
  }

  /** A server that is asked in the clear, over UDP and TCP at the same port. */
  public static ServerSettings of(InetSocketAddress address) {
    return new ServerSettings(address, address.getPort(), null, 1);
  }

  static List<ServerSettings> of(List<InetSocketAddress> addresses) {
    return addresses.stream().map(ServerSettings::of).toList();
  }
}
