// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.collection.IntObjectHashMap;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A connected UDP socket or a TCP connection, with the exchanges in flight on it by id. All state
 * is the pool's; the channel is only told what to do, which Netty allows from any thread.
 *
 * <p>Exchanges may be added before the channel is open; they are sent when it is.
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

  /** The channel that this wire is; set once, before it is open. */
  final void attach(Channel itsChannel) {
    channel = itsChannel;
  }

  /** Gives the exchange an id and sends it; false if there is no id left. */
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

  /** The channel is open: sends what has waited for it. */
  final void opened() {
    open = true;
    for (Exchange exchange : inFlight.values()) {
      write(exchange);
    }
  }

  private void write(Exchange exchange) {
    Channel to = channel;
    if (to == null || closed) {
      return;
    }
    byte[] message = exchange.message().bytes();
    ByteBuf buffer = to.alloc().directBuffer(message.length + 2);
    frame(buffer, message);
    // The void promise reports a failure to the pipeline, whose handler tells the actor.
    var unused = to.write(buffer, to.voidPromise());
    if (!dirty) {
      dirty = true;
      forwarder.flushLater(this);
    }
  }

  /** Hands over to the kernel what has been written since the last time. */
  final void flush() {
    dirty = false;
    if (channel != null) {
      channel.flush();
    }
  }

  /** The exchange in flight under this id. */
  final @Nullable Exchange find(int id) {
    return inFlight.get(id);
  }

  /** Ends an exchange; its id stays taken. */
  final void remove(Exchange exchange) {
    inFlight.remove(exchange.id());
    exchange.leaveWire();
  }

  /** Ends all exchanges and returns them. */
  final List<Exchange> removeAll() {
    List<Exchange> all = new ArrayList<>(inFlight.values());
    inFlight.clear();
    all.forEach(Exchange::leaveWire);
    return all;
  }

  final int inFlight() {
    return inFlight.size();
  }

  /** When something was last sent on it. */
  final long usedNanos() {
    return usedNanos;
  }

  final boolean isOpen() {
    return open;
  }

  final boolean isClosed() {
    return closed;
  }

  /** Whether the kernel and the channel still take more. */
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
