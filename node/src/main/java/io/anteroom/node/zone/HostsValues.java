// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.config.Netmask;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What names in hosts files stand for, as a number for each: at or above zero it is that of the
 * only address; below, it leads to something in here that many names may share. So a million names
 * with an address each take nothing in here. Built by one thread, then read by any.
 */
final class HostsValues {
  /** Stands for no line at all. */
  static final int NOTHING = Integer.MIN_VALUE;

  private static final int MAX_ADDRESSES = 1_000;
  private static final int MAX_CLIENTS = 1_000;

  /** What a value below zero leads to. */
  private sealed interface Shared {}

  private record Several(int[] addresses) implements Shared {}

  /** The pool is null where a query goes on as if there were no local data. */
  private record Forward(@Nullable String pool) implements Shared {}

  /** The values of lines that are for some clients, in their order; never shared. */
  private record PerClient(int forAll, List<ForClients> some) implements Shared {}

  private record ForClients(List<Netmask> clients, int value) {}

  private final List<Shared> shared = new ArrayList<>();
  private final Map<Long, Integer> unions = new HashMap<>();
  private final Map<String, Integer> forwards = new HashMap<>();

  /** The value of names that go to this pool; null for where they would go anyway. */
  int forward(@Nullable String pool) {
    return forwards.computeIfAbsent(pool == null ? "" : pool, name -> newValue(new Forward(pool)));
  }

  /**
   * The value of a name for which there is one more line. Addresses come to those that are there;
   * apart from that, the first line decides.
   *
   * @param added of the line alone
   * @throws IllegalArgumentException if there would be too many
   */
  int add(int value, List<Netmask> clients, int added) {
    Shared known = value < 0 && value != NOTHING ? shared.get(~value) : null;
    if (known instanceof PerClient some) {
      shared.set(
          ~value,
          clients.isEmpty()
              ? new PerClient(union(some.forAll(), added), some.some())
              : new PerClient(some.forAll(), withClients(some.some(), clients, added)));
      return value;
    }
    return clients.isEmpty()
        ? union(value, added)
        : newValue(new PerClient(value, List.of(new ForClients(clients, added))));
  }

  private List<ForClients> withClients(List<ForClients> some, List<Netmask> clients, int added) {
    List<ForClients> all = new ArrayList<>(some);
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).clients().equals(clients)) {
        all.set(i, new ForClients(clients, union(all.get(i).value(), added)));
        return all;
      }
    }
    if (all.size() == MAX_CLIENTS) {
      throw new IllegalArgumentException("a name has at most 1000 lines for some clients");
    }
    all.add(new ForClients(clients, added));
    return all;
  }

  private int union(int value, int added) {
    if (value == NOTHING) {
      return added;
    }
    boolean forwarded = value < 0 && shared.get(~value) instanceof Forward;
    if (value == added || added < 0 || forwarded || contains(addresses(value), added)) {
      return value;
    }
    return unions.computeIfAbsent(
        (long) value << 32 | added, key -> newValue(several(addresses(value), added)));
  }

  private static boolean contains(int[] addresses, int wanted) {
    for (int address : addresses) {
      if (address == wanted) {
        return true;
      }
    }
    return false;
  }

  private static Several several(int[] addresses, int added) {
    if (addresses.length == MAX_ADDRESSES) {
      throw new IllegalArgumentException("a name has at most 1000 addresses");
    }
    int[] more = Arrays.copyOf(addresses, addresses.length + 1);
    more[addresses.length] = added;
    return new Several(more);
  }

  private int newValue(Shared meant) {
    shared.add(meant);
    return ~(shared.size() - 1);
  }

  /** To be called once, when there are no more lines. */
  void trim() {
    unions.clear();
    forwards.clear();
  }

  /** The value for this client, which is not one for some clients; NOTHING if there is none. */
  int forClient(int value, InetAddress client) {
    if (value < 0 && value != NOTHING && shared.get(~value) instanceof PerClient perClient) {
      for (ForClients some : perClient.some()) {
        if (Netmask.anyContains(some.clients(), client)) {
          return some.value();
        }
      }
      return perClient.forAll();
    }
    return value;
  }

  /** The numbers of the addresses of such a value; none if it is one to be forwarded. */
  int[] addresses(int value) {
    if (value >= 0) {
      return new int[] {value};
    }
    return shared.get(~value) instanceof Several several ? several.addresses() : new int[0];
  }

  /** Whether such a value means that the query is forwarded. */
  boolean isForward(int value) {
    return value < 0 && shared.get(~value) instanceof Forward;
  }

  /** The pool that queries are forwarded to; null for the one they would go to anyway. */
  @Nullable String pool(int value) {
    return shared.get(~value) instanceof Forward forward ? forward.pool() : null;
  }
}
