// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.TlsSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.tls.ServerContexts;
import io.netty.channel.ChannelPipeline;

/** The handlers of TLS: the choice of the certificate, the engine, and the counters. */
final class TlsFront implements Front {
  private final Certificates<ServerContexts> certificates;
  private final HandshakeLimits limits;
  private final Counters<Counter> counters;
  private final long timeoutMillis;

  TlsFront(
      TlsSettings settings, Certificates<ServerContexts> certificates, Counters<Counter> counters) {
    this.certificates = certificates;
    this.limits = new HandshakeLimits(settings, counters, System::nanoTime);
    this.counters = counters;
    this.timeoutMillis = settings.handshakeTimeout().toMillis();
  }

  @Override
  public boolean shakesHands() {
    return true;
  }

  @Override
  public void addTo(ChannelPipeline pipeline) {
    pipeline.addLast(new TlsHello(certificates, limits), new TlsEvents(counters, timeoutMillis));
  }
}
