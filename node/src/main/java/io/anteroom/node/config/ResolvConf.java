// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The system's resolver settings in resolv.conf(5). Like the system's resolver, it skips lines that
 * it does not understand. A name server may have a port, as in c-ares.
 *
 * @param domains the search domains
 * @param sortlist the networks whose addresses are sorted first
 * @param ndots a name with at least this many dots is first looked up unchanged
 * @param timeout the timeout of a try; null if it is not set
 * @param attempts the tries for each server; 0 if it is not set
 * @param rotate whether queries are distributed over the servers
 * @param useVc whether only TCP is used
 * @param trustAd whether the AD bit is requested
 * @param noAaaa whether IPv6 addresses are not queried
 * @param noTldQuery whether a name without dots is never looked up unchanged
 */
public record ResolvConf(
    List<ServerSettings> servers,
    List<String> domains,
    List<Netmask> sortlist,
    int ndots,
    @Nullable Duration timeout,
    int attempts,
    boolean rotate,
    boolean useVc,
    boolean trustAd,
    boolean noAaaa,
    boolean noTldQuery) {
  static final Path SYSTEM = Path.of("/etc/resolv.conf");

  private static final long MAX_BYTES = 1 << 20;

  /** MAXNS of resolv.conf(5); the system's resolver uses no more servers. */
  static final int MAX_SERVERS = 3;

  public ResolvConf {
    servers = List.copyOf(servers);
    domains = List.copyOf(domains);
    sortlist = List.copyOf(sortlist);
  }

  /** Reads a file; returns the defaults if it can't be read. */
  static ResolvConf read(Path file) {
    return read(file, Map.of());
  }

  /**
   * Reads a file and the environment: LOCALDOMAIN replaces the search domains, and RES_OPTIONS is
   * appended to the options.
   */
  public static ResolvConf read(Path file, Map<String, String> environment) {
    return read(file, environment, ServerText.Ports.DEFAULT);
  }

  /**
   * Reads a file and the environment, with these ports for servers that are written without one.
   */
  public static ResolvConf read(
      Path file, Map<String, String> environment, ServerText.Ports ports) {
    String text = "";
    try {
      if (Files.isRegularFile(file) && Files.size(file) <= MAX_BYTES) {
        text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
      }
    } catch (IOException e) {
      // It counts as empty.
    }
    Stream<String> behind =
        Stream.of(
                Optional.ofNullable(environment.get("LOCALDOMAIN")).map("search "::concat),
                Optional.ofNullable(environment.get("RES_OPTIONS")).map("options "::concat))
            .flatMap(Optional::stream);
    return parse(Stream.concat(text.lines(), behind), ports);
  }

  static ResolvConf parse(Stream<String> lines) {
    return parse(lines, ServerText.Ports.DEFAULT);
  }

  private static ResolvConf parse(Stream<String> lines, ServerText.Ports ports) {
    Lines read = new Lines(ports);
    lines.forEach(read::take);
    return read.result();
  }

  /** The UDP addresses of the servers. */
  List<InetSocketAddress> addresses() {
    return servers.stream().map(ServerSettings::address).toList();
  }

  /** These settings, with what is said here in their place. */
  public TrySettings tries(TrySettings others) {
    return new TrySettings(
        timeout == null ? others.timeout() : timeout,
        others.maxTimeout(),
        attempts == 0 ? others.tries() : attempts,
        others.deadline(),
        others.failoverOn());
  }

  /** These settings, with what is said here in their place. */
  public ChoiceSettings choice(ChoiceSettings others) {
    return new ChoiceSettings(
        others.policy(),
        others.rotate() || rotate,
        others.width(),
        others.grace(),
        others.loadFactor());
  }

  /** What has been read so far. */
  private static final class Lines {
    private static final int MAX_DOMAINS = 32;
    private static final int MAX_NDOTS = 15;
    private static final int MAX_TIMEOUT = 30;
    private static final int MAX_ATTEMPTS = 5;

    private final ServerText.Ports ports;
    private final List<ServerSettings> servers = new ArrayList<>();
    private final List<Netmask> sortlist = new ArrayList<>();
    private List<String> domains = List.of();
    private int ndots = 1;
    private @Nullable Duration timeout;
    private int attempts;
    private boolean rotate;
    private boolean useVc;
    private boolean trustAd;
    private boolean noAaaa;
    private boolean noTldQuery;

    Lines(ServerText.Ports ports) {
      this.ports = ports;
    }

    void take(String line) {
      String[] words = line.split("[#;]", 2)[0].strip().split("\\s+");
      List<String> values = Arrays.asList(words).subList(1, words.length);
      switch (words[0]) {
        case "nameserver" -> values.stream().limit(1).forEach(this::server);
        case "domain" -> domains = values.stream().limit(1).toList();
        case "search" -> domains = values.stream().limit(MAX_DOMAINS).toList();
        case "sortlist" -> {
          sortlist.clear();
          values.forEach(this::network);
        }
        case "options" -> values.forEach(this::option);
        default -> {
          // As the system's resolver does.
        }
      }
    }

    private void server(String text) {
      try {
        if (servers.size() < MAX_SERVERS) {
          servers.add(ServerText.parse(text, ports, null));
        }
      } catch (IllegalArgumentException e) {
        // As the system's resolver does.
      }
    }

    private void option(String text) {
      String[] parts = text.split(":", 2);
      int number =
          parts.length == 2 && parts[1].matches("[0-9]{1,6}") ? Integer.parseInt(parts[1]) : -1;
      switch (parts[0]) {
        case "ndots" -> ndots = number < 0 ? ndots : Math.min(number, MAX_NDOTS);
        case "timeout", "retrans" ->
            timeout = number < 1 ? timeout : Duration.ofSeconds(Math.min(number, MAX_TIMEOUT));
        case "attempts", "retry" ->
            attempts = number < 1 ? attempts : Math.min(number, MAX_ATTEMPTS);
        case "rotate" -> rotate = true;
        case "use-vc", "usevc" -> useVc = true;
        case "trust-ad" -> trustAd = true;
        case "no-aaaa" -> noAaaa = true;
        case "no-tld-query" -> noTldQuery = true;
        default -> {
          // edns0 is always on; other options concern the internals of the system's resolver.
        }
      }
    }

    /** Parses an address with a mask or a prefix length, or with the mask of its class. */
    private void network(String text) {
      try {
        String[] parts = text.split("/", 2);
        InetAddress address = Addresses.literal(parts[0]);
        int bits = parts.length == 2 ? bits(parts[1]) : natural(address);
        sortlist.add(Netmask.parse(masked(address, bits).getHostAddress() + "/" + bits));
      } catch (IllegalArgumentException | UnknownHostException e) {
        // As the system's resolver does.
      }
    }

    private static int bits(String text) {
      if (text.matches("[0-9]{1,3}")) {
        return Integer.parseInt(text);
      }
      byte[] mask = Addresses.literal(text).getAddress();
      int bits = 0;
      while (bits < 8 * mask.length && (mask[bits / 8] & 0x80 >> bits % 8) != 0) {
        bits++;
      }
      return bits;
    }

    private static int natural(InetAddress address) {
      int first = address.getAddress()[0] & 0xff;
      if (!(address instanceof Inet4Address)) {
        return 128;
      }
      return first < 128 ? 8 : first < 192 ? 16 : 24;
    }

    private static InetAddress masked(InetAddress address, int bits) throws UnknownHostException {
      byte[] bytes = address.getAddress();
      for (int bit = bits; bit < 8 * bytes.length; bit++) {
        bytes[bit / 8] &= (byte) ~(0x80 >> bit % 8);
      }
      return InetAddress.getByAddress(bytes);
    }

    ResolvConf result() {
      return new ResolvConf(
          servers,
          domains,
          sortlist,
          ndots,
          timeout,
          attempts,
          rotate,
          useVc,
          trustAd,
          noAaaa,
          noTldQuery);
    }
  }
}
