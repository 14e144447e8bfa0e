// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.http;

import io.netty.handler.codec.http2.Http2Error;

/**
 * A client of HTTP/2 has sent what no client sends, or too much of what costs work and asks
 * nothing. It costs the client its connection. Errors of one stream do, too (RFC 9113 section 5.4.1
 * allows it): the node never resets a stream because of a bad frame, so that no client can make it
 * do so again and again (MadeYouReset, CVE-2025-55163).
 */
public final class Http2Violation extends Exception {
  private static final long serialVersionUID = 1;

  private final Kind kind;
  private final Http2Error error;

  /** What it was. */
  public enum Kind {
    /** A frame or header block that is not valid, or not at this time. */
    PROTOCOL,
    /** Too many streams that the client reset (rapid reset, CVE-2023-44487). */
    RESETS,
    /** Too many frames that ask nothing, or a header block in too many pieces. */
    FLOOD
  }

  /** A violation with the error code of the GOAWAY frame that tells the client. */
  public Http2Violation(Kind kind, Http2Error error) {
    super(kind + " " + error);
    this.kind = kind;
    this.error = error;
  }

  /** A frame that is not valid. */
  public static Http2Violation protocol(Http2Error error) {
    return new Http2Violation(Kind.PROTOCOL, error);
  }

  public Kind kind() {
    return kind;
  }

  /** The error code of the GOAWAY frame. */
  public Http2Error error() {
    return error;
  }

  /** It is counted, not logged, so nobody reads its stack trace. */
  @Override
  public Throwable fillInStackTrace() {
    return this;
  }
}
