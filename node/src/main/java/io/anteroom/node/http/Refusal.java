// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.http;

import java.nio.charset.StandardCharsets;

/** Why a request gets no DNS message, in the words and with the status code of HTTP. */
public enum Refusal {
  PATH(404, "this path is not for DNS queries"),
  METHOD(405, "only GET and POST are for DNS queries"),
  NO_MESSAGE(400, "the query of the URL has no parameter dns, or the body is empty"),
  NOT_BASE64(400, "the parameter dns is not base64url"),
  TOO_SHORT(400, "a DNS message has 12 bytes at least"),
  INCOMPLETE(400, "the body is not as long as its content-length"),
  SYNTAX(400, "this is not a valid HTTP request"),
  TYPE(415, "the content-type must be application/dns-message"),
  TOO_LARGE(413, "a DNS message has 65535 bytes at most"),
  TARGET_TOO_LARGE(414, "the URL is too long"),
  EXPECTATION(417, "only 100-continue may be expected"),
  HEADERS_TOO_LARGE(431, "the header fields are too large"),
  /** The client may not have another query in flight, on any of its connections. */
  TOO_MANY(429, "too many queries of this client wait for their answers"),
  /** A rule, a verdict or a policy left the query unanswered, or it was not a query. */
  NO_ANSWER(502, "the query gets no answer");

  private final int status;
  private final String text;

  Refusal(int status, String text) {
    this.status = status;
    this.text = text;
  }

  /** The status code of HTTP. */
  public int status() {
    return status;
  }

  /** The body of the response. */
  byte[] text() {
    return (text + "\n").getBytes(StandardCharsets.US_ASCII);
  }
}
