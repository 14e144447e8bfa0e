// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** How to reach a filter that is not a cluster member, and how it answers. */
public sealed interface ConnectorSettings {

  /** The filter receives DNS messages as datagrams and its answers repeat their message ids. */
  sealed interface Datagram extends ConnectorSettings {}

  /**
   * Unix datagram sockets.
   *
   * @param sendTo path that the filter has bound; a name that starts with {@code @} is in the
   *     abstract namespace of Linux
   * @param receiveAt path at which verdicts are received; null if the filter sends them back to the
   *     socket that the message came from
   */
  record Unix(String sendTo, @Nullable String receiveAt) implements Datagram {
    /**
     * Most bytes of a path: the size of {@code sun_path} in {@code sockaddr_un}, less the final
     * NUL.
     */
    public static final int MAX_PATH = 107;
  }

  /** A connected UDP socket; verdicts must come from the address that messages are sent to. */
  record Udp(InetSocketAddress sendTo) implements Datagram {}

  /** When a connector uses HTTP/2. */
  enum Http2 {
    /** Over TLS, if the server selects it (ALPN). */
    ON,
    /** Never. */
    OFF,
    /**
     * Always, without negotiation (prior knowledge, RFC 9113 section 3.3), also over cleartext TCP.
     */
    PRIOR_KNOWLEDGE
  }

  /**
   * A filter that is asked over HTTP, with one request for each query.
   *
   * @param url the URL that DNS messages are posted to
   * @param ca PEM file of the CA certificates for the server; null for those that the system trusts
   * @param authorization value of the Authorization header; null for none
   * @param maxRequests most requests in flight at once
   * @param http2 when HTTP/2 is used
   */
  record Http(
      URI url, @Nullable Path ca, @Nullable String authorization, int maxRequests, Http2 http2)
      implements ConnectorSettings {
    public static final int DEFAULT_MAX_REQUESTS = 200;

    /** Omits the Authorization header, which is a secret. */
    @Override
    public String toString() {
      return "Http[" + url + "]";
    }
  }
}
