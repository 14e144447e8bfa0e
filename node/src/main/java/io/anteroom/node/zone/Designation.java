// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.config.DdrSettings;
import io.anteroom.node.config.HttpSettings;
import io.anteroom.node.config.Https3ListenerSettings;
import io.anteroom.node.config.HttpsListenerSettings;
import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.config.QuicListenerSettings;
import io.anteroom.node.config.TcpListenerSettings;
import io.anteroom.node.config.TlsListenerSettings;
import io.anteroom.node.config.UdpListenerSettings;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.Transport;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Tells clients of the node's listeners with encryption (DDR, RFC 9462): the SVCB records (RFC
 * 9461) of {@code _dns.resolver.arpa}, for clients that know the node by its address, and of {@code
 * _dns.NAME}, for those that know its name. Other types of these names have no data. Immutable.
 */
final class Designation {
  private static final int TTL = 300;
  private static final WireName BY_ADDRESS = WireName.parse("_dns.resolver.arpa");

  private final WireName byName;
  private final LocalZones zones;

  /**
   * What a listener offers.
   *
   * @param alpn its protocols, separated by commas
   * @param port the port that clients take if they are told none
   * @param path of its URI, for DNS over HTTPS; empty for other transports
   */
  private record Offer(String alpn, int port, String path) {
    private static final Offer NONE = new Offer("", 0, "");
  }

  /** The transports that have encryption, each with what it offers. */
  private static final class Offers implements ListenerSettings.Visitor<Offer> {
    @Override
    public Offer udp(UdpListenerSettings settings) {
      return Offer.NONE;
    }

    @Override
    public Offer tcp(TcpListenerSettings settings) {
      return Offer.NONE;
    }

    @Override
    public Offer tls(TlsListenerSettings settings) {
      return new Offer("dot", 853, "");
    }

    /** Without TLS, clients reach it only through a proxy that this node does not know. */
    @Override
    public Offer https(HttpsListenerSettings settings) {
      return settings.tls() == null ? Offer.NONE : http("h2,http/1.1", settings.http());
    }

    @Override
    public Offer quic(QuicListenerSettings settings) {
      return new Offer("doq", 853, "");
    }

    @Override
    public Offer https3(Https3ListenerSettings settings) {
      return http("h3", settings.http());
    }

    private static Offer http(String alpn, HttpSettings settings) {
      String path = settings.paths().exact();
      return path == null ? Offer.NONE : new Offer(alpn, 443, path);
    }
  }

  private Designation(WireName byName, LocalZones zones) {
    this.byName = byName;
    this.zones = zones;
  }

  /** The records for these listeners. */
  static Designation of(DdrSettings settings, List<ListenerSettings> listeners) {
    WireName byName = WireName.parse("_dns." + settings.name());
    String records = records(settings, listeners);
    try {
      return new Designation(
          byName,
          LocalZones.of(
              List.of(
                  SpecialNames.zone("resolver.arpa.", "_dns TXT \"\"\n" + owned("_dns", records)),
                  SpecialNames.zone(byName.toString(), owned("@", records)))));
    } catch (IOException e) {
      throw new IllegalStateException("a record of our own is wrong: " + e.getMessage(), e);
    }
  }

  private static String owned(String owner, String records) {
    return records.lines().map(line -> owner + " " + line + "\n").collect(Collectors.joining());
  }

  private static String records(DdrSettings settings, List<ListenerSettings> listeners) {
    List<Transport> order = settings.order();
    List<String> offers =
        listeners.stream()
            .filter(settings::tells)
            .sorted(Comparator.comparingInt(listener -> order.indexOf(listener.transport())))
            .map(listener -> parameters(listener.accept(new Offers()), settings.port(listener)))
            .filter(offer -> !offer.isEmpty())
            .distinct()
            .toList();
    String hints = hints("ipv4hint", settings.ipv4()) + hints("ipv6hint", settings.ipv6());
    List<String> records = new ArrayList<>();
    for (int i = 0; i < offers.size(); i++) {
      records.add(
          String.format(
              Locale.ROOT,
              "%d SVCB %d %s %s%s",
              TTL,
              i + 1,
              settings.name(),
              offers.get(i),
              hints));
    }
    return String.join("\n", records);
  }

  /** Empty if there is nothing to tell. */
  private static String parameters(Offer offer, int port) {
    if (offer.equals(Offer.NONE)) {
      return "";
    }
    String told = "alpn=\"" + offer.alpn + "\"";
    if (port != offer.port) {
      told += " port=" + port;
    }
    // The parameter dohpath (RFC 9461 section 5): a template whose variable is the query.
    return offer.path.isEmpty() ? told : told + " key7=\"" + escaped(offer.path) + "{?dns}\"";
  }

  /** A text between quotes in a zone file (RFC 1035 section 5.1). */
  private static String escaped(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"");
  }

  private static String hints(String key, List<InetAddress> addresses) {
    return addresses.isEmpty()
        ? ""
        : addresses.stream()
            .map(NetUtil::toAddressString)
            .collect(Collectors.joining(",", " " + key + "=", ""));
  }

  /** The answer to a query of class IN for one of the two names; null for other names. */
  byte @Nullable [] answer(WireQuery query) {
    WireName name = query.name();
    return name.equals(BY_ADDRESS) || name.equals(byName) ? zones.answer(query) : null;
  }
}
