// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.http;

import static io.netty.handler.codec.http2.Http2Error.COMPRESSION_ERROR;
import static io.netty.handler.codec.http2.Http2Error.ENHANCE_YOUR_CALM;
import static io.netty.handler.codec.http2.Http2Error.FLOW_CONTROL_ERROR;
import static io.netty.handler.codec.http2.Http2Error.FRAME_SIZE_ERROR;
import static io.netty.handler.codec.http2.Http2Error.PROTOCOL_ERROR;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2Headers;
import org.jspecify.annotations.Nullable;

/**
 * Reads the frames of one client of HTTP/2 (RFC 9113), checks each by itself, and passes on what it
 * says. For one thread.
 *
 * <p>A frame has at most 16 KiB, a header block as many bytes as the header fields may have. A
 * block may come in {@value #MAX_PIECES} pieces, so a flood of CONTINUATION frames ends at once.
 */
public final class Http2Reader {
  private static final int MAX_PIECES = 16;

  private static final int PADDED = 0x8;
  private static final int PRIORITY = 0x20;
  private static final int PRIORITY_LENGTH = 5;
  private static final int SETTING_LENGTH = 6;
  private static final int MAX_SETTINGS = 32;
  private static final int INT = Integer.BYTES;

  private final Events events;
  private final HeadsDecoder decoder;
  private final int maxBlock;
  private int preface = Http2CodecUtil.connectionPrefaceBuf().readableBytes();
  private boolean greeted;

  /** The header block that has not come to its end; null for none. */
  private @Nullable ByteBuf block;

  private int blockStream;
  private boolean blockEnds;
  private int pieces;

  /** What the frames say. The methods may throw if it is not valid in the state of the stream. */
  public interface Events {
    /** The head of a request, or its trailer fields. {@code end} if no body follows. */
    void onHead(int stream, Http2Head head, boolean end) throws Http2Violation;

    /** The same, with more header fields than are read. */
    void onLargeHead(int stream, boolean end) throws Http2Violation;

    /**
     * Data.
     *
     * @param flow its length for flow control, with padding
     */
    void onData(int stream, ByteBuf data, int flow, boolean end) throws Http2Violation;

    /** The client has cancelled a stream. */
    void onReset(int stream) throws Http2Violation;

    /** One of the client's settings. */
    void onSetting(int id, long value) throws Http2Violation;

    /** The end of settings, which must be confirmed. */
    void onSettingsEnd() throws Http2Violation;

    void onPing(long data) throws Http2Violation;

    /** The client takes more data, on this stream or, for 0, on all together. */
    void onWindow(int stream, int more) throws Http2Violation;

    /** A frame that needs no answer and changes nothing. */
    void onOther() throws Http2Violation;
  }

  /**
   * Reads a connection from its first byte.
   *
   * @param maxHeaders most bytes of the header fields of a request, in the count of RFC 9113
   *     section 6.5.2
   */
  public Http2Reader(Events events, int maxHeaders) {
    this.events = events;
    this.decoder = new HeadsDecoder(maxHeaders);
    this.maxBlock = Math.max(maxHeaders, Http2Frames.MAX_FRAME);
  }

  private static final class HeadsDecoder extends DefaultHttp2HeadersDecoder {
    HeadsDecoder(int maxHeaders) {
      super(true, true, maxHeaders);
    }

    @Override
    protected Http2Headers newHeaders() {
      return new Http2Head();
    }
  }

  /** Reads all complete frames; the rest stays, and must come again with more behind it. */
  public void read(ByteBuf in, ByteBufAllocator allocator) throws Http2Violation {
    if (preface > 0 && !readPreface(in)) {
      return;
    }
    while (in.readableBytes() >= Http2Frames.HEADER) {
      int start = in.readerIndex();
      int length = in.getUnsignedMedium(start);
      if (length > Http2Frames.MAX_FRAME) {
        throw Http2Violation.protocol(FRAME_SIZE_ERROR);
      } else if (in.readableBytes() < Http2Frames.HEADER + length) {
        return;
      }
      int type = in.getUnsignedByte(start + 3);
      int flags = in.getUnsignedByte(start + 4);
      int stream = in.getInt(start + 5) & Integer.MAX_VALUE;
      in.skipBytes(Http2Frames.HEADER);
      ByteBuf payload = in.readSlice(length);
      readFrame(type, flags, stream, payload, allocator);
    }
  }

