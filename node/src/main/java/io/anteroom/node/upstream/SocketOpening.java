// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import java.time.Duration;

/**
 * Opens UDP sockets and TCP connections to one server. If the system gives none, usually because
 * the process has reached its limit of file descriptors, queries use the open sockets, or go to
 * another server at once. The next attempt is made 100 ms later at the earliest, and the failure
 * does not count against the server. Confined to the pool's thread.
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

  /** Whether the server is asked over TLS only. */
  boolean isOverTls() {
    return server.tls() != null;
  }

  /** A connection that is not open yet, of the kind that the server is asked on. */
  TcpConnection connection(Forwarder forwarder, IdSpace ids, long nowNanos) {
    return server.carrier() == ServerSettings.Carrier.TCP
        ? new TcpConnection(forwarder, ids, nowNanos)
        : new StreamConnection(forwarder, ids, nowNanos);
  }

  /** Whether the last attempt failed. */
  boolean isFailing() {
    return failing;
  }

  /** Whether an attempt may be made: not within 100 ms after a failure. */
  boolean isPossible(long nowNanos) {
    return !failing || nowNanos - failedNanos >= PAUSE_NANOS;
  }

  /** Begins to open a channel; false if the system gives none. */
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
