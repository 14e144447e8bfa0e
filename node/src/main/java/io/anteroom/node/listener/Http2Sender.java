// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import static io.netty.handler.codec.http2.Http2Error.FLOW_CONTROL_ERROR;

import io.anteroom.node.http.Http2Frames;
import io.anteroom.node.http.Http2Violation;
import io.anteroom.node.http.HttpAnswer;

/**
 * Writes the responses of one connection of HTTP/2, as far as the windows of its client allow (RFC
 * 9113 section 5.2). What can't be written waits in its stream.
 */
final class Http2Sender {
  private static final int FIRST_WINDOW = 0xffff;
  private static final int MAX_FRAME = 1 << 14;

  private final HttpsConnection connection;

  /** The window of the connection. */
  private long window = FIRST_WINDOW;

  /** The window of a new stream. */
  private long initial = FIRST_WINDOW;

  private long blocked;

  /** Whether the client's settings have changed since the last header block. */
  private boolean newSettings = true;

  Http2Sender(HttpsConnection connection) {
    this.connection = connection;
  }

  /** Bytes of responses that wait for a window. */
  long blocked() {
    return blocked;
  }

  /** Asks for a body that the client holds back until then. */
  void goOn(Http2Stream stream) {
    Http2Frames.goOn(connection.out(Http2Frames.HEAD), stream.id, newSettings);
    newSettings = false;
  }

  /** Writes a response without its body. */
  void headOnly(Http2Stream stream, HttpAnswer answer) {
    Http2Frames.head(connection.out(Http2Frames.HEAD), stream.id, answer, true, newSettings);
    newSettings = false;
  }

  /** Begins a response; false if a part of it waits. */
  boolean respond(Http2Stream stream, HttpAnswer answer) {
    int length = answer.body().length;
    Http2Frames.head(
        connection.out(Http2Frames.HEAD + length), stream.id, answer, false, newSettings);
    newSettings = false;
    stream.answer = answer;
    blocked += length;
    boolean whole = goOnWith(stream, answer);
    connection.endRecord();
    return whole;
  }

  /** Writes more of a response; false if a part of it still waits. */
  boolean goOnWith(Http2Stream stream, HttpAnswer answer) {
    int length = answer.body().length;
    while (stream.written < length) {
      long allowed = Math.min(Math.min(window, initial + stream.window), MAX_FRAME);
      int now = (int) Math.min(allowed, length - stream.written);
      if (now <= 0) {
        return false;
      }
      boolean end = stream.written + now == length;
      Http2Frames.data(
          connection.out(Http2Frames.HEADER + now),
          stream.id,
          answer.body(),
          stream.written,
          now,
          end);
      stream.written += now;
      stream.window -= now;
      window -= now;
      blocked -= now;
    }
    return true;
  }

  /** Forgets what waits of a stream's response. */
  void forget(Http2Stream stream) {
    HttpAnswer begun = stream.answer;
    if (begun != null) {
      blocked -= begun.body().length - stream.written;
      stream.answer = null;
    }
  }

  /** The client has new settings, which are confirmed. */
  void settings() {
    newSettings = true;
    Http2Frames.settingsAck(connection.out(Http2Frames.HEADER));
  }

  /** The client sets the window of all streams, those that are open included. */
  void setInitial(long size, Iterable<Http2Stream> open) throws Http2Violation {
    initial = size;
    for (Http2Stream stream : open) {
      refuseOverflow(initial + stream.window);
    }
  }

  /** The client takes more on all streams together. */
  void open(int more) throws Http2Violation {
    window += more;
    refuseOverflow(window);
  }

  /** The client takes more on one stream. */
  void open(Http2Stream stream, int more) throws Http2Violation {
    stream.window += more;
    refuseOverflow(initial + stream.window);
  }

  private static void refuseOverflow(long size) throws Http2Violation {
    if (size > Integer.MAX_VALUE) {
      throw Http2Violation.protocol(FLOW_CONTROL_ERROR);
    }
  }
}
