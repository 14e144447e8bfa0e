// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.netty.buffer.ByteBuf;

/**
 * A TCP connection to one server on which many queries are in flight, answered in any order (RFC
 * 7766 section 6.2.1.1).
 */
sealed class TcpConnection extends UpstreamSocket permits StreamConnection {
  private long heardNanos;

  TcpConnection(Forwarder forwarder, IdSpace ids, long nowNanos) {
    super(forwarder, ids);
    heardNanos = nowNanos;
  }

  @Override
  void frame(ByteBuf buffer, byte[] message) {
    buffer.writeShort(message.length).writeBytes(message);
  }

  /** Notes that data arrived. */
  void heard(long nowNanos) {
    heardNanos = nowNanos;
  }

  /** Whether data arrived after this exchange was sent, which shows that the server is alive. */
  boolean heardSince(Exchange exchange) {
    return heardNanos - exchange.sentNanos() > 0;
  }
}
