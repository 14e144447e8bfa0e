// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.node.wire.WireName;
import io.anteroom.protocol.Transport;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the discovery of designated resolvers (DDR, RFC 9462): how clients of the plain
 * listeners find those with encryption.
 *
 * @param name the name in the certificates of these listeners
 * @param addresses the addresses of the name; empty to have clients look them up
 * @param order the transports that are told, the preferred one first; empty for all that there are,
 *     in the order of the listeners
 * @param ports the port of a transport as clients see it, where it is not that of the listener, for
 *     example behind NAT
 */
public record DdrSettings(
    WireName name,
    List<InetAddress> addresses,
    List<Transport> order,
    Map<Transport, Integer> ports) {
  private static final String KEY = "ddr";
  private static final int MAX_PORT = 65_535;

  public DdrSettings {
    addresses = List.copyOf(addresses);
    order = List.copyOf(order);
    ports = Map.copyOf(ports);
  }

  /** Reads the settings; null without the block. */
  static @Nullable DdrSettings read(SettingsReader anteroom, List<ListenerSettings> listeners) {
    if (!anteroom.has(KEY)) {
      return null;
    }
    SettingsReader block = anteroom.block(KEY);
    boolean complete = block.require("name");
    DdrSettings read =
        new DdrSettings(
            block.parsed("name", WireName.parse("."), DdrSettings::name),
            block.list("addresses", List::of, Addresses::literal),
            block.list("order", List::of, DdrSettings::transport),
            ports(block.block("ports"), listeners));
    if (complete && listeners.stream().noneMatch(read::tells)) {
      anteroom.warn(KEY, "has no listener with encryption and a fixed port to tell clients of");
    }
    return read;
  }

  private static Map<Transport, Integer> ports(
      SettingsReader block, List<ListenerSettings> listeners) {
    Map<Transport, Integer> ports = new EnumMap<>(Transport.class);
    for (Transport transport : Transport.values()) {
      String key = transport.word();
      if (isEncrypted(transport) && block.has(key)) {
        ports.put(transport, block.integer(key, 1, 1, MAX_PORT));
        if (listeners.stream().noneMatch(listener -> listener.transport() == transport)) {
          block.warn(key, "has no effect: there is no listener on " + key);
        }
      }
    }
    return ports;
  }

  private static WireName name(String text) {
    WireName name = WireName.parse(text);
    // _dns. is put before it.
    if (name.length() == 1 || name.length() > WireName.MAX_LENGTH - 5) {
      throw new IllegalArgumentException("must be a name of a host");
    }
    return name;
  }

  private static Transport transport(String word) {
    Map<String, Transport> words = new TreeMap<>();
    for (Transport transport : Transport.values()) {
      if (isEncrypted(transport)) {
        words.put(transport.word(), transport);
      }
    }
    Transport known = words.get(word);
    if (known == null) {
      throw new IllegalArgumentException(SettingsReader.unknown(word, words.keySet()));
    }
    return known;
  }

  private static boolean isEncrypted(Transport transport) {
    return transport != Transport.UDP && transport != Transport.TCP;
  }

  /**
   * Whether clients are told of this listener. They can't be told of one on any free port, which is
   * not known yet, unless its port as clients see it is set.
   */
  public boolean tells(ListenerSettings listener) {
    Transport transport = listener.transport();
    return isEncrypted(transport)
        && port(listener) != 0
        && (order.isEmpty() || order.contains(transport));
  }

  /** The port of a listener as clients see it; 0 if it is not known. */
  public int port(ListenerSettings listener) {
    return ports.getOrDefault(listener.transport(), listener.address().getPort());
  }

  /** The IPv4 addresses. */
  public List<InetAddress> ipv4() {
    return addresses.stream().filter(Inet4Address.class::isInstance).toList();
  }

  /** The IPv6 addresses. */
  public List<InetAddress> ipv6() {
    List<InetAddress> others = new ArrayList<>(addresses);
    others.removeAll(ipv4());
    return others;
  }
}
