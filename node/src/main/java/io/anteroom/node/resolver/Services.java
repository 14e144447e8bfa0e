// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A services file (services(5)): each line has a name, a port with its protocol, and aliases.
 * Invalid lines are skipped; of several lines with the same name or port, the first one counts.
 */
final class Services {
  static final Services NONE = new Services();

  private static final int MAX_PORT = 0xffff;

  private final Map<String, Integer> ports = new HashMap<>();
  private final Map<String, String> names = new HashMap<>();

  static Services parse(Stream<String> lines) {
    Services services = new Services();
    lines.forEach(services::add);
    return services;
  }

  private void add(String line) {
    String[] words = line.split("#", 2)[0].strip().split("\\s+", -1);
    String[] port = words.length < 2 ? new String[0] : words[1].split("/", 2);
    if (port.length < 2 || number(port[0]) < 0) {
      return;
    }
    names.putIfAbsent(number(port[0]) + "/" + port[1], words[0]);
    for (int i = 0; i < words.length; i++) {
      if (i != 1) {
        ports.putIfAbsent(words[i] + "/" + port[1], number(port[0]));
      }
    }
  }

  /** Parses a numeric port; negative if the text is not a port. */
  private static int number(String text) {
    int port = text.matches("[0-9]{1,5}") ? Integer.parseInt(text) : -1;
    return port <= MAX_PORT ? port : -1;
  }

  /**
   * The port of a service.
   *
   * @param service a numeric port, or a name if the hints allow that
   * @throws ResolverException {@link Status#ESERVICE} if it is neither
   */
  int find(String service, AddressHints hints) throws ResolverException {
    int digits = number(service);
    if (digits >= 0) {
      return digits;
    }
    Integer named = hints.numericService() ? null : port(service, hints.datagram());
    if (named == null) {
      throw new ResolverException(Status.ESERVICE, service);
    }
    return named;
  }

  /** The port of a service; null if it has none for this protocol. */
  private @Nullable Integer port(String name, boolean datagram) {
    return ports.get(name + protocol(datagram));
  }

  /** The service at a port; null if there is none for this protocol. */
  @Nullable String name(int port, boolean datagram) {
    return names.get(port + protocol(datagram));
  }

  private static String protocol(boolean datagram) {
    return datagram ? "/udp" : "/tcp";
  }
}
