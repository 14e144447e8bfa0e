// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Parses servers in the notation of c-ares (ares_set_servers_csv(3)): {@code 192.0.2.1}, {@code
 * 192.0.2.1:5300}, {@code 2001:db8::1}, {@code [fe80::1]:53%eth0}, {@code
 * dns://192.0.2.1:53?tcpport=5300}, {@code dns+tls://192.0.2.1?hostname=dns.example}, or several of
 * them, separated by commas. A URI may also have {@code weight} and, with TLS, one or more {@code
 * pin} and {@code ca}, a file of certificates. Only callers that may read files accept {@code ca}.
 */
public final class ServerText {
  private static final int DNS_PORT = 53;
  private static final int TLS_PORT = 853;
  private static final int MAX_WEIGHT = 1_000;
  private static final int SHA_256 = 32;
  private static final String PLAIN = "dns";
  private static final String TLS = "dns+tls";

  private ServerText() {}

  /**
   * The default ports of servers without TLS.
   *
   * @param udp 1 to 65,535
   * @param tcp 1 to 65,535
   */
  public record Ports(int udp, int tcp) {
    /** The DNS port. */
    public static final Ports DEFAULT = new Ports(DNS_PORT, DNS_PORT);
  }

  /**
   * Parses one or more servers, which must not name a file.
   *
   * @throws IllegalArgumentException says what is wrong
   */
  public static List<ServerSettings> parseAll(String text) {
    return parseAll(text, Ports.DEFAULT, null);
  }

  /**
   * Parses one or more servers, and reads the files that they name.
   *
   * @param ports the ports of servers that are written without one
   * @param directory the directory of relative file names; null refuses files
   * @throws IllegalArgumentException says what is wrong
   */
  public static List<ServerSettings> parseAll(String text, Ports ports, @Nullable Path directory) {
    // Without -1, a trailing comma would be accepted.
    return Arrays.stream(text.split(",", -1))
        .map(String::strip)
        .map(server -> parse(server, ports, directory))
        .toList();
  }

  static ServerSettings parse(String text) {
    return parse(text, Ports.DEFAULT, null);
  }

  /**
   * Parses one server.
   *
   * @throws IllegalArgumentException says what is wrong
   */
  static ServerSettings parse(String text, Ports ports, @Nullable Path directory) {
    int scheme = text.indexOf("://");
    if (scheme < 0) {
      int tcpPort = hasPort(text) ? 0 : ports.tcp();
      return plain(usable(address(text, ports.udp()), text), tcpPort, Options.parse("", text));
    }
    int query = text.indexOf('?', scheme);
    String address = text.substring(scheme + 3, query < 0 ? text.length() : query);
    if (address.endsWith("/")) {
      address = address.substring(0, address.length() - 1);
    }
    Options options = Options.parse(query < 0 ? "" : text.substring(query + 1), text);
    ServerSettings server =
        switch (text.substring(0, scheme)) {
          case PLAIN -> {
            int tcpPort = hasPort(address) ? 0 : ports.tcp();
            yield plain(usable(address(address, ports.udp()), text), tcpPort, options);
          }
          case TLS -> overTls(usable(address(address, TLS_PORT), text), options, text, directory);
          default ->
              throw new IllegalArgumentException(
                  "must start with dns:// or dns+tls://, not \"" + text + "\"");
        };
    options.refuseRest(text);
    return server;
  }

  /** The shortest text that {@link #parseAll} parses to this server. */
  public static String of(ServerSettings server) {
    ServerSettings.Tls tls = server.tls();
    InetSocketAddress address = server.address();
    List<String> options = new ArrayList<>();
    if (server.tcpPort() != address.getPort()) {
      options.add("tcpport=" + server.tcpPort());
    }
    if (tls != null && tls.name() != null) {
      options.add("hostname=" + tls.name());
    }
    if (tls != null) {
      tls.pins().stream().sorted().forEach(pin -> options.add("pin=" + pin));
    }
    if (tls != null && tls.ca() != null) {
      options.add("ca=" + escaped(tls.ca().file().toString()));
    }
    if (server.weight() != 1) {
      options.add("weight=" + server.weight());
    }
    String scheme = tls != null ? TLS + "://" : options.isEmpty() ? "" : PLAIN + "://";
    String query = options.isEmpty() ? "" : "?" + String.join("&", options);
    return scheme + withInterface(address) + query;
  }

  /** Escapes characters that would end a value or a server in a list. */
  private static String escaped(String value) {
    return value.replace("%", "%25").replace("&", "%26").replace(",", "%2C");
  }

  private static String withInterface(InetSocketAddress address) {
    if (address.getAddress() instanceof Inet6Address ipv6 && ipv6.getScopeId() != 0) {
      NetworkInterface named = ipv6.getScopedInterface();
      String zone = named == null ? Integer.toString(ipv6.getScopeId()) : named.getName();
      return Addresses.text(address) + "%" + zone;
    }
    return Addresses.text(address);
  }

  /** A server without TLS; 0 as the TCP port means that of the address. */
  private static ServerSettings plain(InetSocketAddress address, int tcpPort, Options options) {
    int usual = tcpPort == 0 ? address.getPort() : tcpPort;
    int tcp = options.number("tcpport", usual, 0xffff);
    return new ServerSettings(address, tcp, null, options.number("weight", 1, MAX_WEIGHT));
  }

  private static ServerSettings overTls(
      InetSocketAddress address, Options options, String text, @Nullable Path directory) {
    Set<String> pins = new LinkedHashSet<>(options.all("pin"));
    pins.forEach(ServerText::checkPin);
    String name = options.last("hostname");
    if (name == null && pins.isEmpty()) {
      throw new IllegalArgumentException(
          "needs ?hostname=NAME or ?pin=SHA256, or anybody could answer: \"" + text + "\"");
    }
    String file = options.last("ca");
    if (file != null && name == null) {
      throw new IllegalArgumentException("ca needs ?hostname=NAME: \"" + text + "\"");
    }
    TrustedCa ca = file == null ? null : ca(file, directory);
    int weight = options.number("weight", 1, MAX_WEIGHT);
    return new ServerSettings(
        address, address.getPort(), new ServerSettings.Tls(name, pins, ca), weight);
  }

  /** Text from the network must not name local files. */
  private static TrustedCa ca(String file, @Nullable Path directory) {
    if (directory == null) {
      throw new IllegalArgumentException(
          "ca can't be given here, where no file is read: \"" + file + "\"");
    }
    try {
      return TrustedCa.read(directory.resolve(file));
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("ca is no name of a file: \"" + file + "\"", e);
    }
  }

  private static void checkPin(String pin) {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(pin);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("the pin is no base64: \"" + pin + "\"", e);
    }
    if (bytes.length != SHA_256) {
      throw new IllegalArgumentException(
          "a pin is the SHA-256 of a public key, 32 bytes and not %d: \"%s\""
              .formatted(bytes.length, pin));
    }
  }

  /** Whether the text has a port after the address. */
  private static boolean hasPort(String text) {
    int bracket = text.lastIndexOf(']');
    int colon = text.indexOf(':', Math.max(bracket, 0));
    return colon >= 0 && colon == text.lastIndexOf(':');
  }

  /**
   * Parses an address with an interface after a percent sign, which c-ares writes after the port.
   */
  private static InetSocketAddress address(String text, int defaultPort) {
    int bracket = text.lastIndexOf(']');
    int zone = text.indexOf('%', Math.max(bracket, 0));
    if (bracket >= 0 && zone > bracket) {
      String inside = text.substring(0, bracket) + text.substring(zone);
      return Addresses.withPortOr(defaultPort, inside + "]" + text.substring(bracket + 1, zone));
    }
    boolean bareIpv6 = bracket < 0 && text.indexOf(':') != text.lastIndexOf(':');
    return bareIpv6
        ? new InetSocketAddress(Addresses.literal(text), defaultPort)
        : Addresses.withPortOr(defaultPort, text);
  }

  private static InetSocketAddress usable(InetSocketAddress server, String text) {
    InetAddress address = server.getAddress();
    if (server.getPort() == 0 || address.isAnyLocalAddress() || address.isMulticastAddress()) {
      throw new IllegalArgumentException("no server can be at \"" + text + "\"");
    }
    return server;
  }

  /** The options after the question mark; every key must be read. */
  private record Options(Map<String, List<String>> values) {
    static Options parse(String query, String text) {
      Map<String, List<String>> values = new LinkedHashMap<>();
      for (String pair : query.isEmpty() ? new String[0] : query.split("&", -1)) {
        int equals = pair.indexOf('=');
        if (equals <= 0) {
          throw new IllegalArgumentException("must be KEY=VALUE behind the ? of \"" + text + "\"");
        }
        // A plus sign is literal here, as in base64, and not a blank.
        String value = pair.substring(equals + 1).replace("+", "%2B");
        values
            .computeIfAbsent(pair.substring(0, equals), key -> new ArrayList<>())
            .add(URLDecoder.decode(value, StandardCharsets.UTF_8));
      }
      return new Options(values);
    }

    List<String> all(String key) {
      List<String> found = values.remove(key);
      return found == null ? List.of() : found;
    }

    @Nullable String last(String key) {
      List<String> found = all(key);
      return found.isEmpty() ? null : found.get(found.size() - 1);
    }

    int number(String key, int fallback, int max) {
      String text = last(key);
      if (text == null) {
        return fallback;
      }
      if (text.matches("[0-9]{1,5}") && Integer.parseInt(text) >= 1) {
        int number = Integer.parseInt(text);
        if (number <= max) {
          return number;
        }
      }
      throw new IllegalArgumentException(
          "%s must be 1 to %d, not \"%s\"".formatted(key, max, text));
    }

    void refuseRest(String text) {
      if (values.containsKey("domain")) {
        throw new IllegalArgumentException(
            "servers for a domain are a pool of their own, chosen by a rule: \"" + text + "\"");
      }
      values.keySet().stream()
          .findFirst()
          .ifPresent(
              key -> {
                throw new IllegalArgumentException(
                    "doesn't know \"%s\" in \"%s\"; known are tcpport, hostname, pin, ca, weight"
                        .formatted(key, text));
              });
    }
  }
}
