// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.wire.NameTable;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.wire.WireQuery;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What hosts files say. Immutable once it is built; safe for any thread.
 *
 * <h2>Which line counts</h2>
 *
 * A name is looked for among the exact names first, then among the wildcards from the longest to
 * the shortest, then among the patterns in their order. At each of these a line for some clients
 * counts before one for everybody, and is passed by if the client is none of them. Lines for the
 * same name and the same clients are one: their addresses come together.
 *
 * <p>What is found owns the name, whatever the type: where there is no address of the type asked
 * for, the answer is that there is none. So AAAA does not go upstream where A is overridden.
 *
 * <h2>Shape</h2>
 *
 * A name takes its place in a {@link NameTable} and an int, an address its reverse name and two
 * ints; objects are there only for what is rare. Answers are put together when they are asked for.
 */
final class HostsTable {
  private final HostsNames exact;
  private final HostsNames wildcards;
  private final List<ByPattern> patterns;
  private final AddressTable addresses;
  private final HostsValues values;
  private final HostsAnswers answers;

  /** A pattern and the value of its lines. */
  record ByPattern(NamePattern pattern, int value) {}

  HostsTable(
      HostsNames exact,
      HostsNames wildcards,
      List<ByPattern> patterns,
      AddressTable addresses,
      HostsValues values,
      int ttlSeconds) {
    this.exact = exact;
    this.wildcards = wildcards;
    this.patterns = List.copyOf(patterns);
    this.addresses = addresses;
    this.values = values;
    this.answers = new HostsAnswers(addresses, ttlSeconds);
  }

  /** How many names and patterns there are. */
  int size() {
    return exact.names.size() + wildcards.names.size() + patterns.size();
  }

  /**
   * What the files say about a query of class IN.
   *
   * @return null if they don't know its name, {@code NONE} if they say that it goes on
   */
  @Nullable LocalOutcome find(WireQuery query, InetAddress client) {
    WireName name = query.name();
    int number = exact.names.find(name);
    int value = number == NameTable.NONE ? HostsValues.NOTHING : pick(exact, number, client);
    if (value == HostsValues.NOTHING) {
      int owner = addresses.nameBehind(name);
      if (owner != AddressTable.NAMELESS) {
        return answers.pointer(query, exact.names.name(owner));
      }
      value = byWildcard(name, client);
    }
    if (value == HostsValues.NOTHING) {
      value = byPattern(name, client);
    }
    return value == HostsValues.NOTHING ? null : outcome(query, value);
  }

  private int pick(HostsNames names, int number, InetAddress client) {
    return values.forClient(names.value(number), client);
  }

  private int byWildcard(WireName name, InetAddress client) {
    int number = wildcards.names.closestAbove(name);
    while (number != NameTable.NONE) {
      int value = pick(wildcards, number, client);
      if (value != HostsValues.NOTHING) {
        return value;
      }
      number = wildcards.names.closestAbove(wildcards.names.name(number));
    }
    return HostsValues.NOTHING;
  }

  private int byPattern(WireName name, InetAddress client) {
    byte[] text = patterns.isEmpty() ? new byte[0] : NamePattern.textOf(name);
    for (ByPattern line : patterns) {
      int value =
          line.pattern().matches(text)
              ? values.forClient(line.value(), client)
              : HostsValues.NOTHING;
      if (value != HostsValues.NOTHING) {
        return value;
      }
    }
    return HostsValues.NOTHING;
  }

  private LocalOutcome outcome(WireQuery query, int value) {
    if (values.isForward(value)) {
      String pool = values.pool(value);
      return pool == null ? LocalOutcome.NONE : new LocalOutcome.Route(pool);
    }
    return answers.addresses(query, values.addresses(value));
  }
}
