// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.NotUsed;
import org.apache.pekko.http.javadsl.IncomingConnection;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.japi.function.Function;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.UniqueKillSwitch;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.jspecify.annotations.Nullable;

/**
 * The connections of the HTTP interface, normally at most {@value #MAX} at once. When that many are
 * open, a new connection replaces the one that has been idle longest, of the client address with
 * the most connections. If all have a request in progress, it is accepted in addition, up to
 * {@value #MAX_BUSY}; above that it is closed. So a client that opens idle connections can't lock
 * out monitoring. Thread-safe.
 */
final class AdminConnections {
  static final int MAX = 64;

  /** Requests in progress end by themselves within seconds, so this is reached by a flood only. */
  static final int MAX_BUSY = 4 * MAX;

  private static final Flow<HttpRequest, HttpResponse, NotUsed> HANG_UP =
      Flow.fromSinkAndSource(Sink.cancelled(), Source.empty());

  private final Function<HttpRequest, CompletionStage<HttpResponse>> handler;
  private final Materializer materializer;
  private final Counters<Counter> counters;
  private final Set<Connection> connections = new LinkedHashSet<>();

  AdminConnections(
      Function<HttpRequest, CompletionStage<HttpResponse>> handler,
      Materializer materializer,
      Counters<Counter> counters) {
    this.handler = handler;
    this.materializer = materializer;
    this.counters = counters;
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

  /** Serves a connection until it ends or a new one replaces it, or closes it at once. */
  void accept(IncomingConnection incoming) {
    Connection connection = new Connection(incoming.remoteAddress().getAddress());
    if (!add(connection)) {
      counters.increment(Counter.ADMIN_CONNECTIONS_REFUSED);
      refuse(incoming);
      return;
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

  /** Closes a connection without an answer. */
  void refuse(IncomingConnection incoming) {
    incoming.handleWith(HANG_UP, materializer);
  }

  /** False if there is no room. */
  private boolean add(Connection connection) {
    synchronized (connections) {
      makeRoom();
      return connections.size() < MAX_BUSY && connections.add(connection);
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

  /** Closes an idle connection if there is no room for another one; the caller has the lock. */
  private void makeRoom() {
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
              counters.increment(Counter.ADMIN_CONNECTIONS_REPLACED);
            });
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
