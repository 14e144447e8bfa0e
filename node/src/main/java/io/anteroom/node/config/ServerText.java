// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.node.tls.QuicLibrary;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Parses servers in the notation of c-ares (ares_set_servers_csv(3)): {@code 192.0.2.1}, {@code
 * 192.0.2.1:5300}, {@code 2001:db8::1}, {@code [fe80::1]:53%eth0}, {@code
 * dns://192.0.2.1:53?tcpport=5300}, {@code dns+tls://192.0.2.1?hostname=dns.example}, {@code
 * https://192.0.2.1/dns-query?hostname=dns.example}, {@code quic://192.0.2.1?hostname=dns.example},
 * or several of them, separated by commas. A URI may also have {@code weight} and, with TLS, one or
 * more {@code pin} and {@code ca}, a file of certificates. Only callers that may read files accept
 * {@code ca}.
 *
 * <p>The host of an https URI may be the name itself, as providers write it; then one or more
 * {@code address} follow, as in {@code https://dns.example/dns-query?address=192.0.2.1}. The node
 * never looks up the name of an upstream server.
 */
public final class ServerText {
  private static final int DNS_PORT = 53;
  private static final int TLS_PORT = 853;
  private static final int HTTPS_PORT = 443;
  private static final int MAX_WEIGHT = 1_000;
  private static final int SHA_256 = 32;
  private static final String PLAIN = "dns";
  private static final String TLS = "dns+tls";
  private static final String QUIC = "quic";
  private static final String HTTPS = "https";

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
        .flatMap(server -> parseAddresses(server, ports, directory).stream())
        .toList();
  }

  static ServerSettings parse(String text) {
    return parse(text, Ports.DEFAULT, null);
  }

  /** Parses one server; one for each address if it has several. */
  private static List<ServerSettings> parseAddresses(
      String text, Ports ports, @Nullable Path directory) {
    return text.startsWith(HTTPS + "://")
        ? overHttps(text, directory)
        : List.of(notOverHttps(text, ports, directory));
  }

  /**
   * Parses one server; of several addresses only the first counts.
   *
   * @throws IllegalArgumentException says what is wrong
   */
  static ServerSettings parse(String text, Ports ports, @Nullable Path directory) {
    return parseAddresses(text, ports, directory).get(0);
  }

  private static ServerSettings notOverHttps(String text, Ports ports, @Nullable Path directory) {
    int scheme = text.indexOf("://");
    if (scheme < 0) {
      int tcpPort = hasPort(text) ? 0 : ports.tcp();
      return plain(
          usable(address(text, ports.udp()), text), tcpPort, ServerOptions.parse("", text));
    }
    int query = text.indexOf('?', scheme);
    String address = text.substring(scheme + 3, query < 0 ? text.length() : query);
    if (address.endsWith("/")) {
      address = address.substring(0, address.length() - 1);
    }
    ServerOptions options = ServerOptions.parse(query < 0 ? "" : text.substring(query + 1), text);
    ServerSettings server =
        switch (text.substring(0, scheme)) {
          case PLAIN -> {
            int tcpPort = hasPort(address) ? 0 : ports.tcp();
            yield plain(usable(address(address, ports.udp()), text), tcpPort, options);
          }
          case TLS -> overTls(usable(address(address, TLS_PORT), text), options, text, directory);
          case QUIC -> overQuic(usable(address(address, TLS_PORT), text), options, text, directory);
          default ->
              throw new IllegalArgumentException(
                  "must start with dns://, dns+tls://, quic:// or https://, not \"" + text + "\"");
        };
    options.refuseRest(text);
    return server;
  }

  private static ServerSettings overQuic(
      InetSocketAddress address, ServerOptions options, String text, @Nullable Path directory) {
    String missing = QuicLibrary.whyMissing();
    if (missing != null) {
      throw new IllegalArgumentException(
          "needs the native library of QUIC, which can't be loaded here: %s: \"%s\""
              .formatted(missing, text));
    }
    return overTls(address, options, text, directory)
        .withCarrier(new ServerSettings.Carrier.Quic());
  }

  /** The shortest text that {@link #parseAll} parses to this server. */
  public static String of(ServerSettings server) {
    ServerSettings.Tls tls = server.tls();
    InetSocketAddress address = server.address();
    List<String> options = new ArrayList<>();
    if (server.tcpPort() != address.getPort()) {
      options.add("tcpport=" + server.tcpPort());
    }
    if (tls != null && tls.name() != null && !isOwnName(server, tls)) {
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
    String query = options.isEmpty() ? "" : "?" + String.join("&", options);
    if (server.carrier() instanceof ServerSettings.Carrier.Https https) {
      return HTTPS + "://" + withInterface(address) + https.path() + query;
    }
    String secure = server.carrier() instanceof ServerSettings.Carrier.Quic ? QUIC : TLS;
    String scheme = tls != null ? secure + "://" : options.isEmpty() ? "" : PLAIN + "://";
    return scheme + withInterface(address) + query;
  }

  /** Whether an https URI without {@code hostname} means this name, which is the address. */
  private static boolean isOwnName(ServerSettings server, ServerSettings.Tls tls) {
    return server.carrier() instanceof ServerSettings.Carrier.Https
        && tls.pins().isEmpty()
        && ServerHost.of(server.address().getAddress()).equals(tls.name());
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
  private static ServerSettings plain(
      InetSocketAddress address, int tcpPort, ServerOptions options) {
    int usual = tcpPort == 0 ? address.getPort() : tcpPort;
    int tcp = options.number("tcpport", usual, 0xffff);
    return new ServerSettings(address, tcp, null, options.number("weight", 1, MAX_WEIGHT));
  }

  private static ServerSettings overTls(
      InetSocketAddress address, ServerOptions options, String text, @Nullable Path directory) {
    ServerSettings.Tls tls = tls(hostname(options), options, text, directory);
    if (tls.name() == null && tls.pins().isEmpty()) {
      throw new IllegalArgumentException(
          "needs ?hostname=NAME or ?pin=SHA256, or anybody could answer: \"" + text + "\"");
    }
    int weight = options.number("weight", 1, MAX_WEIGHT);
    return new ServerSettings(address, address.getPort(), tls, weight);
  }

  private static @Nullable String hostname(ServerOptions options) {
    String name = options.last("hostname");
    return name == null ? null : ServerHost.parse(name);
  }

  private static ServerSettings.Tls tls(
      @Nullable String name, ServerOptions options, String text, @Nullable Path directory) {
    Set<String> pins = new LinkedHashSet<>(options.all("pin"));
    pins.forEach(ServerText::checkPin);
    String file = options.last("ca");
    if (file != null && name == null) {
      throw new IllegalArgumentException("ca needs ?hostname=NAME: \"" + text + "\"");
    }
    return new ServerSettings.Tls(name, pins, file == null ? null : ca(file, directory));
  }

  /** The servers of an https URI: one for each address. */
  private static List<ServerSettings> overHttps(String text, @Nullable Path directory) {
    HttpsUrl url = HttpsUrl.parse(text);
    ServerOptions options = ServerOptions.parse(url.query(), text);
    List<String> written = options.all("address");
    String name = hostname(options);
    List<InetSocketAddress> addresses = new ArrayList<>();
    if (url.isAddress()) {
      if (!written.isEmpty()) {
        throw new IllegalArgumentException(
            "address is for a server that is written by name: \"" + text + "\"");
      }
      addresses.add(usable(address(url.authority(), HTTPS_PORT), text));
    } else if (written.isEmpty()) {
      throw new IllegalArgumentException(
          "needs ?address=ADDRESS, as the name of a server is not looked up: \"" + text + "\"");
    } else if (name != null) {
      throw new IllegalArgumentException("has two names, the host and hostname: \"" + text + "\"");
    } else {
      name = ServerHost.parse(url.host());
      int port = url.port(HTTPS_PORT);
      written.forEach(a -> addresses.add(usable(withoutPort(a, port), text)));
    }
    return overHttps(addresses, name, url.path(), options, text, directory);
  }

  private static List<ServerSettings> overHttps(
      List<InetSocketAddress> addresses,
      @Nullable String name,
      String path,
      ServerOptions options,
      String text,
      @Nullable Path directory) {
    String verified = name;
    if (verified == null && !options.has("pin")) {
      // As for every URL, the certificate must have the host that is written there.
      verified = ServerHost.of(addresses.get(0).getAddress());
    }
    ServerSettings.Tls tls = tls(verified, options, text, directory);
    int weight = options.number("weight", 1, MAX_WEIGHT);
    options.refuseRest(text);
    ServerSettings.Carrier https = new ServerSettings.Carrier.Https(path);
    return addresses.stream()
        .map(address -> new ServerSettings(address, address.getPort(), tls, https, weight))
        .toList();
  }

  /** An address of a server whose port stands elsewhere. */
  private static InetSocketAddress withoutPort(String text, int port) {
    boolean bracketed = text.startsWith("[") && text.endsWith("]");
    String bare = bracketed ? text.substring(1, text.length() - 1) : text;
    return new InetSocketAddress(Addresses.literal(bare), port);
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

  /**
   * Checks that a text is a pin.
   *
   * @throws IllegalArgumentException says what is wrong
   */
  public static void checkPin(String pin) {
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
}
