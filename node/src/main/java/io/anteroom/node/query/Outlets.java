// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.config.OwnListeners;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Query;
import io.anteroom.node.net.Sockets;
import io.anteroom.node.net.Survival;
import io.anteroom.node.wire.Answers;
import io.anteroom.protocol.Stage;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Sends the copies and writes the log lines and files that rules make of queries. One for each
 * event loop, and for its thread only. It opens a socket for each destination with the first copy
 * and keeps it. When there are {@value #MAX_SOCKETS} destinations and another is added, all sockets
 * are closed and reopened as needed.
 */
public final class Outlets {
  static final int MAX_SOCKETS = 64;

  private static final int LARGEST_ANSWER = 2_048;
  private static final int BATCH = 16;

  private final EventLoop loop;
  private final QueryLog log;
  private final Spool spool;
  private final OwnListeners own;
  private final Counters<Counter> counters;
  private final Map<InetSocketAddress, ChannelFuture> sockets = new HashMap<>();
  private final Set<InetSocketAddress> refused = new HashSet<>();

  public Outlets(
      EventLoop loop, QueryLog log, Spool spool, OwnListeners own, Counters<Counter> counters) {
    this.loop = loop;
    this.log = log;
    this.spool = spool;
    this.own = own;
    this.counters = counters;
  }

  EventLoop loop() {
    return loop;
  }

  void log(Query query, Stage stage, String rule) {
    log.log(query, stage, rule);
  }

  void spool(Query query, String prefix) {
    spool.write(query, prefix);
  }

  /**
   * Sends a copy like an upstream query: with a new message ID, and of the client's flags and
   * options only DO.
   */
  void tee(Query query, InetSocketAddress to) {
    ChannelFuture socket = socket(to);
    if (socket == null) {
      count(Counter.TEE_OWN);
      return;
    }
    int id = ThreadLocalRandom.current().nextInt(1 << 16);
    int edns = query.wire().hasEdns() ? query.wire().udpLimit() : 0;
    byte[] copy = Answers.upstreamQuery(query.wire(), id, true, edns, null);
    // The first copy waits until the socket is connected, which takes no longer than this task.
    socket.addListener(opened -> send(socket.channel(), copy, to, opened.isSuccess()));
  }

  /**
   * The socket to this destination; null if it is a listener of this node, since copies would then
   * return to this node.
   */
  private @Nullable ChannelFuture socket(InetSocketAddress to) {
    ChannelFuture known = sockets.get(to);
    if (known != null || refused.contains(to)) {
      return known;
    }
    if (sockets.size() + refused.size() >= MAX_SOCKETS) {
      sockets.values().forEach(socket -> socket.channel().close());
      sockets.clear();
      refused.clear();
    }
    if (own.include(to)) {
      refused.add(to);
      return null;
    }
    ChannelFuture socket = open(to);
    sockets.put(to, socket);
    return socket;
  }

  private ChannelFuture open(InetSocketAddress to) {
    return Sockets.datagram(loop, to.getAddress(), LARGEST_ANSWER, BATCH)
        .handler(new Ignoring(counters))
        .connect(to);
  }

  private void send(Channel channel, byte[] copy, InetSocketAddress to, boolean open) {
    if (!open || !channel.isWritable()) {
      count(Counter.TEE_FAILED);
      if (!open || !channel.isOpen()) {
        sockets.remove(to);
      }
      return;
    }
    count(Counter.TEE_SENT);
    channel.writeAndFlush(Unpooled.wrappedBuffer(copy), channel.voidPromise());
  }

  void count(Counter counter) {
    counters.increment(counter);
  }

  /** Counts and discards the responses to copies. */
  private static final class Ignoring extends ChannelInboundHandlerAdapter {
    private final Counters<Counter> counters;

    Ignoring(Counters<Counter> counters) {
      this.counters = counters;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ReferenceCountUtil.release(message);
      counters.increment(Counter.TEE_ANSWERS);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      Survival.endIfOutOfMemory(cause);
      // An ICMP error for an earlier copy: the destination is unreachable now. The socket stays.
      counters.increment(Counter.TEE_FAILED);
    }
  }
}
