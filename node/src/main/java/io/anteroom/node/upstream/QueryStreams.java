// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.collection.IntObjectHashMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gives each query of a {@link StreamConnection} a stream, and bounds the streams that are open at
 * the same time; the queries beyond wait in order. Subclasses know the protocol. On the event loop.
 *
 * <p>It takes messages with their ids, sends them with id 0 (RFC 8484 section 4.1), and passes
 * answers on with the id of the query of their stream. Every id ends exactly once, with an answer
 * or with a {@link PoolEvent.StreamEnded}; only the end of the channel ends all of them at once.
 *
 * <p>The stream of a query that no one waits for stays open, since its answer costs less than its
 * reset, and a server may take many resets for an attack (CVE-2023-44487). If half of the streams
 * are such ones, the oldest of them is reset.
 */
abstract class QueryStreams extends ChannelDuplexHandler {
  private static final int HEADER = 12;
  private static final int MAX_MESSAGE = 65_535;

  /** As many as a connection has queries in flight at most. */
  private static final int MOST_OPEN = 2_000;

  private final StreamConnection wire;
  private final ServerPool.Inbox pool;
  private final IntObjectHashMap<Stream> byId = new IntObjectHashMap<>();
  private final Set<Stream> waiting = new LinkedHashSet<>();
  private final Set<Stream> abandoned = new LinkedHashSet<>();
  private @Nullable ChannelHandlerContext context;
  private int open;
  private long mostOpen;
  private boolean leaving;

  /** Written to the channel: no one waits for the answer to the query with this id. */
  record Leave(int id) {}

  /** The stream of one query. */
  static final class Stream {
    private final int id;
    private @Nullable ByteBuf query;
    private byte[] answer = new byte[0];
    private int length;

    /** What the protocol knows it by; null before it is open. */
    @Nullable Object handle;

    /** Whether the head of the response has come. */
    boolean hasHead;

    /** Bytes of the answer that have come. */
    int length() {
      return length;
    }

    private Stream(int id, ByteBuf query) {
      this.id = id;
      this.query = query;
    }
  }

  /** At most this many streams are open until the server tells its own bound. */
  QueryStreams(StreamConnection wire, ServerPool.Inbox pool, int mostOpen) {
    this.wire = wire;
    this.pool = pool;
    this.mostOpen = mostOpen;
  }

  /**
   * Opens a stream and sends the query on it, whose buffer the callee releases. {@link #closed} is
   * called once for it.
   */
  abstract void open(ChannelHandlerContext to, Stream stream, ByteBuf query);

  /** Whether the server allows another stream now, apart from the bound that it has told. */
  boolean mayOpen() {
    return true;
  }

  /** Resets a stream, of which nothing more is expected. */
  abstract void reset(ChannelHandlerContext to, Stream stream);

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext removed) {
    waiting.forEach(stream -> ReferenceCountUtil.release(stream.query));
    waiting.clear();
  }

  final ChannelHandlerContext context() {
    if (context == null) {
      throw new IllegalStateException("not in a pipeline");
    }
    return context;
  }

  @Override
  public void write(ChannelHandlerContext to, Object message, ChannelPromise promise) {
    if (message instanceof ByteBuf query) {
      int id = query.getUnsignedShort(query.readerIndex());
      query.setShort(query.readerIndex(), 0);
      Stream stream = new Stream(id, query);
      byId.put(id, stream);
      waiting.add(stream);
      if (leaving) {
        unprocessed(stream, "the connection ends");
      }
      startWaiting();
    } else if (message instanceof Leave leave) {
      Stream stream = byId.get(leave.id);
      if (stream != null) {
        abandon(stream);
      }
    } else {
      to.write(message, promise);
    }
  }

  private void abandon(Stream stream) {
    if (waiting.contains(stream)) {
      unprocessed(stream, "no one waits for it");
      return;
    }
    abandoned.add(stream);
    if (abandoned.size() > mostOpen / 2) {
      Stream oldest = abandoned.iterator().next();
      fail(oldest, "no one waited for it");
    }
  }

  /** The server allows this many open streams. */
  final void bound(long most) {
    mostOpen = Math.min(most, MOST_OPEN);
    startWaiting();
  }

  /** Opens streams for those that wait, as far as the bounds allow. */
  final void startWaiting() {
    while (open < mostOpen && !waiting.isEmpty() && mayOpen()) {
      Iterator<Stream> first = waiting.iterator();
      Stream stream = first.next();
      first.remove();
      ByteBuf query = stream.query;
      stream.query = null;
      open++;
      if (query != null) {
        open(context(), stream, query);
      }
    }
  }

  /** Takes a part of an answer; false if it is too long, and the stream has failed. */
  final boolean append(Stream stream, ByteBuf part) {
    int more = part.readableBytes();
    if (stream.length + more > MAX_MESSAGE) {
      fail(stream, "the answer is longer than a DNS message can be");
      return false;
    }
    if (stream.answer.length < stream.length + more) {
      int size = Math.min(MAX_MESSAGE, Math.max(2 * stream.answer.length, stream.length + more));
      stream.answer = Arrays.copyOf(stream.answer, size);
    }
    part.readBytes(stream.answer, stream.length, more);
    stream.length += more;
    return true;
  }

  /** The answer is complete. */
  final void finish(Stream stream) {
    byte[] answer = stream.answer;
    String flaw = flaw(answer, stream.length);
    if (flaw != null) {
      fail(stream, flaw);
      return;
    }
    answer[0] = (byte) (stream.id >> 8);
    answer[1] = (byte) stream.id;
    forget(stream);
    context().fireChannelRead(Unpooled.wrappedBuffer(answer, 0, stream.length));
  }

  private static @Nullable String flaw(byte[] answer, int length) {
    if (length < HEADER) {
      return "the answer is shorter than a DNS message";
    } else if (answer[0] != 0 || answer[1] != 0) {
      return "the answer has an id other than 0";
    }
    return (answer[2] & 0x80) == 0 ? "the answer is a query" : null;
  }

  /** A stream has ended without an answer, and is reset if it is open. */
  final void fail(Stream stream, String cause) {
    end(stream, false, cause);
  }

  /** The server has not begun with the query of a stream, which may be sent again elsewhere. */
  final void unprocessed(Stream stream, String cause) {
    end(stream, true, cause);
  }

  private void end(Stream stream, boolean unprocessed, String cause) {
    if (byId.get(stream.id) != stream) {
      return;
    }
    forget(stream);
    if (stream.handle != null) {
      reset(context(), stream);
    }
    pool.tell(new PoolEvent.StreamEnded(wire, stream.id, unprocessed, cause));
  }

  private void forget(Stream stream) {
    byId.remove(stream.id);
    abandoned.remove(stream);
    if (waiting.remove(stream)) {
      ReferenceCountUtil.release(stream.query);
      stream.query = null;
    }
  }

  /** A stream that was opened is closed on both sides, so that another one can be opened. */
  final void closed() {
    open--;
    startWaiting();
  }

  /** The server takes no new streams: it has said so, or none can be opened. */
  final void leave(String cause) {
    if (leaving) {
      return;
    }
    leaving = true;
    pool.tell(new PoolEvent.Leaving(wire, cause));
    new ArrayList<>(waiting).forEach(stream -> unprocessed(stream, cause));
  }
}
