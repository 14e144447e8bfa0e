// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.tls.TlsProvider;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The TLS contexts of a pool's servers, for all event loops: a session that one loop has begun is
 * resumed by the others. Safe for any thread.
 */
final class TlsContexts {
  private final TlsProvider provider;
  private final Counters<Counter> counters;

  /** Cleared when it is full, which only repeated changes of the servers can cause. */
  private final Map<Key, SslContext> contexts = new ConcurrentHashMap<>();

  private final Map<ServerSettings.Tls, QuicSslContext> quicContexts = new ConcurrentHashMap<>();

  /** Servers with the same requirements share a context; it keeps their sessions apart. */
  private record Key(ServerSettings.Tls tls, String protocol) {}

  TlsContexts(TlsProvider provider, Counters<Counter> counters) {
    this.provider = provider;
    this.counters = counters;
  }

  /**
   * The context for a server. The first call for a server may take some 50 ms.
   *
   * @throws IllegalStateException if there is no TLS here
   */
  SslContext of(ServerSettings server, ServerSettings.Tls tls) {
    boolean https = server.carrier() instanceof ServerSettings.Carrier.Https;
    Key key = new Key(tls, https ? ApplicationProtocolNames.HTTP_2 : "");
    SslContext known = contexts.get(key);
    if (known != null) {
      return known;
    }
    if (contexts.size() >= PoolSettings.MAX_SERVERS) {
      contexts.clear();
    }
    return contexts.computeIfAbsent(
        key, missing -> UpstreamTls.context(tls, provider, missing.protocol(), this::verified));
  }

  /**
   * The context for a server over QUIC.
   *
   * @throws IllegalStateException if there is no TLS here; the library of QUIC must have been
   *     loaded
   */
  QuicSslContext quic(ServerSettings server) {
    ServerSettings.Tls tls = Objects.requireNonNull(server.tls());
    if (quicContexts.size() >= PoolSettings.MAX_SERVERS) {
      quicContexts.clear();
    }
    return quicContexts.computeIfAbsent(tls, missing -> UpstreamTls.quic(missing, this::verified));
  }

  /** Makes the context of a server in advance. */
  void prepare(ServerSettings server, ServerSettings.Tls tls) {
    if (server.carrier() instanceof ServerSettings.Carrier.Quic) {
      if (QuicOpening.whyImpossible() == null) {
        var unused = quic(server);
      }
    } else {
      var unused = of(server, tls);
    }
  }

  private void verified() {
    counters.increment(Counter.UPSTREAM_TLS_VERIFIED);
  }
}
