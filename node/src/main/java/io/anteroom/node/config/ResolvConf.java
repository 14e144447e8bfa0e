// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The name servers of the system, as resolv.conf(5) has them. Only {@code nameserver} is read. */
final class ResolvConf {
  static final Path SYSTEM = Path.of("/etc/resolv.conf");

  /** MAXNS of resolv.conf(5); the system itself does not read more. */
  static final int MAX_SERVERS = 3;

  private static final int DNS_PORT = 53;
  private static final Pattern NAMESERVER = Pattern.compile("\\s*nameserver\\s+([^\\s#;]+)");

  private ResolvConf() {}

  /** The servers in a file; none if it can't be read or names none. */
  static List<InetSocketAddress> read(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return parse(lines);
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
  }

  static List<InetSocketAddress> parse(Stream<String> lines) {
    return lines.map(ResolvConf::server).flatMap(Optional::stream).limit(MAX_SERVERS).toList();
  }

  /** Like the system's resolver, skips a line that it does not understand. */
  private static Optional<InetSocketAddress> server(String line) {
    Matcher nameserver = NAMESERVER.matcher(line);
    if (!nameserver.lookingAt()) {
      return Optional.empty();
    }
    try {
      return Optional.of(new InetSocketAddress(Addresses.literal(nameserver.group(1)), DNS_PORT));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
