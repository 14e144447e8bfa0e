// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.Https3ListenerSettings;
import io.anteroom.node.config.HttpsListenerSettings;
import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.config.QuicListenerSettings;
import io.anteroom.node.config.TcpListenerSettings;
import io.anteroom.node.config.TlsListenerSettings;
import io.anteroom.node.config.TlsSettings;
import io.anteroom.node.config.UdpListenerSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.net.EventLoops;
import io.anteroom.node.tls.QuicContexts;
import io.anteroom.node.tls.ServerContexts;
import io.netty.handler.ssl.ApplicationProtocolNames;
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

  /** The ALPN names of HTTP/2 and HTTP/1.1. */
  private static final List<String> HTTP =
      List.of(ApplicationProtocolNames.HTTP_2, ApplicationProtocolNames.HTTP_1_1);

  private final EventLoops loops;
  private final Acl acl;
  private final Counters<Counter> counters;
  private final int maxConnections;

  private final List<Certificates<?>> certificates = new ArrayList<>();

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
    return new UdpBinding(settings, loops, acl, new Proxies(settings.clients(), counters));
  }

  @Override
  public Binding tcp(TcpListenerSettings settings) {
    return stream(settings, Front.NONE);
  }

  @Override
  public Binding tls(TlsListenerSettings settings) {
    return stream(settings, front(settings, settings.tls(), DOT));
  }

  @Override
  public Binding https(HttpsListenerSettings settings) {
    TlsSettings tls = settings.tls();
    return new HttpsBinding(
        settings,
        loops,
        new HttpsParts(
            settings,
            acl,
            admission(settings),
            backlog,
            behindProxies(settings, tls == null ? Front.NONE : front(settings, tls, HTTP)),
            counters));
  }

  /** The certificates can be read only now, as their files may have changed since the check. */
  private Front front(ListenerSettings listener, TlsSettings tls, List<String> protocols) {
    try {
      Certificates<ServerContexts> read =
          Certificates.open(listener.name(), tls, protocols, counters, Clock.systemUTC());
      certificates.add(read);
      return new TlsFront(tls, read, counters);
    } catch (IOException e) {
      throw new UncheckedIOException(listener.name() + ": " + e.getMessage(), e);
    }
  }

  @Override
  public Binding quic(QuicListenerSettings settings) {
    return onQuic(settings, new DoqStreams());
  }

  @Override
  public Binding https3(Https3ListenerSettings settings) {
    return onQuic(settings, new Http3Streams(settings.http()));
  }

  private Binding onQuic(ListenerSettings.OnQuic settings, QuicStreams streams) {
    QuicContexts.Offer offer = new QuicContexts.Offer(streams.protocol());
    try {
      Certificates<QuicContexts> read =
          Certificates.open(
              settings.name(),
              settings.tls(),
              (keys, all, now) -> QuicContexts.of(offer, keys, all, now),
              counters,
              Clock.systemUTC());
      certificates.add(read);
      return new QuicBinding(
          loops,
          new QuicAcceptor.Shared(
              settings,
              streams,
              read,
              new HandshakeLimits(settings.tls(), counters, System::nanoTime),
              acl,
              new TcpAdmission(
                  settings.connections(),
                  Integer.MAX_VALUE,
                  counters,
                  Counter.QUIC_GAVE_WAY,
                  new SplittableRandom()),
              backlog,
              counters));
    } catch (IOException e) {
      throw new UncheckedIOException(settings.name() + ": " + e.getMessage(), e);
    }
  }

  private Binding stream(ListenerSettings.OnTcp settings, Front front) {
    return new TcpBinding(
        settings,
        loops,
        acl,
        admission(settings),
        backlog,
        behindProxies(settings, front),
        counters);
  }

  private Front behindProxies(ListenerSettings.OnTcp settings, Front front) {
    return ProxyFront.before(
        front,
        new Proxies(settings.clients(), counters),
        Math.min(maxConnections, settings.connections().maxConnections()));
  }

  private TcpAdmission admission(ListenerSettings.OnTcp settings) {
    return new TcpAdmission(
        settings.connections(), maxConnections, counters, new SplittableRandom());
  }

  /** The certificates of the bindings that have been created. */
  List<Certificates<?>> certificates() {
    return List.copyOf(certificates);
  }
}
