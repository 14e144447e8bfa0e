// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import java.time.Duration;

/**
 * Opens the sockets and connections to one server. When the system gives none, above all because
 * the process has no file descriptor left, the query goes over those that are open, or to another
 * server at once. The system is asked again after 100 ms, and the server is not blamed. For the
 * pool's thread alone.
 */
final class SocketOpening {
  private static final long PAUSE_NANOS = Duration.ofMillis(100).toNanos();

  private final Forwarder.Opener opener;
  private final ServerSettings server;
  private final Counters<Counter> counters;
  private boolean failing;
  private long failedNanos;

  SocketOpening(Forwarder.Opener opener, ServerSettings server, Counters<Counter> counters) {
    this.opener = opener;
    this.server = server;
    this.counters = counters;
    opener.prepare(server);
  }

  /** Whether there is nothing but connections with TLS. */
  boolean isOverTls() {
    return server.tls() != null;
  }

  /** Whether the last attempt brought no channel. */
  boolean isFailing() {
    return failing;
  }

  /** Whether to try: not within 100 ms after a failure. */
  boolean isPossible(long nowNanos) {
    return !failing || nowNanos - failedNanos >= PAUSE_NANOS;
  }

  /** Begins to open a channel; false if there is none to be had. */
  boolean open(UpstreamSocket wire, long nowNanos) {
    failing =
        wire instanceof UdpSocket socket
            ? !opener.open(socket, server)
            : !opener.open((TcpConnection) wire, server);
    if (failing) {
      failedNanos = nowNanos;
      counters.increment(Counter.UPSTREAM_SOCKETS_FAILED);
    } else {
      counters.increment(Counter.UPSTREAM_SOCKETS);
    }
    return !failing;
  }
}