  private boolean readPreface(ByteBuf in) throws Http2Violation {
    ByteBuf expected = Http2CodecUtil.connectionPrefaceBuf();
    int length = Math.min(preface, in.readableBytes());
    ByteBuf part = expected.slice(expected.readableBytes() - preface, length);
    if (!part.equals(in.readSlice(length))) {
      throw Http2Violation.protocol(PROTOCOL_ERROR);
    }
    preface -= length;
    return preface == 0;
  }

  private void readFrame(int type, int flags, int stream, ByteBuf in, ByteBufAllocator allocator)
      throws Http2Violation {
    boolean continued = type == Http2FrameTypes.CONTINUATION;
    if (continued != (block != null) || (!greeted && type != Http2FrameTypes.SETTINGS)) {
      throw Http2Violation.protocol(PROTOCOL_ERROR);
    }
    greeted = true;
    switch (type) {
      case Http2FrameTypes.DATA -> readData(flags, onStream(stream), in);
      case Http2FrameTypes.HEADERS -> readHeaders(flags, onStream(stream), in, allocator);
      case Http2FrameTypes.CONTINUATION -> readContinuation(flags, stream, in);
      case Http2FrameTypes.RST_STREAM -> {
        expect(in, INT);
        events.onReset(onStream(stream));
      }
      case Http2FrameTypes.SETTINGS -> readSettings(flags, stream, in);
      case Http2FrameTypes.PING -> readPing(flags, stream, in);
      case Http2FrameTypes.WINDOW_UPDATE -> readWindow(stream, in);
      case Http2FrameTypes.PRIORITY -> {
        expect(in, PRIORITY_LENGTH);
        refuseOwnPriority(onStream(stream), in);
        events.onOther();
      }
      case Http2FrameTypes.PUSH_PROMISE -> throw Http2Violation.protocol(PROTOCOL_ERROR);
      default -> events.onOther();
    }
  }

  private static int onStream(int stream) throws Http2Violation {
    if (stream == 0) {
      throw Http2Violation.protocol(PROTOCOL_ERROR);
    }
    return stream;
  }

  private static void onConnection(int stream) throws Http2Violation {
    if (stream != 0) {
      throw Http2Violation.protocol(PROTOCOL_ERROR);
    }
  }

  private static void expect(ByteBuf in, int length) throws Http2Violation {
    if (in.readableBytes() != length) {
      throw Http2Violation.protocol(FRAME_SIZE_ERROR);
    }
  }

  /** A stream may not depend on itself; all else about priorities is ignored. */
  private static void refuseOwnPriority(int stream, ByteBuf in) throws Http2Violation {
    if ((in.readInt() & Integer.MAX_VALUE) == stream) {
      throw Http2Violation.protocol(PROTOCOL_ERROR);
    }
    in.skipBytes(1);
  }

  private static ByteBuf withoutPadding(int flags, ByteBuf in) throws Http2Violation {
    if ((flags & PADDED) == 0) {
      return in;
    }
    int padding = in.isReadable() ? in.readUnsignedByte() : 1;
    if (padding > in.readableBytes()) {
      throw Http2Violation.protocol(PROTOCOL_ERROR);
    }
    return in.readSlice(in.readableBytes() - padding);
  }

  private void readData(int flags, int stream, ByteBuf in) throws Http2Violation {
    int flow = in.readableBytes();
    ByteBuf data = withoutPadding(flags, in);
    events.onData(stream, data, flow, (flags & Http2Frames.END_STREAM) != 0);
  }

