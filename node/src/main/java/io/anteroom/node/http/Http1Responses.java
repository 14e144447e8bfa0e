// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpResponseStatus;

/** Writes the responses of HTTP/1.1 (RFC 9112). */
public final class Http1Responses {
  /** Room for the head of a response. */
  public static final int HEAD = 256;

  private static final byte[] OK = ascii("HTTP/1.1 200 OK");
  private static final byte[] VERSION = ascii("HTTP/1.1 ");
  private static final byte[] DNS = ascii("\r\ncontent-type: " + DohRequest.TYPE);
  private static final byte[] TEXT = ascii("\r\ncontent-type: text/plain");
  private static final byte[] LENGTH = ascii("\r\ncontent-length: ");
  private static final byte[] MAX_AGE = ascii("\r\ncache-control: max-age=");
  private static final byte[] ALLOW = ascii("\r\nallow: " + DohRequest.METHODS);
  private static final byte[] CLOSE = ascii("\r\nconnection: close");
  private static final byte[] KEEP = ascii("\r\nconnection: keep-alive");
  private static final byte[] END = ascii("\r\n\r\n");
  private static final byte[] CONTINUE = ascii("HTTP/1.1 100 Continue\r\n\r\n");

  /** What a response says about its connection. */
  public enum Connection {
    /** Nothing: clients of HTTP/1.1 keep it. */
    STAYS,
    /** It stays open, which a client of HTTP/1.0 has asked for. */
    KEPT,
    /** It is closed behind this response. */
    CLOSED
  }

  private Http1Responses() {}

  private static byte[] ascii(String text) {
    return text.getBytes(US_ASCII);
  }

  /**
   * Writes a response.
   *
   * @param withoutBody for a HEAD request
   */
  public static void write(
      ByteBuf out, HttpAnswer answer, Connection connection, boolean withoutBody) {
    if (answer.status() == HttpAnswer.OK) {
      out.writeBytes(OK);
    } else {
      String reason = HttpResponseStatus.valueOf(answer.status()).reasonPhrase();
      Digits.write(out.writeBytes(VERSION), answer.status());
      out.writeByte(' ').writeCharSequence(reason, US_ASCII);
    }
    out.writeBytes(answer.isDns() ? DNS : TEXT);
    Digits.write(out.writeBytes(LENGTH), answer.body().length);
    if (answer.maxAge() >= 0) {
      Digits.write(out.writeBytes(MAX_AGE), answer.maxAge());
    }
    if (answer.allow()) {
      out.writeBytes(ALLOW);
    }
    switch (connection) {
      case STAYS -> {}
      case KEPT -> out.writeBytes(KEEP);
      case CLOSED -> out.writeBytes(CLOSE);
    }
    out.writeBytes(END);
    if (!withoutBody) {
      out.writeBytes(answer.body());
    }
  }

  /** Asks for the body of a request that waits for this. */
  public static void goOn(ByteBuf out) {
    out.writeBytes(CONTINUE);
  }
}
