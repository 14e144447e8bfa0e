// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.config.Netmask;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.zone.HostsTable.ByPattern;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads hosts files into a table, either all of them or none. */
final class HostsLoader {
  /** The maximum number of patterns; each is compared with every name that is not in the files. */
  private static final int MAX_PATTERNS = 1_000;

  /** The maximum size of each file. */
  private static final long MAX_BYTES = 1L << 30;

  /** The maximum number of messages for invalid lines. */
  private static final int MAX_TOLD = 1_000;

  private final Function<String, String> pools;
  private final HostsNames exact = new HostsNames();
  private final HostsNames wildcards = new HostsNames();
  private final Map<String, ByPattern> patterns = new LinkedHashMap<>();
  private final AddressTable addresses = new AddressTable();
  private final HostsValues values = new HostsValues();

  private HostsLoader(Function<String, String> pools) {
    this.pools = pools;
  }

  /**
   * Reads the files in order, like a single file.
   *
   * @param pools finds the pool for the target of an {@code NS} line; its IllegalArgumentException
   *     becomes the error
   * @throws IOException if lines are invalid; the message has all of them, each with its file
   */
  static HostsTable load(List<Path> files, int ttlSeconds, Function<String, String> pools)
      throws IOException {
    HostsLoader loader = new HostsLoader(pools);
    BadLines bad = new BadLines(MAX_TOLD);
    for (Path file : files) {
      loader.read(file, bad);
    }
    bad.throwIfAny();
    return loader.table(ttlSeconds);
  }

  private void read(Path file, BadLines bad) throws IOException {
    try (TextLines lines = TextLines.open(file, MAX_BYTES, bad)) {
      for (String line = lines.next(); line != null; line = lines.next()) {
        try {
          add(HostsLine.parse(line));
        } catch (IllegalArgumentException e) {
          bad.add(file, lines.number(), String.valueOf(e.getMessage()));
        }
      }
    }
  }

  private void add(@Nullable HostsLine line) {
    if (line == null) {
      return;
    }
    byte[] address = line.address();
    if (address == null) {
      String target = line.target();
      int forward = values.forward(target == null ? null : pools.apply(target));
      line.names().forEach(name -> add(name, line.clients(), forward));
      return;
    }
    int number = addresses.add(address);
    for (String name : line.names()) {
      int exactName = add(name, line.clients(), number);
      if (exactName >= 0 && line.clients().isEmpty() && !addresses.isUnspecified(number)) {
        addresses.setName(number, exactName);
      }
    }
  }

  /** The number of an exact name; -1 for a wildcard or pattern. */
  private int add(String name, List<Netmask> clients, int value) {
    if (!NamePattern.isOne(name)) {
      return add(exact, WireName.parse(HostName.toAscii(name)), clients, value);
    }
    if (NamePattern.isWildcard(name)) {
      WireName above = WireName.parse(name.equals("*") ? "." : HostName.toAscii(name.substring(2)));
      add(wildcards, above, clients, value);
    } else {
      addPattern(name, clients, value);
    }
    return -1;
  }

  private int add(HostsNames names, WireName name, List<Netmask> clients, int value) {
    int number = names.add(name);
    names.setValue(number, values.add(names.value(number), clients, value));
    return number;
  }

  private void addPattern(String text, List<Netmask> clients, int value) {
    ByPattern known = patterns.get(text);
    if (known == null && patterns.size() == MAX_PATTERNS) {
      throw new IllegalArgumentException(
          "there are more than 1000 patterns; names and *.example count as none");
    }
    NamePattern pattern = known == null ? NamePattern.parse(text) : known.pattern();
    int before = known == null ? HostsValues.NOTHING : known.value();
    patterns.put(text, new ByPattern(pattern, values.add(before, clients, value)));
  }

  private HostsTable table(int ttlSeconds) {
    exact.trim();
    wildcards.trim();
    addresses.trim();
    values.trim();
    List<ByPattern> inOrder = new ArrayList<>(patterns.values());
    return new HostsTable(exact, wildcards, inOrder, addresses, values, ttlSeconds);
  }
}
