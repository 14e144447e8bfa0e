// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.http.Http2Reader;
import io.anteroom.node.http.Http2Violation;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.ByteToMessageDecoder;

/**
 * What one client of HTTP/2 has sent, from which complete frames are read at once. It holds at most
 * a part of one frame and of one header block, and knows for how long.
 */
final class Http2Input {
  private final Http2Reader reader;
  private ByteBuf held = Unpooled.EMPTY_BUFFER;
  private boolean reading;
  private boolean hasRead;

  /** Whether something had come in part when idle connections were checked last. */
  private boolean partial;

  private long partialSinceNanos;

  Http2Input(Http2Reader reader) {
    this.reader = reader;
  }

  /** Takes what has arrived, and reads the frames that are complete. */
  void read(ByteBuf in, ByteBufAllocator allocator) throws Http2Violation {
    held = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(allocator, held, in);
    int before = held.readerIndex();
    reading = true;
    try {
      reader.read(held, allocator);
    } finally {
      reading = false;
      hasRead |= held.readerIndex() != before;
      shrink();
    }
  }

  /** Keeps the buffer at no more than twice its content. */
  private void shrink() {
    int bytes = held.readableBytes();
    if (bytes == 0) {
      release();
    } else if (held.capacity() > 2 * bytes) {
      ByteBuf exact = held.alloc().buffer(bytes).writeBytes(held);
      held.release();
      held = exact;
    }
  }

  private void release() {
    held.release();
    held = Unpooled.EMPTY_BUFFER;
  }

  /** Whether frames are being read now: the connection must not be closed from within. */
  boolean isReading() {
    return reading;
  }

  /** Bytes that it holds. */
  int bytes() {
    return held.capacity();
  }

  /** Whether the rest of a frame or header block has not come in time; called periodically. */
  boolean isStuck(long nowNanos, long timeoutNanos) {
    if (hasRead || !(held.isReadable() || reader.isPartial())) {
      hasRead = false;
      partial = false;
    } else if (!partial) {
      partial = true;
      partialSinceNanos = nowNanos;
    }
    return partial && nowNanos - partialSinceNanos >= timeoutNanos;
  }

  /** Frees what it holds. */
  void close() {
    reader.close();
    release();
  }
}
