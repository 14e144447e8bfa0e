// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.Netmask;
import io.netty.util.NetUtil;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.StringTokenizer;
import org.jspecify.annotations.Nullable;

/**
 * A line of a hosts file:
 *
 * <pre>
 * ADDRESS NAME...                   these names have this address
 * client=NETWORKS ADDRESS NAME...   the same for clients in these networks, separated by commas
 * CLIENT:ADDRESS NAME...            the same for one client with an IPv4 address, as BlackHoleJ has it
 * NS TARGET NAME...                 queries for these names are forwarded to this pool or these servers
 * NS NAME                           queries for this name don't use local data
 * </pre>
 *
 * <p>{@code NS} may also follow {@code client=}. A {@code #} starts a comment.
 *
 * @param clients the clients of the line; empty for all clients
 * @param address null for NS
 * @param target the target of NS; null if there is none
 * @param names at least one
 */
record HostsLine(
    List<Netmask> clients, byte @Nullable [] address, @Nullable String target, List<String> names) {

  private static final String BLANK = " \t\f\r\u000b";
  private static final String CLIENT = "client=";

  /**
   * Reads a line.
   *
   * @return null if the line is empty
   * @throws IllegalArgumentException if the line is invalid; the message says why
   */
  static @Nullable HostsLine parse(String line) {
    List<String> words = words(line);
    if (words.isEmpty()) {
      return null;
    }
    String first = words.get(0);
    List<Netmask> clients = List.of();
    if (first.startsWith(CLIENT)) {
      clients = networks(first.substring(CLIENT.length()));
      words = words.subList(1, words.size());
      first = words.isEmpty() ? "" : words.get(0);
    } else if (hasClient(first)) {
      int colon = first.indexOf(':');
      clients = List.of(Netmask.parse(first.substring(0, colon)));
      first = first.substring(colon + 1);
    }
    List<String> names = words.isEmpty() ? List.of() : words.subList(1, words.size());
    return first.equalsIgnoreCase("NS") ? forward(clients, names) : host(clients, first, names);
  }

  private static List<String> words(String line) {
    StringTokenizer tokens = new StringTokenizer(withoutComment(line), BLANK);
    List<String> words = new ArrayList<>(tokens.countTokens());
    while (tokens.hasMoreTokens()) {
      words.add(tokens.nextToken());
    }
    return words;
  }

  private static String withoutComment(String line) {
    int comment = line.indexOf('#');
    while (comment > 0 && line.charAt(comment - 1) == '\\') {
      comment = line.indexOf('#', comment + 1);
    }
    return comment < 0 ? line : line.substring(0, comment);
  }

  private static List<Netmask> networks(String text) {
    return Arrays.stream(text.split(",", -1)).map(Netmask::parse).toList();
  }

  /** No IPv6 address begins with an IPv4 address and a colon. */
  private static boolean hasClient(String word) {
    int colon = word.indexOf(':');
    return colon > 0 && NetUtil.isValidIpV4Address(word.substring(0, colon));
  }

  private static HostsLine host(List<Netmask> clients, String address, List<String> names) {
    // An interface name after a link-local address can't be part of an answer.
    int zone = address.indexOf('%');
    String plain = zone < 0 ? address : address.substring(0, zone);
    byte[] bytes = Addresses.literal(plain).getAddress();
    if (names.isEmpty()) {
      throw new IllegalArgumentException("has no name behind " + address);
    }
    return new HostsLine(clients, bytes, null, names);
  }

  private static HostsLine forward(List<Netmask> clients, List<String> words) {
    if (words.isEmpty()) {
      throw new IllegalArgumentException("has no name behind NS");
    }
    return words.size() == 1
        ? new HostsLine(clients, null, null, words)
        : new HostsLine(clients, null, words.get(0), words.subList(1, words.size()));
  }
}
