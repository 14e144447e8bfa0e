// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.flow.Counters;
import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaRef;
import io.anteroom.node.net.UnixDatagrams;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The endpoints and listeners of a script, by their numbers. They live as long as the node, whether
 * or not the script keeps its objects for them. What a script asks for while it is loaded is opened
 * when the node starts; later it is opened at once.
 *
 * <p>First for the thread that loads and starts, then for the thread of Lua.
 */
final class ScriptSockets {
  private static final Logger LOG = LoggerFactory.getLogger(ScriptSockets.class);

  /** Maximum number of endpoints, and of addresses on which listeners listen. */
  private static final int MAX_SOCKETS = 1_000;

  private final Counters<AsyncCounter> counters;
  private final Callbacks callbacks;
  private final List<Endpoint> endpoints = new ArrayList<>();
  private final List<List<ListeningSocket>> listeners = new ArrayList<>();
  private final List<ListeningSocket> started = new ArrayList<>();
  private @Nullable UnixDatagrams batch;
  private @Nullable EventLoop loop;
  private int sockets;

  /** Calls functions of the script. */
  interface Callbacks {
    void call(LuaRef function, int endpointId, byte[] payload, String from);
  }

  ScriptSockets(Counters<AsyncCounter> counters, Callbacks callbacks) {
    this.counters = counters;
    this.callbacks = callbacks;
  }

  /** Carries out {@code newNetworkEndpoint}; returns the endpoint's number. */
  long endpoint(String path) throws LuaFailure {
    takeSocket("newNetworkEndpoint");
    Endpoint endpoint = new Endpoint(path, counters);
    endpoints.add(endpoint);
    if (loop != null) {
      var unused = endpoint.open(loop);
    }
    return endpoints.size() - 1L;
  }

  Endpoint endpoint(long number) {
    return endpoints.get((int) number);
  }

  private void takeSocket(String function) throws LuaFailure {
    if (sockets == MAX_SOCKETS) {
      throw new LuaFailure(function + ": there are " + MAX_SOCKETS + " sockets already");
    }
    sockets++;
  }

  /** Carries out {@code newNetworkListener}; returns the listener's number. */
  long listener() throws LuaFailure {
    takeSocket("newNetworkListener");
    listeners.add(new ArrayList<>());
    return listeners.size() - 1L;
  }

  /** Carries out {@code addUnixListeningEndpoint}. */
  void listen(long listener, String path, int endpointId, LuaRef function, String place)
      throws LuaFailure {
    List<ListeningSocket> of = listeners.get((int) listener);
    if (started.stream().anyMatch(of::contains)) {
      throw new LuaFailure("addUnixListeningEndpoint: the listener has been started");
    } else if (listeners.stream().flatMap(List::stream).anyMatch(s -> s.path().equals(path))) {
      throw new LuaFailure(
          "addUnixListeningEndpoint: there is a listening socket at %s already"
              .formatted(UnixAddresses.text(path)));
    }
    takeSocket("addUnixListeningEndpoint");
    if (batch == null) {
      batch = ListeningSocket.batch();
    }
    of.add(
        new ListeningSocket(
            path,
            place,
            counters,
            batch,
            (payload, from) -> callbacks.call(function, endpointId, payload, from)));
  }

  /** Carries out {@code start} of a listener. */
  void start(long listener) throws LuaFailure {
    List<ListeningSocket> of = listeners.get((int) listener);
    if (of.isEmpty()) {
      throw new LuaFailure("start: the listener has no socket; add one first");
    }
    for (ListeningSocket socket : of) {
      if (!started.contains(socket)) {
        started.add(socket);
        if (loop != null) {
          openLater(socket, loop);
        }
      }
    }
  }

  private static void openLater(ListeningSocket socket, EventLoop on) {
    try {
      socket
          .bind(on)
          .addListener(
              bound -> {
                if (bound.isSuccess()) {
                  socket.read();
                } else {
                  LOG.warn("{}", socket.failure(bound.cause()));
                }
              });
    } catch (IOException e) {
      LOG.warn("{}", socket.failure(e));
    }
  }

  /**
   * Opens all sockets. Blocks, so not for an event loop.
   *
   * @throws IOException if the script can't listen, with a message for the operator; what is open
   *     must be closed then
   */
  void open(EventLoop on) throws IOException {
    loop = on;
    for (ListeningSocket socket : started) {
      Throwable cause;
      try {
        cause = socket.bind(on).awaitUninterruptibly().cause();
      } catch (IOException e) {
        cause = e;
      }
      if (cause != null) {
        throw new IOException(socket.failure(cause), cause);
      }
    }
    for (Endpoint endpoint : endpoints) {
      await(endpoint.open(on));
    }
    started.forEach(ListeningSocket::read);
  }

  /**
   * Goes on with the open sockets of a script that was replaced by the one of this object; opens
   * what that has not, and closes what is left of it. On the thread of Lua.
   */
  void takeOver(ScriptSockets before, EventLoop on) {
    loop = on;
    List<Endpoint> oldEndpoints = new ArrayList<>(before.endpoints);
    endpoints.replaceAll(
        endpoint -> {
          Endpoint old = removed(oldEndpoints, Endpoint::path, endpoint.path());
          if (old == null) {
            var unused = endpoint.open(on);
          }
          return old == null ? endpoint : old;
        });
    oldEndpoints.forEach(Endpoint::close);
    List<ListeningSocket> oldSockets = new ArrayList<>(before.started);
    started.replaceAll(
        socket -> {
          ListeningSocket old = removed(oldSockets, ListeningSocket::path, socket.path());
          if (old == null) {
            openLater(socket, on);
            return socket;
          }
          old.serve(socket);
          listeners.forEach(of -> of.replaceAll(one -> one == socket ? old : one));
          return old;
        });
    oldSockets.forEach(ListeningSocket::close);
  }

  private static <T> @Nullable T removed(List<T> from, Function<T, String> path, String wanted) {
    for (T one : from) {
      if (path.apply(one).equals(wanted)) {
        from.remove(one);
        return one;
      }
    }
    return null;
  }

  private static void await(Future<?> opened) throws IOException {
    try {
      opened.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Closes all sockets. On the thread of Lua. */
  void close() {
    endpoints.forEach(Endpoint::close);
    started.forEach(ListeningSocket::close);
  }
}
