// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.protocol.Transport;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads the listeners, and afterwards knows them. */
final class ListenersReader {
  private static final List<String> TCP_ONLY =
      List.of("idle-timeout", "max-connections", "max-connections-per-client", "max-pipelined");
  private static final int MAX_CONNECTIONS = 1_000_000;

  private final Machine machine;
  private final List<ListenerSettings> listeners = new ArrayList<>();

  ListenersReader(Machine machine) {
    this.machine = machine;
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

  /** What has been read so far. */
  OwnListeners own() {
    return new OwnListeners(
        listeners.stream().map(ListenerSettings::address).toList(), machine.isLocal());
  }

  /** UDP and TCP on loopback, on {@code ::1} only if the machine has it. */
  private List<ListenerSettings> defaults() {
    List<ListenerSettings> all = new ArrayList<>();
    for (String address : List.of("127.0.0.1:5354", "[::1]:5354")) {
      InetSocketAddress socket = Addresses.withPort(address);
      if (machine.ipv6Loopback() || !(socket.getAddress() instanceof Inet6Address)) {
        all.add(ListenerSettings.of(Transport.UDP, socket));
        all.add(ListenerSettings.of(Transport.TCP, socket));
      }
    }
    return all;
  }

  private void readOne(SettingsReader block) {
    boolean complete = block.requireAll("transport", "address");
    Transport transport = block.word("transport", Transport.UDP, transports());
    InetSocketAddress none = new InetSocketAddress(0);
    InetSocketAddress address = block.parsed("address", none, Addresses::withPort);
    ListenerSettings listener =
        new ListenerSettings(
            block.text("name", ListenerSettings.name(transport, address)),
            transport,
            address,
            block.size("receive-buffer", ListenerSettings.DEFAULT_RECEIVE_BUFFER, 4 << 10, 1 << 30),
            block.duration(
                "idle-timeout",
                ListenerSettings.DEFAULT_IDLE_TIMEOUT,
                Duration.ofMillis(10),
                Duration.ofHours(1)),
            block.integer(
                "max-connections", ListenerSettings.DEFAULT_MAX_CONNECTIONS, 1, MAX_CONNECTIONS),
            block.integer(
                "max-connections-per-client",
                ListenerSettings.DEFAULT_MAX_CONNECTIONS_PER_CLIENT,
                1,
                MAX_CONNECTIONS),
            block.integer("max-pipelined", ListenerSettings.DEFAULT_MAX_PIPELINED, 1, 0xffff));
    checkTransport(block, transport);
    if (block.has("name") && hasName(listener.name())) {
      block.error("name", "another listener is called \"" + listener.name() + "\" already");
    }
    if (complete && isTaken(listener)) {
      block.error(
          "address",
          Addresses.text(address) + " has a listener for " + transport.word() + " already");
    }
    listeners.add(listener);
  }

  private static void checkTransport(SettingsReader block, Transport transport) {
    List<String> wrong = transport == Transport.UDP ? TCP_ONLY : List.of("receive-buffer");
    for (String key : wrong) {
      if (block.has(key)) {
        block.error(key, "is not for a listener on " + transport.word());
      }
    }
  }

  private boolean hasName(String name) {
    return listeners.stream().anyMatch(other -> other.name().equals(name));
  }

  private boolean isTaken(ListenerSettings listener) {
    return listeners.stream()
        .anyMatch(
            other ->
                other.transport() == listener.transport()
                    && PortCheck.overlap(other.address(), listener.address()));
  }

  private static Map<String, Transport> transports() {
    Map<String, Transport> words = new TreeMap<>();
    for (Transport transport : Transport.values()) {
      words.put(transport.word(), transport);
    }
    return words;
  }
}