  private void readHeaders(int flags, int stream, ByteBuf in, ByteBufAllocator allocator)
      throws Http2Violation {
    ByteBuf fragment = withoutPadding(flags, in);
    if ((flags & PRIORITY) != 0) {
      if (fragment.readableBytes() < PRIORITY_LENGTH) {
        throw Http2Violation.protocol(FRAME_SIZE_ERROR);
      }
      refuseOwnPriority(stream, fragment);
    }
    boolean end = (flags & Http2Frames.END_STREAM) != 0;
    if ((flags & Http2Frames.END_HEADERS) != 0) {
      decode(stream, fragment, end);
    } else {
      block = allocator.buffer(fragment.readableBytes()).writeBytes(fragment);
      blockStream = stream;
      blockEnds = end;
      pieces = 1;
    }
  }

  private void readContinuation(int flags, int stream, ByteBuf in) throws Http2Violation {
    ByteBuf whole = block;
    if (whole == null || stream != blockStream) {
      throw Http2Violation.protocol(PROTOCOL_ERROR);
    } else if (++pieces > MAX_PIECES || whole.readableBytes() + in.readableBytes() > maxBlock) {
      throw new Http2Violation(Http2Violation.Kind.FLOOD, ENHANCE_YOUR_CALM);
    }
    whole.writeBytes(in);
    if ((flags & Http2Frames.END_HEADERS) != 0) {
      block = null;
      try {
        decode(stream, whole, blockEnds);
      } finally {
        whole.release();
      }
    }
  }

  private void decode(int stream, ByteBuf whole, boolean end) throws Http2Violation {
    Http2Headers headers;
    try {
      headers = decoder.decodeHeaders(stream, whole);
    } catch (Http2Exception.HeaderListSizeException e) {
      // The whole block has been read, so that later ones can be, too.
      events.onLargeHead(stream, end);
      return;
    } catch (Http2Exception e) {
      throw Http2Violation.protocol(e.error());
    }
    if (!(headers instanceof Http2Head head)) {
      throw Http2Violation.protocol(COMPRESSION_ERROR);
    }
    events.onHead(stream, head, end);
  }

  private void readSettings(int flags, int stream, ByteBuf in) throws Http2Violation {
    onConnection(stream);
    if ((flags & Http2Frames.ACK) != 0) {
      expect(in, 0);
      return;
    } else if (in.readableBytes() % SETTING_LENGTH != 0) {
      throw Http2Violation.protocol(FRAME_SIZE_ERROR);
    } else if (in.readableBytes() > MAX_SETTINGS * SETTING_LENGTH) {
      throw new Http2Violation(Http2Violation.Kind.FLOOD, ENHANCE_YOUR_CALM);
    }
    while (in.isReadable()) {
      int id = in.readUnsignedShort();
      long value = in.readUnsignedInt();
      check(id, value);
      events.onSetting(id, value);
    }
    events.onSettingsEnd();
  }

  private static void check(int id, long value) throws Http2Violation {
    boolean valid =
        switch (id) {
          case Http2Frames.ENABLE_PUSH -> value <= 1;
          case Http2Frames.MAX_FRAME_SIZE -> value >= Http2Frames.MAX_FRAME && value < 1 << 24;
          default -> true;
        };
    Http2Error error = valid ? Http2Error.NO_ERROR : PROTOCOL_ERROR;
    if (id == Http2Frames.INITIAL_WINDOW_SIZE && value > Integer.MAX_VALUE) {
      error = FLOW_CONTROL_ERROR;
    }
    if (error != Http2Error.NO_ERROR) {
      throw Http2Violation.protocol(error);
    }
  }

  private void readPing(int flags, int stream, ByteBuf in) throws Http2Violation {
    onConnection(stream);
    expect(in, Long.BYTES);
    if ((flags & Http2Frames.ACK) == 0) {
      events.onPing(in.readLong());
    } else {
      events.onOther();
    }
  }

  private void readWindow(int stream, ByteBuf in) throws Http2Violation {
    expect(in, INT);
    int more = in.readInt() & Integer.MAX_VALUE;
    if (more == 0) {
      throw Http2Violation.protocol(PROTOCOL_ERROR);
    }
    events.onWindow(stream, more);
  }

  /** Whether a header block, or the preface, has come in part. */
  public boolean isPartial() {
    return block != null || preface > 0;
  }

  /** Frees what is held of a header block. */
  public void close() {
    ByteBuf whole = block;
    block = null;
    if (whole != null) {
      whole.release();
    }
  }
}
