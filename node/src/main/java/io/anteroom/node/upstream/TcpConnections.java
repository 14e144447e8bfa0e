// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The TCP connections to one server: the current one, on which new queries are sent, and at most
 * {@value #MAX_RETIRED} retired ones on which earlier queries still wait for their answers.
 * Confined to the thread of its forwarder.
 */
final class TcpConnections {
  static final int MAX_RETIRED = 8;

  private final ArrayDeque<TcpConnection> retired = new ArrayDeque<>(1);
  private @Nullable TcpConnection current;

  /** The connection for new queries; null if there is none. */
  @Nullable TcpConnection current() {
    return current == null || current.isClosed() ? null : current;
  }

  /** Sends new queries on this connection from now on. */
  void set(TcpConnection connection) {
    current = connection;
  }

  /**
   * Sends no new queries on this connection; it is closed when it has no query in flight.
   *
   * @return the oldest retired connection if there are too many, which the caller must close; else
   *     null
   */
  @Nullable TcpConnection retire(TcpConnection connection) {
    if (connection != current) {
      return null;
    }
    current = null;
    retired.add(connection);
    closeIfDrained(connection);
    return retired.size() > MAX_RETIRED ? retired.poll() : null;
  }

  /**
   * Closes this connection if it is retired and has no query in flight. To be called when an
   * exchange on it has ended.
   */
  void closeIfDrained(TcpConnection connection) {
    if (connection != current && connection.inFlight() == 0 && retired.remove(connection)) {
      connection.close();
    }
  }

  /** Closes this connection; returns the exchanges that were in flight on it. */
  List<Exchange> close(TcpConnection connection) {
    retired.remove(connection);
    connection.close();
    return connection.removeAll();
  }

  /** Closes all connections; returns the exchanges that were in flight on them. */
  List<Exchange> closeAll() {
    List<TcpConnection> all = new ArrayList<>(retired);
    if (current != null) {
      all.add(current);
    }
    return all.stream().map(this::close).flatMap(List::stream).toList();
  }
}
