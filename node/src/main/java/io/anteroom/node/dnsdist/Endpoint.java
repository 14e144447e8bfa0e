// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.flow.Counters;
import io.anteroom.node.net.Sockets;
import io.anteroom.node.net.Survival;
import io.anteroom.node.net.UnixDatagrams;
import io.anteroom.node.net.UnixFiles;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import java.io.FileNotFoundException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A socket through which a script sends datagrams to a filter: dnsdist's NetworkEndpoint. For the
 * thread of Lua only, unless a method says otherwise.
 *
 * <p><b>Full socket.</b> The kernel queues few datagrams for a filter that does not read, often
 * ten. Up to {@value #BACKLOG} bytes wait here; beyond that sending fails.
 *
 * <p><b>Restart of the filter.</b> A socket that has failed connects again: at once, then after 20
 * ms, doubling up to 1 s. Meanwhile sending fails, but the datagrams that are sent while it
 * connects at once, at most {@value #MAX_HELD}, wait for that, so that none is lost to a filter
 * that is back already.
 */
final class Endpoint extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(Endpoint.class);

  private static final int BACKLOG = 512 << 10;
  private static final int MAX_HELD = 64;

  /** How many datagrams leave together, and the longest of them, in bytes. */
  private static final int BATCH = 64;

  private static final int LONGEST = 4096;

  private static final int FIRST_DELAY_MS = 20;
  private static final int LAST_DELAY_MS = 1_000;

  private final String path;
  private final Counters<AsyncCounter> counters;
  private final ArrayDeque<byte[]> held = new ArrayDeque<>();
  private @Nullable UnixDatagrams batch;
  private final List<byte[]> unsent = new ArrayList<>();
  private @Nullable EventLoop loop;
  private @Nullable Channel channel;
  private boolean holding;
  private boolean failed;
  private boolean closed;
  private boolean reported;
  private int delayMs = FIRST_DELAY_MS;

  /** An endpoint without a socket. */
  Endpoint(String path, Counters<AsyncCounter> counters) {
    this.path = path;
    this.counters = counters;
  }

  String path() {
    return path;
  }

  /**
   * Connects, now and after every failure. For any thread; the future ends when it has connected or
   * failed to.
   */
  Future<?> open(EventLoop on) {
    return on.submit(
        () -> {
          loop = on;
          connect(on);
        });
  }

  /** Whether it is connected, or while the node starts, whether there is a socket. */
  boolean isValid() {
    if (loop != null) {
      return channel != null;
    }
    return UnixAddresses.isAbstract(path) || UnixFiles.isSocket(UnixAddresses.file(path));
  }

  /**
   * Sends a datagram soon, or queues it; false if that is not possible. Never blocks. Datagrams
   * that are sent in one turn of the event loop leave together.
   */
  boolean send(byte[] payload) {
    Channel to = channel;
    if (payload.length > 0 && to != null && batch != null && hasNoBacklog(to)) {
      if (batch.count() == 0) {
        to.eventLoop().execute(this::flush);
      }
      if (batch.add(payload)) {
        unsent.add(payload);
        return true;
      }
      flush();
    }
    return sendNow(payload);
  }

  /** Nothing may overtake what waits for a full socket. */
  private static boolean hasNoBacklog(Channel to) {
    return to.bytesBeforeUnwritable() > BACKLOG;
  }

  /** Sends what waits for the end of the turn. What the system does not take goes one by one. */
  private void flush() {
    if (batch == null || unsent.isEmpty()) {
      return;
    }
    Channel to = channel;
    int sent = to == null || !to.isOpen() ? 0 : batch.send(to);
    batch.clear();
    counters.add(AsyncCounter.DATAGRAMS_OUT, sent);
    List<byte[]> rest = List.copyOf(unsent.subList(sent, unsent.size()));
    unsent.clear();
    rest.forEach(this::sendNow);
  }

  private boolean sendNow(byte[] payload) {
    boolean sent =
        payload.length > 0 && (channel != null ? write(channel, payload) : hold(payload));
    counters.increment(sent ? AsyncCounter.DATAGRAMS_OUT : AsyncCounter.SEND_FAILED);
    return sent;
  }

  private boolean write(Channel to, byte[] payload) {
    if (!to.isWritable()) {
      return false;
    }
    ByteBuf datagram = to.alloc().directBuffer(payload.length).writeBytes(payload);
    failed = false;
    // The void promise reports a failure to the pipeline, and so to this object.
    var unused = to.writeAndFlush(datagram, to.voidPromise());
    return !failed || hold(payload);
  }

  private boolean hold(byte[] payload) {
    if (!holding || held.size() >= MAX_HELD) {
      return false;
    }
    held.add(payload);
    return true;
  }

  private void connect(EventLoop on) {
    if (closed) {
      return;
    }
    Sockets.unixDatagram(on, 1, 1)
        .option(
            ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(BACKLOG / 2, BACKLOG))
        .option(ChannelOption.AUTO_READ, false)
        .handler(this)
        .connect(UnixAddresses.address(path))
        .addListener((ChannelFuture done) -> onOpened(on, done));
  }

  private void onOpened(EventLoop on, ChannelFuture done) {
    holding = false;
    Throwable cause = done.cause();
    if (cause != null) {
      report("is not there: " + why(cause));
      lose();
      later(on);
      return;
    }
    channel = done.channel();
    if (batch == null) {
      batch = UnixDatagrams.of(BATCH, LONGEST);
    }
    delayMs = FIRST_DELAY_MS;
    if (reported) {
      reported = false;
      LOG.info("endpoint {} is connected again", UnixAddresses.text(path));
    }
    for (byte[] payload; (payload = held.poll()) != null; ) {
      if (channel == null || !write(channel, payload)) {
        counters.increment(AsyncCounter.SEND_FAILED);
      }
    }
  }

  private void lose() {
    counters.add(AsyncCounter.SEND_FAILED, held.size());
    held.clear();
  }

  private void later(EventLoop on) {
    on.schedule(() -> connect(on), delayMs, TimeUnit.MILLISECONDS);
    delayMs = Math.min(2 * delayMs, LAST_DELAY_MS);
  }

  private static String why(Throwable cause) {
    return cause instanceof FileNotFoundException ? "no such file" : cause.toString();
  }

  private void report(String why) {
    if (!reported) {
      reported = true;
      LOG.warn("endpoint {} {}", UnixAddresses.text(path), why);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    Survival.endIfOutOfMemory(cause);
    failed = true;
    if (context.channel() == channel) {
      channel = null;
      holding = true;
      counters.increment(AsyncCounter.ENDPOINTS_BROKEN);
      report("has failed: " + why(cause));
      EventLoop on = context.channel().eventLoop();
      var unused = context.channel().close();
      connect(on);
    } else {
      counters.increment(AsyncCounter.SEND_FAILED);
    }
  }

  /** Several connections use it, one after the other. */
  @Override
  public boolean isSharable() {
    return true;
  }

  /** Closes the socket; it does not connect again. */
  void close() {
    flush();
    closed = true;
    if (channel != null) {
      var unused = channel.close();
      channel = null;
    }
  }
}
