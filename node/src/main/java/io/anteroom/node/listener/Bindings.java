// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.config.TcpListenerSettings;
import io.anteroom.node.config.TlsListenerSettings;
import io.anteroom.node.config.UdpListenerSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.net.EventLoops;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Creates the binding of each listener, by its transport. */
final class Bindings implements ListenerSettings.Visitor<Binding> {
  /** The ALPN name of DNS over TLS (RFC 7858, registered by IANA). */
  private static final List<String> DOT = List.of("dot");

  private final EventLoops loops;
  private final Acl acl;
  private final Counters<Counter> counters;
  private final int maxConnections;

  private final List<Certificates> certificates = new ArrayList<>();

  /** Bound on the unread bytes of the connections of all listeners together. */
  private final TcpBacklog backlog = TcpBacklog.ofHeap();

  /**
   * Creates bindings of listeners that share their limits.
   *
   * @param maxConnections most TCP connections of a listener for which there are file descriptors
   */
  Bindings(EventLoops loops, Acl acl, Counters<Counter> counters, int maxConnections) {
    this.loops = loops;
    this.acl = acl;
    this.counters = counters;
    this.maxConnections = maxConnections;
  }

  @Override
  public Binding udp(UdpListenerSettings settings) {
    return new UdpBinding(settings, loops, acl);
  }

  @Override
  public Binding tcp(TcpListenerSettings settings) {
    return stream(settings, Front.NONE);
  }

  /** The certificates can be read only now, as their files may have changed since the check. */
  @Override
  public Binding tls(TlsListenerSettings settings) {
    try {
      Certificates read =
          Certificates.open(settings.name(), settings.tls(), DOT, counters, Clock.systemUTC());
      certificates.add(read);
      return stream(settings, new TlsFront(settings.tls(), read, counters));
    } catch (IOException e) {
      throw new UncheckedIOException(settings.name() + ": " + e.getMessage(), e);
    }
  }

  private Binding stream(ListenerSettings.OnTcp settings, Front front) {
    TcpAdmission admission =
        new TcpAdmission(settings.connections(), maxConnections, counters, new SplittableRandom());
    return new TcpBinding(settings, loops, acl, admission, backlog, front, counters);
  }

  /** The certificates of the bindings that have been created. */
  List<Certificates> certificates() {
    return List.copyOf(certificates);
  }
}
