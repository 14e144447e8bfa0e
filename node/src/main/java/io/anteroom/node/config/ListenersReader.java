// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.protocol.Transport;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** Reads the settings of the listeners and keeps them for checks by later readers. */
final class ListenersReader {
  private final Machine machine;
  private final TlsReader tls;
  private final List<ListenerSettings> listeners = new ArrayList<>();

  /**
   * Creates a reader.
   *
   * @param existing finds an existing file; its IllegalArgumentException becomes the error
   */
  ListenersReader(Machine machine, Function<String, Path> existing) {
    this.machine = machine;
    this.tls = new TlsReader(existing);
  }

  List<ListenerSettings> read(SettingsReader anteroom) {
    if (!anteroom.has("listeners")) {
      listeners.addAll(defaults());
      return listeners;
    }
    anteroom.blocks("listeners").forEach(this::readOne);
    if (listeners.isEmpty()) {
      anteroom.error("listeners", "must name one listener at least");
    }
    return listeners;
  }

  /** The addresses of the listeners read so far. */
  OwnListeners own() {
    return new OwnListeners(
        listeners.stream().map(ListenerSettings::address).toList(), machine.isLocal());
  }

  /** The default listeners: UDP and TCP on loopback; on {@code ::1} only if the machine has it. */
  private List<ListenerSettings> defaults() {
    List<ListenerSettings> all = new ArrayList<>();
    for (String address : List.of("127.0.0.1:5354", "[::1]:5354")) {
      InetSocketAddress socket = Addresses.withPort(address);
      if (machine.ipv6Loopback() || !(socket.getAddress() instanceof Inet6Address)) {
        all.add(UdpListenerSettings.of(socket));
        all.add(TcpListenerSettings.of(socket));
      }
    }
    return all;
  }

  private void readOne(SettingsReader block) {
    boolean complete = block.requireAll("transport", "address");
    Transport transport = block.word("transport", Transport.UDP, transports());
    InetSocketAddress none = new InetSocketAddress(0);
    InetSocketAddress address = block.parsed("address", none, Addresses::withPort);
    String name = block.text("name", ListenerSettings.name(transport, address));
    ListenerSettings listener = read(block, transport, name, address);
    checkKeys(block, transport);
    if (block.has("name") && hasName(name)) {
      block.error("name", "another listener is called \"" + name + "\" already");
    }
    if (complete) {
      checkAddress(block, listener);
    }
    listeners.add(listener);
  }

  private ListenerSettings read(
      SettingsReader block, Transport transport, String name, InetSocketAddress address) {
    return switch (transport) {
      case UDP -> UdpListenerSettings.read(block, name, address);
      case TCP -> TcpListenerSettings.read(block, name, address);
      case TLS -> TlsListenerSettings.read(block, name, address, tls);
      case HTTPS -> HttpsListenerSettings.read(block, name, address, tls);
      case QUIC -> QuicListenerSettings.read(block, name, address, tls);
      case HTTPS3 -> Https3ListenerSettings.read(block, name, address, tls);
    };
  }

  /** The configuration keys of this transport that not all transports have. */
  private static List<String> keys(Transport transport) {
    return switch (transport) {
      case UDP -> UdpListenerSettings.KEYS;
      case TCP -> TcpListenerSettings.KEYS;
      case TLS -> TlsListenerSettings.KEYS;
      case HTTPS -> HttpsListenerSettings.KEYS;
      case QUIC -> QuicListenerSettings.KEYS;
      case HTTPS3 -> Https3ListenerSettings.KEYS;
    };
  }

  /** Reports each key that belongs to another transport. */
  private static void checkKeys(SettingsReader block, Transport transport) {
    Arrays.stream(Transport.values())
        .flatMap(other -> keys(other).stream())
        .distinct()
        .filter(key -> !keys(transport).contains(key) && block.has(key))
        .forEach(key -> block.error(key, "is not for a listener on " + transport.word()));
  }

  private boolean hasName(String name) {
    return listeners.stream().anyMatch(other -> other.name().equals(name));
  }

  private void checkAddress(SettingsReader block, ListenerSettings listener) {
    listeners.stream()
        .filter(listener::overlaps)
        .findFirst()
        .ifPresent(
            other ->
                block.error(
                    "address",
                    Addresses.text(listener.address())
                        + " has a listener for "
                        + other.transport().word()
                        + " already"));
  }

  private static Map<String, Transport> transports() {
    Map<String, Transport> words = new TreeMap<>();
    for (Transport transport : Transport.values()) {
      words.put(transport.word(), transport);
    }
    return words;
  }
}
