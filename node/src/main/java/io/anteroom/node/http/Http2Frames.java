// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameTypes;

/** Writes the frames of HTTP/2 (RFC 9113 section 6) that a server of DNS needs. */
public final class Http2Frames {
  /** The length of the header of a frame. */
  public static final int HEADER = 9;

  /** Room for the head of a response, with the header of its frame and of one frame of data. */
  public static final int HEAD = 2 * HEADER + Hpack.MOST;

  static final int ACK = 0x1;
  static final int END_STREAM = 0x1;
  static final int END_HEADERS = 0x4;

  /** The longest frame that a receiver takes which has not said otherwise. */
  static final int MAX_FRAME = 1 << 14;

  static final int HEADER_TABLE_SIZE = 1;
  static final int ENABLE_PUSH = 2;
  static final int MAX_CONCURRENT_STREAMS = 3;
  static final int INITIAL_WINDOW_SIZE = 4;
  static final int MAX_FRAME_SIZE = 5;
  static final int MAX_HEADER_LIST_SIZE = 6;

  /** The window of a connection before it is made larger (RFC 9113 section 6.9.2). */
  private static final int FIRST_WINDOW = 0xffff;

  private static final int SETTING = 6;
  private static final int CONTINUE = 100;

  private Http2Frames() {}

  private static ByteBuf header(ByteBuf out, int length, int type, int flags, int stream) {
    return out.writeMedium(length).writeByte(type).writeByte(flags).writeInt(stream);
  }

  /** Writes the first frames of a connection: the settings, and a larger window for all streams. */
  public static void start(
      ByteBuf out, int maxStreams, int streamWindow, int window, int maxHeaders) {
    header(out, 3 * SETTING, Http2FrameTypes.SETTINGS, 0, 0);
    out.writeShort(MAX_CONCURRENT_STREAMS).writeInt(maxStreams);
    out.writeShort(INITIAL_WINDOW_SIZE).writeInt(streamWindow);
    out.writeShort(MAX_HEADER_LIST_SIZE).writeInt(maxHeaders);
    window(out, window - FIRST_WINDOW);
  }

  /** Lets the client send this many bytes more on all streams together. */
  public static void window(ByteBuf out, int more) {
    header(out, 4, Http2FrameTypes.WINDOW_UPDATE, 0, 0).writeInt(more);
  }

  /** Confirms the client's settings. */
  public static void settingsAck(ByteBuf out) {
    header(out, 0, Http2FrameTypes.SETTINGS, ACK, 0);
  }

  /** Answers a ping. */
  public static void pingAck(ByteBuf out, long data) {
    header(out, 8, Http2FrameTypes.PING, ACK, 0).writeLong(data);
  }

  /** Ends a stream. */
  public static void reset(ByteBuf out, int stream, Http2Error why) {
    header(out, 4, Http2FrameTypes.RST_STREAM, 0, stream).writeInt((int) why.code());
  }

  /** Says that streams after this one are not processed. */
  public static void goAway(ByteBuf out, int last, Http2Error why) {
    header(out, 8, Http2FrameTypes.GO_AWAY, 0, 0).writeInt(last).writeInt((int) why.code());
  }

  /** Asks for the body of a request that waits for this. */
  public static void goOn(ByteBuf out, int stream, boolean first) {
    int start = out.writerIndex();
    header(out, 0, Http2FrameTypes.HEADERS, END_HEADERS, stream);
    Hpack.status(out, CONTINUE, first);
    setLength(out, start);
  }

  /**
   * Writes the head of a response.
   *
   * @param end whether no data follows
   * @param first whether the client's settings have been confirmed since the last head
   */
  public static void head(ByteBuf out, int stream, HttpAnswer answer, boolean end, boolean first) {
    int start = out.writerIndex();
    header(out, 0, Http2FrameTypes.HEADERS, END_HEADERS | (end ? END_STREAM : 0), stream);
    Hpack.write(out, answer, first);
    setLength(out, start);
  }

  private static void setLength(ByteBuf out, int start) {
    out.setMedium(start, out.writerIndex() - start - HEADER);
  }

  /** Writes a part of a response's data. */
  public static void data(
      ByteBuf out, int stream, byte[] from, int offset, int length, boolean end) {
    header(out, length, Http2FrameTypes.DATA, end ? END_STREAM : 0, stream)
        .writeBytes(from, offset, length);
  }
}
