// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.blocklist.Blocklist;
import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.config.NodeSettingsReader;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.listener.OpenSockets;
import io.anteroom.protocol.Transport;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The message of a node that is ready: where it listens, and commands to try. */
final class Announcement {
  private final NodeSettings settings;
  private final List<OpenSockets.Bound> listening;

  Announcement(NodeConfiguration configuration, List<OpenSockets.Bound> listening) {
    this.settings = configuration.settings();
    this.listening = listening;
  }

  /** The listeners in one line: {@code UDP+TCP 127.0.0.1:5354, UDP+TCP [::1]:5354}. */
  String where() {
    Map<String, List<String>> transports = new LinkedHashMap<>();
    for (OpenSockets.Bound bound : listening) {
      transports
          .computeIfAbsent(Addresses.text(bound.address()), address -> new ArrayList<>())
          .add(bound.transport().word().toUpperCase(Locale.ROOT));
    }
    List<String> parts = new ArrayList<>();
    transports.forEach((address, words) -> parts.add(String.join("+", words) + " " + address));
    return String.join(", ", parts);
  }

  /** Commands with {@code dig}, and what each shows; empty if nothing is certain. */
  List<String> toTry() {
    List<String> lines = new ArrayList<>();
    if (hasBuiltInZone()) {
      lines.add(
          dig("www." + NodeSettingsReader.BUILT_IN_ZONE, "an address, from the built-in zone"));
    }
    if (settings.embeddedBlocklist()) {
      lines.add(dig(Blocklist.EXAMPLE, "REFUSED, EDE 15 (Blocked): refused by the filter"));
    }
    PoolSettings pool = settings.upstreams().get(PoolSettings.DEFAULT);
    if (pool != null && !pool.servers().isEmpty()) {
      String server = Addresses.text(pool.servers().get(0).address());
      lines.add(dig("example.com", "an answer from " + server));
    }
    addIfListening(lines, Transport.TLS, "an answer over TLS");
    addIfListening(lines, Transport.HTTPS, "an answer over HTTPS");
    addIfListening(lines, Transport.QUIC, "an answer over QUIC");
    return lines;
  }

  private void addIfListening(List<String> lines, Transport transport, String shows) {
    String name = hasBuiltInZone() ? "www." + NodeSettingsReader.BUILT_IN_ZONE : "example.com";
    listening.stream()
        .filter(any -> any.transport() == transport)
        .findFirst()
        .ifPresent(
            bound -> lines.add(line(command("kdig", bound, name) + option(transport), shows)));
  }

  private static String option(Transport transport) {
    return transport == Transport.UDP ? "" : " +" + transport.word();
  }

  private boolean hasBuiltInZone() {
    return settings.zones().stream()
        .anyMatch(zone -> zone.origin().equals(NodeSettingsReader.BUILT_IN_ZONE));
  }

  private String dig(String name, String shows) {
    OpenSockets.Bound bound =
        listening.stream()
            .filter(any -> any.transport() == Transport.UDP)
            .findFirst()
            .orElse(listening.get(0));
    return line(command("dig", bound, name) + option(bound.transport()), shows);
  }

  private static String command(String program, OpenSockets.Bound bound, String name) {
    InetAddress address = bound.address().getAddress();
    String host = address.isAnyLocalAddress() ? "127.0.0.1" : NetUtil.toAddressString(address);
    return "%s @%s -p %d %s".formatted(program, host, bound.address().getPort(), name);
  }

  private static String line(String command, String shows) {
    return "  %-48s # %s".formatted(command, shows);
  }
}
