// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where a filter that is no member is found, and how it answers. */
public sealed interface ConnectorSettings {

  /** It gets DNS messages as datagrams and answers with their ids. */
  sealed interface Datagram extends ConnectorSettings {}

  /**
   * Unix datagram sockets.
   *
   * @param sendTo the path that the filter has bound; a name that starts with {@code @} is in the
   *     abstract namespace of Linux
   * @param receiveAt the path where its verdicts come in; null if it sends them back to where the
   *     message came from
   */
  record Unix(String sendTo, @Nullable String receiveAt) implements Datagram {
    /** What {@code sockaddr_un} has room for, less the NUL at the end. */
    public static final int MAX_PATH = 107;
  }

  /** A connected UDP socket; verdicts come from where the messages go. */
  record Udp(InetSocketAddress sendTo) implements Datagram {}

  /** When a connector speaks HTTP/2. */
  enum Http2 {
    /** Over TLS, where the server chooses it (ALPN). */
    ON,
    /** Never. */
    OFF,
    /** Always, without asking the server (RFC 9113, section 3.3), also over plain TCP. */
    PRIOR_KNOWLEDGE
  }

  /**
   * A filter that is asked over HTTP, one request for each query.
   *
   * @param url what the DNS messages are posted to
   * @param ca certificates that the server's must lead to, in PEM; null for those that the system
   *     trusts
   * @param authorization the header of that name; null for none
   * @param maxRequests how many may be under way at once
   * @param http2 when HTTP/2 is spoken
   */
  record Http(
      URI url, @Nullable Path ca, @Nullable String authorization, int maxRequests, Http2 http2)
      implements ConnectorSettings {
    public static final int DEFAULT_MAX_REQUESTS = 200;

    /** Without the secret. */
    @Override
    public String toString() {
      return "Http[" + url + "]";
    }
  }
}
