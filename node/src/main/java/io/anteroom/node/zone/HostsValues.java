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
 * The values of names in hosts files, as ints. A value of zero or more is the number of the name's
 * only address; a negative one leads to an object in this class, which names may share. So a
 * million names with one address each need no object. Built by one thread, then read by any thread.
 */
final class HostsValues {
  /** The value of a name without a line. */
  static final int NOTHING = Integer.MIN_VALUE;

  private static final int MAX_ADDRESSES = 1_000;
  private static final int MAX_CLIENTS = 1_000;

  /** The object of a negative value. */
  private sealed interface Shared {}

  private record Several(int[] addresses) implements Shared {}

  /** The pool is null if the query does not use local data. */
  private record Forward(@Nullable String pool) implements Shared {}

  /** The values of lines for some clients, in order; never shared. */
  private record PerClient(int forAll, List<ForClients> some) implements Shared {}

  private record ForClients(List<Netmask> clients, int value) {}

  private final List<Shared> shared = new ArrayList<>();
  private final Map<Long, Integer> unions = new HashMap<>();
  private final Map<String, Integer> forwards = new HashMap<>();

  /** The value of names that are forwarded to this pool; null means without local data. */
  int forward(@Nullable String pool) {
    return forwards.computeIfAbsent(pool == null ? "" : pool, name -> newValue(new Forward(pool)));
  }

  /**
   * Adds a line to the value of a name. Addresses are added to existing addresses; otherwise the
   * first line applies.
   *
   * @param added the value of the line
   * @throws IllegalArgumentException if there are too many
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

  /** Must be called once, after the last line. */
  void trim() {
    unions.clear();
    forwards.clear();
  }

  /** The value that applies to this client; NOTHING if there is none. */
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

  /** The numbers of the addresses of such a value; empty if it is forwarded. */
  int[] addresses(int value) {
    if (value >= 0) {
      return new int[] {value};
    }
    return shared.get(~value) instanceof Several several ? several.addresses() : new int[0];
  }

  /** Whether the query is forwarded. */
  boolean isForward(int value) {
    return value < 0 && shared.get(~value) instanceof Forward;
  }

  /** The pool to which queries are forwarded; null for the default choice. */
  @Nullable String pool(int value) {
    return shared.get(~value) instanceof Forward forward ? forward.pool() : null;
  }
}
