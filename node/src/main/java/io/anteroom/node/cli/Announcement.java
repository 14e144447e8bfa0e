// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.blocklist.Blocklist;
import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.config.NodeSettingsReader;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a node says when it is ready: where it listens, and what to try. */
final class Announcement {
  private final NodeSettings settings;
  private final List<InetSocketAddress> listening;

  /**
   * An announcement.
   *
   * @param listening as bound, in the order of the configuration
   */
  Announcement(NodeConfiguration configuration, List<InetSocketAddress> listening) {
    this.settings = configuration.settings();
    this.listening = listening;
  }

  /** {@code UDP 127.0.0.1:5354, TCP 127.0.0.1:5354}, as one line. */
  String where() {
    Map<String, List<String>> transports = new LinkedHashMap<>();
    for (int i = 0; i < listening.size(); i++) {
      String address = Addresses.text(listening.get(i));
      transports.computeIfAbsent(address, key -> new ArrayList<>()).add(transport(i));
    }
    List<String> parts = new ArrayList<>();
    transports.forEach((address, words) -> parts.add(String.join("+", words) + " " + address));
    return String.join(", ", parts);
  }

  /** Lines with {@code dig}, and what each shows. Empty if nothing can be promised. */
  List<String> toTry() {
    List<String> lines = new ArrayList<>();
    if (hasBuiltInZone()) {
      lines.add(
          dig("www." + NodeSettingsReader.BUILT_IN_ZONE, "an address, from the built-in zone"));
    }
    if (settings.embeddedBlocklist()) {
      lines.add(dig(Blocklist.EXAMPLE, "REFUSED, EDE 15 (Blocked): the filter said so"));
    }
    PoolSettings pool = settings.upstreams().get(PoolSettings.DEFAULT);
    if (pool != null && !pool.servers().isEmpty()) {
      String server = Addresses.text(pool.servers().get(0));
      lines.add(dig("example.com", "an answer from " + server));
    }
    return lines;
  }

  private boolean hasBuiltInZone() {
    return settings.zones().stream()
        .anyMatch(zone -> zone.origin().equals(NodeSettingsReader.BUILT_IN_ZONE));
  }

  private String dig(String name, String shows) {
    int first = 0;
    for (int i = listening.size() - 1; i >= 0; i--) {
      first = transport(i).equals("UDP") ? i : first;
    }
    InetSocketAddress address = listening.get(first);
    String host =
        address.getAddress().isAnyLocalAddress()
            ? "127.0.0.1"
            : address.getAddress().getHostAddress();
    String tcp = transport(first).equals("TCP") ? " +tcp" : "";
    String command = "dig @%s -p %d %s%s".formatted(host, address.getPort(), name, tcp);
    return "  %-52s # %s".formatted(command, shows);
  }

  private String transport(int index) {
    List<ListenerSettings> listeners = settings.listeners();
    Transport transport =
        index < listeners.size() ? listeners.get(index).transport() : Transport.UDP;
    return transport.word().toUpperCase(Locale.ROOT);
  }
}
