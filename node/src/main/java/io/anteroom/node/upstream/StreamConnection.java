// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.netty.buffer.ByteBuf;

/**
 * A connection to one server on which each query has a stream of its own, as with HTTPS. The
 * message id, which is 0 on the wire, stands for the stream: it is taken until the stream has
 * ended, of which the channel tells exactly once, with an answer or with {@link
 * PoolEvent.StreamEnded}.
 */
final class StreamConnection extends TcpConnection {
  StreamConnection(Forwarder forwarder, IdSpace ids, long nowNanos) {
    super(forwarder, ids, nowNanos);
  }

  @Override
  void frame(ByteBuf buffer, byte[] message) {
    buffer.writeBytes(message);
  }

  /** No one waits for the answer to an exchange any more, which has just left. */
  void leave(int id) {
    if (isOpen()) {
      write(new QueryStreams.Leave(id));
    } else {
      ids().release(id);
    }
  }
}
