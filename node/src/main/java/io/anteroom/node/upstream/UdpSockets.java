// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The UDP sockets of a forwarder. As many as the pool's settings say are in use and opened when
 * first needed; as many again may be draining, which means that they only wait for answers to
 * queries sent before. Every query uses a socket chosen at random, so that its source port can't be
 * predicted from the query before. While the system gives no more sockets, the open ones are used
 * beyond their life.
 */
final class UdpSockets {
  /**
   * With more than half of the ids taken, a forger could guess the remaining ones much more easily.
   */
  private static final int MAX_QUERIES = IdSpace.SIZE / 2;

  private final @Nullable UdpSocket[] inUse;
  private final Queue<UdpSocket> draining = new ArrayDeque<>();
  private final int maxQueries;
  private final long lifeNanos;
  private final RandomBits random;
  private final LongFunction<@Nullable UdpSocket> opener;

  UdpSockets(
      int sockets,
      int maxQueries,
      long lifeNanos,
      RandomBits random,
      LongFunction<@Nullable UdpSocket> opener) {
    this.inUse = new @Nullable UdpSocket[sockets];
    this.maxQueries = Math.min(maxQueries, MAX_QUERIES);
    this.lifeNanos = lifeNanos;
    this.random = random;
    this.opener = opener;
  }

  /**
   * A socket for a query; null if none is in use and the bound leaves no room for another, or the
   * system gives none.
   */
  @Nullable UdpSocket pick(long nowNanos) {
    int first = random.below(inUse.length);
    for (int i = 0; i < inUse.length; i++) {
      UdpSocket socket = atSlot((first + i) % inUse.length, nowNanos);
      if (socket != null) {
        return socket;
      }
    }
    return null;
  }

  private @Nullable UdpSocket atSlot(int slot, long nowNanos) {
    UdpSocket old = inUse[slot];
    if (old != null && !old.isSpent(maxQueries, lifeNanos, nowNanos)) {
      return old;
    }
    boolean makesRoom = old != null && old.inFlight() == 0;
    if (isFull() && !makesRoom) {
      retire(old);
      return null;
    }
    UdpSocket fresh = opener.apply(nowNanos);
    if (fresh == null && old != null && !old.isSpent(MAX_QUERIES, Long.MAX_VALUE, nowNanos)) {
      // No socket can be opened: a query from an old port is better than no answer.
      return old;
    }
    retire(old);
    inUse[slot] = fresh;
    return fresh;
  }

  /** Whether the maximum of sockets is open, draining ones included. */
  boolean isFull() {
    return size() >= 2 * inUse.length;
  }

  /** Retires a socket: it gets no more queries, and is closed when none is in flight on it. */
  void retire(@Nullable UdpSocket socket) {
    if (socket == null || socket.isRetired()) {
      return;
    }
    socket.retire();
    for (int i = 0; i < inUse.length; i++) {
      if (inUse[i] == socket) {
        inUse[i] = null;
      }
    }
    draining.add(socket);
    closeIfDrained(socket);
  }

  /**
   * Closes a retired socket without queries in flight. To be called when an exchange on it has
   * ended.
   */
  void closeIfDrained(UdpSocket socket) {
    if (socket.isRetired() && socket.inFlight() == 0) {
      draining.remove(socket);
      socket.close();
    }
  }

  /** Closes a socket now; returns the exchanges that were in flight on it. */
  List<Exchange> close(UdpSocket socket) {
    List<Exchange> exchanges = socket.removeAll();
    retire(socket);
    closeIfDrained(socket);
    return exchanges;
  }

  /**
   * Makes room by closing the socket that has been draining longest; returns its exchanges in
   * flight.
   */
  List<Exchange> closeOldest() {
    UdpSocket oldest = draining.peek();
    return oldest == null ? List.of() : close(oldest);
  }

  List<Exchange> closeAll() {
    List<Exchange> all = new ArrayList<>();
    for (UdpSocket socket : inUse) {
      if (socket != null) {
        all.addAll(close(socket));
      }
    }
    while (!draining.isEmpty()) {
      all.addAll(closeOldest());
    }
    return all;
  }

  /** Number of open sockets, in use and draining. */
  int size() {
    int size = draining.size();
    for (UdpSocket socket : inUse) {
      size += socket == null ? 0 : 1;
    }
    return size;
  }
}
