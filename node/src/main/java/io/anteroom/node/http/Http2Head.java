// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.http;

import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/**
 * The header fields of one request that matter here. It receives them from the decoder of HPACK and
 * keeps no others, so that a request costs no table.
 */
public final class Http2Head extends DefaultHttp2Headers {
  private static final AsciiString METHOD = AsciiString.cached(":method");
  private static final AsciiString PATH = AsciiString.cached(":path");
  private static final AsciiString SCHEME = AsciiString.cached(":scheme");
  private static final AsciiString TYPE = AsciiString.cached("content-type");
  private static final AsciiString LENGTH = AsciiString.cached("content-length");
  private static final AsciiString EXPECT = AsciiString.cached("expect");

  /** The size of the table that the base class has and this one does not use. */
  private static final int LEAST = 2;

  private static final int MAX_DIGITS = 18;

  private @Nullable CharSequence method;
  private @Nullable CharSequence path;
  private boolean scheme;
  private @Nullable CharSequence contentType;
  private @Nullable CharSequence expect;
  private long contentLength = -1;
  private boolean malformed;

  Http2Head() {
    super(false, LEAST);
  }

  @Override
  public Http2Headers add(CharSequence name, CharSequence value) {
    switch (name.length()) {
      case 5 -> {
        if (PATH.contentEquals(name)) {
          malformed |= path != null;
          path = value;
        }
      }
      case 6 -> expect = EXPECT.contentEquals(name) ? value : expect;
      case 7 -> {
        if (METHOD.contentEquals(name)) {
          malformed |= method != null;
          method = value;
        } else {
          scheme |= SCHEME.contentEquals(name);
        }
      }
      case 12 -> contentType = TYPE.contentEquals(name) ? value : contentType;
      case 14 -> {
        if (LENGTH.contentEquals(name)) {
          readLength(value);
        }
      }
      default -> {
        // Not of interest.
      }
    }
    return this;
  }

  private void readLength(CharSequence value) {
    long length = number(value);
    malformed |= length < 0 || (contentLength >= 0 && contentLength != length);
    contentLength = length;
  }

  /** A number without sign; -1 if it is none, or too long to be meant. */
  static long number(CharSequence digits) {
    if (digits.length() == 0 || digits.length() > MAX_DIGITS) {
      return -1;
    }
    long number = 0;
    for (int i = 0; i < digits.length(); i++) {
      char c = digits.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      number = 10 * number + c - '0';
    }
    return number;
  }

  /** Whether it has what each request must have (RFC 9113 section 8.3.1). */
  public boolean isComplete() {
    return method != null && path != null && path.length() > 0 && scheme && !malformed;
  }

  /** Whether this is a HEAD request, whose response has no body. */
  public boolean isHead() {
    return method != null && AsciiString.contentEquals("HEAD", method);
  }

  /** The content-length; -1 for none. */
  public long contentLength() {
    return contentLength;
  }

  /** The value of the header field expect; null for none. */
  public @Nullable CharSequence expect() {
    return expect;
  }

  /** What it asks for. */
  public DohRequest request(Paths paths) {
    return DohRequest.of(
        paths, method == null ? "" : method, path == null ? "" : path, contentType, contentLength);
  }
}
