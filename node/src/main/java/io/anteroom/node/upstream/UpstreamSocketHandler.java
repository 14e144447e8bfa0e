// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.net.Survival;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufHolder;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Passes the events of a channel to the pool: all messages of one read burst in one event, and at
 * most {@value #MAX_WAITING} messages that the pool has not processed. Further bursts are dropped
 * and counted. A connection has fewer queries in flight than that, so none of their answers is.
 * Runs on the event loop and touches no state of the pool.
 */
final class UpstreamSocketHandler extends ChannelInboundHandlerAdapter {
  /** Messages per burst. */
  private static final int MAX_BURST = 256;

  /** Messages of this channel that the pool has not processed yet. */
  private static final int MAX_WAITING = 4_096;

  private final UpstreamSocket wire;
  private final ServerPool.Inbox pool;
  private final Counters<Counter> counters;
  private final AtomicInteger waiting = new AtomicInteger();
  private List<byte[]> burst = new ArrayList<>();

  UpstreamSocketHandler(UpstreamSocket wire, ServerPool.Inbox pool, Counters<Counter> counters) {
    this.wire = wire;
    this.pool = pool;
    this.counters = counters;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      ByteBuf bytes =
          message instanceof ByteBufHolder holder ? holder.content() : (ByteBuf) message;
      burst.add(ByteBufUtil.getBytes(bytes));
    } finally {
      ReferenceCountUtil.release(message);
    }
    if (burst.size() == MAX_BURST) {
      tellBurst();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    tellBurst();
  }

  private void tellBurst() {
    if (burst.isEmpty()) {
      return;
    }
    List<byte[]> messages = burst;
    burst = new ArrayList<>();
    if (waiting.get() + messages.size() > MAX_WAITING) {
      counters.increment(Counter.UPSTREAM_BURSTS_DROPPED);
      return;
    }
    waiting.addAndGet(messages.size());
    pool.tell(new PoolEvent.Received(wire, messages, waiting));
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    tellBurst();
    pool.tell(new PoolEvent.Broken(wire, "closed"));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    Survival.endIfOutOfMemory(cause);
    tellBurst();
    pool.tell(new PoolEvent.Broken(wire, causeOf(cause)));
  }

  /** The root cause of a failure, for logs. */
  static String causeOf(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null && cause.getCause() != cause) {
      cause = cause.getCause();
    }
    return cause.toString();
  }
}
