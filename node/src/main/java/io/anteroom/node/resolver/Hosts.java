// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.zone.HostName;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A hosts file (hosts(5)): each line has an address, its official name, and aliases. Invalid lines
 * are skipped.
 */
final class Hosts {
  private final Map<String, Lines> byName = new HashMap<>();
  private final Map<InetAddress, HostEntry> byAddress = new HashMap<>();

  /** The merged content of all lines with a name. */
  private record Lines(String official, Set<String> names, List<InetAddress> addresses) {}

  static Hosts parse(Stream<String> lines) {
    Hosts hosts = new Hosts();
    lines.forEach(hosts::add);
    return hosts;
  }

  private void add(String line) {
    int comment = line.indexOf('#');
    String[] words = (comment < 0 ? line : line.substring(0, comment)).strip().split("\\s+");
    if (words.length < 2) {
      return;
    }
    InetAddress address;
    try {
      address = Addresses.literal(words[0]);
    } catch (IllegalArgumentException e) {
      return;
    }
    List<String> names = List.of(words).subList(1, words.length);
    byAddress.putIfAbsent(
        address, new HostEntry(names.get(0), names.subList(1, names.size()), List.of(address)));
    for (String name : names) {
      Lines known =
          byName.computeIfAbsent(
              key(name), key -> new Lines(names.get(0), new LinkedHashSet<>(), new ArrayList<>()));
      known.names().addAll(names);
      if (!known.addresses().contains(address)) {
        known.addresses().add(address);
      }
    }
  }

  /** The entry for a name; null if it has no addresses of this family. */
  @Nullable HostEntry find(String name, AddressFamily family) {
    Lines known = byName.get(key(name));
    if (known == null) {
      return null;
    }
    List<InetAddress> addresses = known.addresses().stream().filter(family::has).toList();
    List<String> aliases =
        known.names().stream().filter(alias -> !alias.equals(known.official())).toList();
    return addresses.isEmpty() ? null : new HostEntry(known.official(), aliases, addresses);
  }

  /** The entry for an address; null if there is none. */
  @Nullable HostEntry find(InetAddress address) {
    return byAddress.get(address);
  }

  /** Case-insensitive; a Unicode name equals its {@code xn--} form. */
  private static String key(String name) {
    String lower = ascii(name).toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }

  private static String ascii(String name) {
    try {
      return HostName.toAscii(name);
    } catch (IllegalArgumentException e) {
      // Such a name can't be queried.
      return name;
    }
  }
}
