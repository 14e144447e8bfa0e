// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The TCP connections to one server: the one on which queries go out, and at most {@value
 * #MAX_RETIRED} others on which earlier ones still wait for their answers. Confined to the thread
 * of its forwarder.
 */
final class TcpConnections {
  static final int MAX_RETIRED = 8;

  private final ArrayDeque<TcpConnection> retired = new ArrayDeque<>(1);
  private @Nullable TcpConnection current;

  /** The one for new queries; null if there is none. */
  @Nullable TcpConnection current() {
    return current == null || current.isClosed() ? null : current;
  }

  /** New queries go out on this one from now on. */
  void set(TcpConnection connection) {
    current = connection;
  }

  /**
   * New queries don't go out on this one any more; it is closed when nothing waits there.
   *
   * @return one for which there is no room any more, to be given up; null for none
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

  /** Something has ended on this one, which is closed if it is not needed any more. */
  void closeIfDrained(TcpConnection connection) {
    if (connection != current && connection.inFlight() == 0 && retired.remove(connection)) {
      connection.close();
    }
  }

  /** Closes this one; returns what was in flight there. */
  List<Exchange> close(TcpConnection connection) {
    retired.remove(connection);
    connection.close();
    return connection.removeAll();
  }

  /** Closes all; returns what was in flight there. */
  List<Exchange> closeAll() {
    List<TcpConnection> all = new ArrayList<>(retired);
    if (current != null) {
      all.add(current);
    }
    return all.stream().map(this::close).flatMap(List::stream).toList();
  }
}
