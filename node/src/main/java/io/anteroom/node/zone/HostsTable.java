// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.wire.NameTable;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.wire.WireQuery;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The content of the hosts files. Immutable; thread-safe.
 *
 * <h2>Which line applies</h2>
 *
 * A name is looked up among the exact names first, then among the wildcards from the longest to the
 * shortest, then among the patterns in order. At each step, a line for some clients takes
 * precedence over one for all clients, and is skipped for other clients. Lines for the same name
 * and the same clients are merged: the name gets all their addresses.
 *
 * <p>A line applies to all types of the name: without an address of the query type, the answer is
 * NODATA. So AAAA is not forwarded if A is overridden.
 *
 * <h2>Shape</h2>
 *
 * A name takes an entry of a {@link NameTable} and an int, an address its reverse name and two
 * ints. Only rare cases have objects. Answers are created for each query.
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

  /** The number of names and patterns. */
  int size() {
    return exact.names.size() + wildcards.names.size() + patterns.size();
  }

  /**
   * Looks up a query of class IN.
   *
   * @return null if the name is unknown, {@code NONE} if a line says not to use local data
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
