// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.netty.channel.ChannelPipeline;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Reads the header of the PROXY protocol before anything else of a connection, TLS included, if it
 * comes from one of the listener's proxies.
 */
final class ProxyFront implements Front {
  /**
   * Most connections that wait for their header at the same time. They have no seat among those of
   * the listener yet, because their client is not known.
   */
  private static final int MAX_WAITING = 1_024;

  private final Proxies proxies;
  private final Front next;
  private final int maxWaiting;
  private final AtomicInteger waiting = new AtomicInteger();

  private ProxyFront(Proxies proxies, int maxConnections, Front next) {
    this.proxies = proxies;
    this.next = next;
    this.maxWaiting = Math.min(MAX_WAITING, maxConnections);
  }

  /**
   * The handlers of a listener behind its proxies; those of {@code next} alone if it has none.
   *
   * @param maxConnections most connections of the listener
   */
  static Front before(Front next, Proxies proxies, int maxConnections) {
    return proxies.any() ? new ProxyFront(proxies, maxConnections, next) : next;
  }

  @Override
  public boolean shakesHands() {
    return next.shakesHands();
  }

  @Override
  public void addTo(ChannelPipeline pipeline) {
    pipeline.addLast(new ProxyGate(proxies, waiting, maxWaiting));
    next.addTo(pipeline);
  }
}
