// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.listener.OpenSockets.OpenSocket;
import io.anteroom.node.net.BindFailure;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listener on a wildcard address, with separate sockets for each address of the machine.
 *
 * <p>An answer over UDP must be sent from the address to which the query was sent, which Netty
 * can't set per packet; and a TCP socket on {@code ::} would accept IPv4 as well. So a wildcard
 * address stands for all addresses of its family; only 0.0.0.0 over TCP is bound as it is. The
 * sockets of an address that is removed from the machine stay open: they work again when it is
 * back, as with failover addresses. Used by one thread at a time.
 */
final class Wildcard {
  /** Most addresses that get sockets; each has one on every event loop. */
  private static final int MAX_ADDRESSES = 256;

  private static final Logger LOG = LoggerFactory.getLogger(Wildcard.class);

  private final Binding binding;
  private final ListenerSettings settings;
  private final MachineAddresses machine;
  private final Set<InetAddress> served = new HashSet<>();

  /** Addresses of the machine that could not be bound and have been logged. */
  private final Set<InetAddress> failed = new HashSet<>();

  private boolean toldOfTooMany;
  private boolean toldOfBlindness;

  Wildcard(Binding binding, MachineAddresses machine) {
    this.binding = binding;
    this.settings = binding.settings();
    this.machine = machine;
  }

  /**
   * Whether a listener needs sockets for each address of the machine, instead of its own address.
   */
  static boolean is(ListenerSettings settings) {
    InetAddress address = settings.address().getAddress();
    return address.isAnyLocalAddress() && (!settings.isOnTcp() || address instanceof Inet6Address);
  }

  /**
   * Whether it can be extended to further addresses. With port 0, each address would get another
   * port.
   */
  boolean canGrow() {
    return settings.address().getPort() != 0;
  }

  /**
   * Binds the addresses that the machine has when the node starts.
   *
   * @throws IOException if one of them can't be bound
   */
  void open(SocketBinder binder, Consumer<OpenSocket> opened) throws IOException {
    for (InetAddress address : unserved()) {
      serve(address, binder, opened);
    }
    if (served.isEmpty()) {
      LOG.warn(
          "nothing listens on {} {} yet: the machine has no such address",
          settings.transport().word(),
          Addresses.text(settings.address()));
    }
  }

  /**
   * Binds addresses that have been added to the machine; those that can't be bound are tried again
   * at the next check.
   */
  void look(SocketBinder binder, Consumer<OpenSocket> opened) {
    Set<InetAddress> unserved;
    try {
      unserved = unserved();
    } catch (SocketException e) {
      if (!toldOfBlindness) {
        toldOfBlindness = true;
        LOG.warn("addresses that come to the machine will not be served: {}", e.toString());
      }
      return;
    }
    failed.retainAll(unserved);
    for (InetAddress address : unserved) {
      tryToServe(address, binder, opened);
    }
  }

  private void tryToServe(InetAddress address, SocketBinder binder, Consumer<OpenSocket> opened) {
    String at = Addresses.text(new InetSocketAddress(address, settings.address().getPort()));
    String transport = settings.transport().word();
    try {
      serve(address, binder, opened);
      failed.remove(address);
      LOG.info("listening on {} {} too, as the machine has this address now", transport, at);
    } catch (IOException e) {
      if (failed.add(address)) {
        LOG.warn(
            "can't listen on {} {}, an address that has come to the machine; this is tried"
                + " again: {}",
            transport,
            at,
            BindFailure.reason(settings.address().getPort(), e));
      }
    }
  }

  private void serve(InetAddress address, SocketBinder binder, Consumer<OpenSocket> opened)
      throws IOException {
    List<OpenSocket> sockets = binder.bind(binding, address);
    served.add(address);
    sockets.forEach(opened);
  }

  private Set<InetAddress> unserved() throws SocketException {
    Class<?> family = settings.address().getAddress().getClass();
    Set<InetAddress> all =
        machine
            .all()
            .filter(address -> address.getClass() == family && !served.contains(address))
            .collect(Collectors.toSet());
    int room = MAX_ADDRESSES - served.size();
    if (all.size() <= room) {
      return all;
    }
    if (!toldOfTooMany) {
      toldOfTooMany = true;
      LOG.warn(
          "a listener on {} serves {} addresses at most, counting those that are gone; the others"
              + " of the machine are not served",
          Addresses.text(settings.address()),
          MAX_ADDRESSES);
    }
    return all.stream().limit(room).collect(Collectors.toSet());
  }
}
