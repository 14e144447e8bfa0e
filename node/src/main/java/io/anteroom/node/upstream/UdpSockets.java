// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The UDP sockets of a forwarder: as many in use as the pool says, opened when first needed, and as
 * many again that only wait for the answers to what they have sent. Every query goes to a socket
 * chosen at random, so that the port can't be told from the query before. While the system gives no
 * more sockets, those that are open stay in use beyond their life.
 */
final class UdpSockets {
  /** At more than half of the ids, a forger would have a much better guess at the rest. */
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

  /** A socket for a query; null if none is in use and the bound leaves no room for another. */
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
      // None can be opened: an old port is better than no answer.
      return old;
    }
    retire(old);
    inUse[slot] = fresh;
    return fresh;
  }

  /** Whether there are as many as there may be, those that drain included. */
  boolean isFull() {
    return size() >= 2 * inUse.length;
  }

  /** Gives a socket no more queries, and closes it when it has none left. */
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

  /** To be called when an exchange on this socket has ended. */
  void closeIfDrained(UdpSocket socket) {
    if (socket.isRetired() && socket.inFlight() == 0) {
      draining.remove(socket);
      socket.close();
    }
  }

  /** Closes a socket now and returns what was in flight on it. */
  List<Exchange> close(UdpSocket socket) {
    List<Exchange> exchanges = socket.removeAll();
    retire(socket);
    closeIfDrained(socket);
    return exchanges;
  }

  /** Makes room by closing the socket that has been draining longest. */
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

  /** All sockets, in use and draining. */
  int size() {
    int size = draining.size();
    for (UdpSocket socket : inUse) {
      size += socket == null ? 0 : 1;
    }
    return size;
  }
}
