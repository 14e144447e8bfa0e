// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.collection.IntObjectHashMap;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A connected UDP socket or a TCP connection, with the exchanges in flight on it by message id. All
 * state belongs to the pool's thread; the Netty channel may be called from any thread.
 *
 * <p>Exchanges may be added before the channel is open; they are written when it opens.
 */
abstract sealed class UpstreamSocket extends DeadlineWheel.Entry permits UdpSocket, TcpConnection {
  private final Forwarder forwarder;
  private final IdSpace ids;
  private final IntObjectHashMap<Exchange> inFlight = new IntObjectHashMap<>();
  private @Nullable Channel channel;
  private long usedNanos;
  private boolean open;
  private boolean closed;
  private boolean dirty;

  UpstreamSocket(Forwarder forwarder, IdSpace ids) {
    this.forwarder = forwarder;
    this.ids = ids;
  }

  /** Appends a message to a buffer as this transport frames it. */
  abstract void frame(ByteBuf buffer, byte[] message);

  final Forwarder forwarder() {
    return forwarder;
  }

  final IdSpace ids() {
    return ids;
  }

  /** Sets the channel of this socket; called once, before the channel is open. */
  final void attach(Channel itsChannel) {
    channel = itsChannel;
  }

  /** Gives the exchange a message id and sends it; false if no id is left. */
  final boolean send(Exchange exchange, long nowNanos) {
    int id = ids.take();
    if (id == IdSpace.NONE) {
      return false;
    }
    exchange.assign(this, id, forwarder.compose(exchange, this, id, nowNanos), nowNanos);
    usedNanos = nowNanos;
    inFlight.put(id, exchange);
    if (open) {
      write(exchange);
    }
    return true;
  }

  /** The channel is open: writes the exchanges added before. */
  final void opened() {
    open = true;
    for (Exchange exchange : inFlight.values()) {
      write(exchange);
    }
  }

  private void write(Exchange exchange) {
    if (channel != null) {
      byte[] message = exchange.message().bytes();
      ByteBuf buffer = channel.alloc().directBuffer(message.length + 2);
      frame(buffer, message);
      write(buffer);
    }
  }

  /** Writes something that the handlers of the channel understand. */
  final void write(Object message) {
    Channel to = channel;
    if (to == null || closed) {
      ReferenceCountUtil.release(message);
      return;
    }
    // The void promise reports a failure to the pipeline, whose handler tells the pool.
    var unused = to.write(message, to.voidPromise());
    if (!dirty) {
      dirty = true;
      forwarder.flushLater(this);
    }
  }

  /** Flushes the channel: sends everything written since the last flush. */
  final void flush() {
    dirty = false;
    if (channel != null) {
      channel.flush();
    }
  }

  /** The exchange in flight under this message id; null if there is none. */
  final @Nullable Exchange find(int id) {
    return inFlight.get(id);
  }

  /** Removes an exchange; its message id stays taken. */
  final void remove(Exchange exchange) {
    inFlight.remove(exchange.id());
    exchange.leaveSocket();
  }

  /** Removes all exchanges and returns them. */
  final List<Exchange> removeAll() {
    List<Exchange> all = new ArrayList<>(inFlight.values());
    inFlight.clear();
    all.forEach(Exchange::leaveSocket);
    return all;
  }

  final int inFlight() {
    return inFlight.size();
  }

  /** When a query was last sent on it, in nanoseconds on the pool's clock. */
  final long usedNanos() {
    return usedNanos;
  }

  final boolean isOpen() {
    return open;
  }

  final boolean isClosed() {
    return closed;
  }

  /** Whether the channel has ended, of which the pool may not have been told yet. */
  final boolean isGone() {
    return open && channel != null && !channel.isActive();
  }

  /** Whether the channel accepts more writes, or is not open yet. */
  final boolean isWritable() {
    return !open || channel == null || channel.isWritable();
  }

  final void close() {
    closed = true;
    forwarder.closed(this);
    if (channel != null) {
      var unused = channel.close();
    }
  }
}
