// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.IncomingConnection;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.japi.function.Function;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.UniqueKillSwitch;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Keep;
import org.jspecify.annotations.Nullable;

/**
 * The connections of the HTTP interface, normally at most {@value #MAX} at once. When that many are
 * open, a new connection replaces the one that has been idle longest, of the client address with
 * the most connections; if all have a request in progress, it is accepted in addition. So a client
 * that opens idle connections can't lock out monitoring. Thread-safe.
 */
final class AdminConnections {
  static final int MAX = 64;

  private final Function<HttpRequest, CompletionStage<HttpResponse>> handler;
  private final Materializer materializer;
  private final Set<Connection> connections = new LinkedHashSet<>();

  AdminConnections(
      Function<HttpRequest, CompletionStage<HttpResponse>> handler, Materializer materializer) {
    this.handler = handler;
    this.materializer = materializer;
  }

  /** One connection; guarded by the lock of the table. */
  private final class Connection {
    final InetAddress from;
    private @Nullable UniqueKillSwitch end;
    private boolean busy;
    private boolean ended;

    Connection(InetAddress from) {
      this.from = from;
    }

    private CompletionStage<HttpResponse> serve(HttpRequest request) throws Exception {
      setBusy(this, true);
      return handler.apply(request).whenComplete((answer, failure) -> setBusy(this, false));
    }

    void close() {
      ended = true;
      if (end != null) {
        end.shutdown();
      }
    }
  }

  /** Serves a connection until it ends or a new one replaces it. */
  void accept(IncomingConnection incoming) {
    Connection connection = new Connection(incoming.remoteAddress().getAddress());
    makeRoom();
    synchronized (connections) {
      connections.add(connection);
    }
    Flow<HttpRequest, HttpResponse, UniqueKillSwitch> flow =
        Flow.of(HttpRequest.class)
            .viaMat(KillSwitches.single(), Keep.right())
            .mapAsync(1, connection::serve)
            .watchTermination(
                (end, done) -> {
                  done.whenComplete((value, failure) -> remove(connection));
                  return end;
                });
    UniqueKillSwitch end = incoming.handleWith(flow, materializer);
    synchronized (connections) {
      connection.end = end;
      if (connection.ended) {
        end.shutdown();
      }
    }
  }

  private void setBusy(Connection connection, boolean busy) {
    synchronized (connections) {
      connection.busy = busy;
      // Moves it to the end: the table is in order of last use.
      if (connections.remove(connection)) {
        connections.add(connection);
      }
    }
  }

  private void remove(Connection connection) {
    synchronized (connections) {
      connections.remove(connection);
    }
  }

  private void makeRoom() {
    synchronized (connections) {
      if (connections.size() < MAX) {
        return;
      }
      Map<InetAddress, Integer> counts = new HashMap<>();
      connections.forEach(each -> counts.merge(each.from, 1, Integer::sum));
      List<Connection> idle = new ArrayList<>(connections);
      idle.removeIf(each -> each.busy);
      idle.stream()
          .max(Comparator.comparingInt(each -> counts.getOrDefault(each.from, 0)))
          .map(most -> firstOf(idle, most.from))
          .ifPresent(
              oldest -> {
                connections.remove(oldest);
                oldest.close();
              });
    }
  }

  private static Connection firstOf(List<Connection> idle, InetAddress from) {
    for (Connection each : idle) {
      if (each.from.equals(from)) {
        return each;
      }
    }
    return idle.get(0);
  }

  /** Closes all connections, after requests in progress have been answered. */
  void close() {
    synchronized (connections) {
      connections.forEach(Connection::close);
    }
  }
}
