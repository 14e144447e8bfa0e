// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.node.wire.WireName;
import io.anteroom.protocol.Transport;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
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
 */
public record DdrSettings(WireName name, List<InetAddress> addresses, List<Transport> order) {
  private static final String KEY = "ddr";

  public DdrSettings {
    addresses = List.copyOf(addresses);
    order = List.copyOf(order);
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
            block.list("order", List::of, DdrSettings::transport));
    if (complete && listeners.stream().noneMatch(read::tells)) {
      anteroom.warn(KEY, "has no listener with encryption and a fixed port to tell clients of");
    }
    return read;
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
   * not known yet.
   */
  public boolean tells(ListenerSettings listener) {
    Transport transport = listener.transport();
    return isEncrypted(transport)
        && listener.address().getPort() != 0
        && (order.isEmpty() || order.contains(transport));
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
