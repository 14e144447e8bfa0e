// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.apache.pekko.Done;
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
 * The connections of the HTTP interface, so bounded that nobody can lock an operator or a health
 * check out by opening many: {@value #MAX} in all, of which {@value #MAX_REMOTE} may come from other
 * machines, and {@value #MAX_OF_NETWORK} from one IPv4 address or IPv6 /64. Where there are as many
 * already, the one that has been without a request for longest makes room; if all of them have one
 * under way, the new one is closed. Safe for any thread.
 *
 * <p>A connection that brings no whole request within 5 s, or no further one within 30 s, is closed.
 */
final class AdminConnections {
  static final int MAX = 128;
  static final int MAX_REMOTE = 96;
  static final int MAX_OF_NETWORK = 16;

  /** How often {@link #closeIdle} is to be called. */
  static final Duration LOOK = Duration.ofSeconds(1);

  private static final long FIRST_REQUEST_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final long NEXT_REQUEST_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final Function<HttpRequest, CompletionStage<HttpResponse>> handler;
  private final Counters<Counter> counters;
  private final LongSupplier nanoTime;
  private final Materializer materializer;

  /** The oldest first. */
  private final Set<Connection> open = new LinkedHashSet<>();

  private final CompletableFuture<Done> ended = new CompletableFuture<>();
  private boolean ending;

  AdminConnections(
      Function<HttpRequest, CompletionStage<HttpResponse>> handler,
      Counters<Counter> counters,
      LongSupplier nanoTime,
      Materializer materializer) {
    this.handler = handler;
    this.counters = counters;
    this.nanoTime = nanoTime;
    this.materializer = materializer;
  }

  /** A connection that has not been closed. Guarded by the set that it is in. */
  static final class Connection {
    final InetAddress client;
    final ByteBuffer network;
    long idleSince;
    long patience = FIRST_REQUEST_NANOS;
    boolean isBusy;
    boolean isClosed;
    @Nullable UniqueKillSwitch end;

    Connection(InetAddress client, long now) {
      this.client = client;
      this.network = networkOf(client);
      this.idleSince = now;
    }

    void close() {
      isClosed = true;
      if (end != null) {
        end.shutdown();
      }
    }
  }

  private static ByteBuffer networkOf(InetAddress client) {
    byte[] address = client.getAddress();
    return ByteBuffer.wrap(client instanceof Inet6Address ? Arrays.copyOf(address, 8) : address);
  }

  /** Takes a connection, or closes it. */
  void take(IncomingConnection incoming) {
    Connection connection = admit(incoming.remoteAddress().getAddress());
    if (connection == null) {
      Source.<HttpResponse>empty().via(incoming.flow()).runWith(Sink.cancelled(), materializer);
      return;
    }
    UniqueKillSwitch end =
        incoming.handleWith(
            Flow.of(HttpRequest.class)
                .viaMat(KillSwitches.single(), Keep.right())
                .mapAsync(1, request -> answer(connection, request))
                .watchTermination(
                    (kill, done) -> {
                      done.whenComplete((d, failure) -> remove(connection));
                      return kill;
                    }),
            materializer);
    synchronized (open) {
      connection.end = end;
      if (connection.isClosed) {
        end.shutdown();
      }
    }
  }

  /** The connection if there is room for it. */
  @Nullable Connection admit(InetAddress client) {
    Connection connection = new Connection(client, nanoTime.getAsLong());
    synchronized (open) {
      if (!ending && hasRoom(connection)) {
        open.add(connection);
        return connection;
      }
    }
    counters.increment(Counter.ADMIN_CONNECTIONS_REFUSED);
    return null;
  }

  private boolean hasRoom(Connection connection) {
    boolean isRemote = !connection.client.isLoopbackAddress();
    return (!isRemote
            || (makeRoom(MAX_OF_NETWORK, other -> other.network.equals(connection.network))
                && makeRoom(MAX_REMOTE, other -> !other.client.isLoopbackAddress())))
        && makeRoom(MAX, other -> true);
  }

  /** Whether there are fewer of this kind than so many, by closing one if need be. */
  private boolean makeRoom(int most, Predicate<Connection> kind) {
    List<Connection> all = open.stream().filter(kind).toList();
    if (all.size() < most) {
      return true;
    }
    Connection idlest = null;
    for (Connection each : all) {
      if (!each.isBusy && (idlest == null || each.idleSince - idlest.idleSince < 0)) {
        idlest = each;
      }
    }
    if (idlest == null) {
      return false;
    }
    counters.increment(Counter.ADMIN_CONNECTIONS_REPLACED);
    end(idlest);
    return true;
  }

  private CompletionStage<HttpResponse> answer(Connection connection, HttpRequest request)
      throws Exception {
    begin(connection);
    return handler.apply(request).whenComplete((response, failure) -> done(connection));
  }

  /** A request has come. */
  void begin(Connection connection) {
    synchronized (open) {
      connection.isBusy = true;
    }
  }

  /** It has been answered. */
  void done(Connection connection) {
    synchronized (open) {
      connection.isBusy = false;
      connection.idleSince = nanoTime.getAsLong();
      connection.patience = NEXT_REQUEST_NANOS;
    }
  }

  /** Closes those that have brought no request for too long. */
  void closeIdle() {
    long now = nanoTime.getAsLong();
    synchronized (open) {
      for (Connection each : List.copyOf(open)) {
        if (!each.isBusy && now - each.idleSince > each.patience) {
          counters.increment(Counter.ADMIN_CONNECTIONS_IDLE);
          end(each);
        }
      }
    }
  }

  /** Takes no more and closes all, each when it has answered what it was asked. */
  CompletionStage<Done> end(Duration atMost) {
    synchronized (open) {
      ending = true;
      open.forEach(Connection::close);
      if (open.isEmpty()) {
        ended.complete(Done.getInstance());
      }
    }
    return ended.completeOnTimeout(Done.getInstance(), atMost.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void end(Connection connection) {
    open.remove(connection);
    connection.close();
  }

  private void remove(Connection connection) {
    synchronized (open) {
      open.remove(connection);
      if (ending && open.isEmpty()) {
        ended.complete(Done.getInstance());
      }
    }
  }
}
