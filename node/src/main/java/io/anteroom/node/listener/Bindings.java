// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.config.TcpListenerSettings;
import io.anteroom.node.config.UdpListenerSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.net.EventLoops;
import java.util.SplittableRandom;

/** Creates the binding of each listener, by its transport. */
final class Bindings implements ListenerSettings.Visitor<Binding> {
  private final EventLoops loops;
  private final Acl acl;
  private final Counters<Counter> counters;
  private final int maxConnections;

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
    TcpAdmission admission =
        new TcpAdmission(settings.connections(), maxConnections, counters, new SplittableRandom());
    return new TcpBinding(settings, loops, acl, admission, backlog, counters);
  }
}
