// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A server of an upstream pool.
 *
 * @param address its address for UDP, or for TLS
 * @param tcpPort its port for TCP, at the same address
 * @param tls how its certificate is verified; null if TLS is not used
 * @param carrier what carries its messages on a connection; other than {@link Carrier#TCP} only
 *     with TLS
 * @param weight 1 to 1,000, for policies with weights
 */
public record ServerSettings(
    InetSocketAddress address, int tcpPort, @Nullable Tls tls, Carrier carrier, int weight) {

  /** What carries messages on a connection to the server. */
  public sealed interface Carrier {
    /** A stream of messages with their lengths, with or without TLS (RFC 7766, RFC 7858). */
    Carrier TCP = new Tcp();

    /** See {@link #TCP}. */
    record Tcp() implements Carrier {}

    /**
     * DNS over HTTPS (RFC 8484) on HTTP/2.
     *
     * @param path the path that is asked, with the slash at its start
     */
    record Https(String path) implements Carrier {}

    /** DNS over QUIC (RFC 9250). */
    record Quic() implements Carrier {}
  }

  /** A server that is asked over UDP, TCP or TLS. */
  public ServerSettings(InetSocketAddress address, int tcpPort, @Nullable Tls tls, int weight) {
    this(address, tcpPort, tls, Carrier.TCP, weight);
  }

  /**
   * The requirements for a certificate (RFC 7858 section 4.2, RFC 8310): the name, one of the pins,
   * or both if both are given.
   *
   * @param name the name in a trusted certificate; null if only the pins are checked
   * @param pins SHA-256 hashes of public keys, in base64 (RFC 7858 appendix A)
   * @param ca the authorities for a certificate with the name; null for those that the JVM trusts
   * @param anyone whether every certificate will do, as only a tool for diagnosis may want; the
   *     name is then that which the server is asked for
   */
  public record Tls(
      @Nullable String name, Set<String> pins, @Nullable TrustedCa ca, boolean anyone) {
    public Tls {
      pins = Set.copyOf(pins);
    }

    /** Requirements that hold. */
    public Tls(@Nullable String name, Set<String> pins, @Nullable TrustedCa ca) {
      this(name, pins, ca, false);
    }

    /** Requirements with the authorities that the JVM trusts. */
    public Tls(@Nullable String name, Set<String> pins) {
      this(name, pins, null);
    }
  }

  /** A server without TLS, with the same port for UDP and TCP. */
  public static ServerSettings of(InetSocketAddress address) {
    return new ServerSettings(address, address.getPort(), null, 1);
  }

  /** The same server, whose messages something else carries. */
  ServerSettings withCarrier(Carrier other) {
    return new ServerSettings(address, tcpPort, tls, other, weight);
  }

  static List<ServerSettings> of(List<InetSocketAddress> addresses) {
    return addresses.stream().map(ServerSettings::of).toList();
  }
}
