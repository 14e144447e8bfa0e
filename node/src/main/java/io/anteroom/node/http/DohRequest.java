// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.http;

import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/**
 * What a request asks for, by its head: a DNS query (RFC 8484 section 4.1), one whose message is in
 * the body that follows, or nothing that this listener has. The same for all versions of HTTP.
 *
 * @param path the path, without the query of the URL; empty if the request is refused
 * @param query the message of a GET request; null otherwise
 * @param refusal why it is refused; null if it is not
 */
public record DohRequest(String path, byte @Nullable [] query, @Nullable Refusal refusal) {
  /** The media type of DNS messages. */
  public static final String TYPE = "application/dns-message";

  /** The methods, for the header field allow. */
  static final String METHODS = "GET, POST";

  /** Length of the DNS header; a shorter message can't be answered. */
  static final int LEAST = 12;

  /** Longest DNS message. */
  static final int MOST = 0xffff;

  /**
   * Reads the head of a request.
   *
   * @param contentType null for none
   * @param contentLength -1 for none, or for one that can't be read
   */
  public static DohRequest of(
      Paths paths,
      CharSequence method,
      CharSequence target,
      @Nullable CharSequence contentType,
      long contentLength) {
    String path = paths.match(target);
    if (path == null) {
      return refused(Refusal.PATH);
    } else if (AsciiString.contentEquals("POST", method)) {
      return post(path, contentType, contentLength);
    } else if (AsciiString.contentEquals("GET", method)) {
      return get(path, target);
    }
    return refused(Refusal.METHOD);
  }

  private static DohRequest post(String path, @Nullable CharSequence type, long length) {
    if (type == null || !isDns(type)) {
      return refused(Refusal.TYPE);
    } else if (length > MOST) {
      return refused(Refusal.TOO_LARGE);
    }
    return new DohRequest(path, null, null);
  }

  /**
   * Whether this is the media type of DNS messages; parameters, which it has none of, are ignored.
   */
  private static boolean isDns(CharSequence type) {
    int length = TYPE.length();
    return type.length() >= length
        && AsciiString.regionMatches(type, true, 0, TYPE, 0, length)
        && (type.length() == length || type.charAt(length) == ';' || type.charAt(length) == ' ');
  }

  private static DohRequest get(String path, CharSequence target) {
    int at = DnsParameter.find(target);
    if (at < 0) {
      return refused(Refusal.NO_MESSAGE);
    }
    byte[] query = DnsParameter.decode(target, at);
    if (query == null) {
      return refused(Refusal.NOT_BASE64);
    }
    Refusal size = refusal(query.length);
    return size == null ? new DohRequest(path, query, null) : refused(size);
  }

  /** Why a message of this length is refused; null if it is not. */
  static @Nullable Refusal refusal(int length) {
    if (length == 0) {
      return Refusal.NO_MESSAGE;
    } else if (length < LEAST) {
      return Refusal.TOO_SHORT;
    }
    return length > MOST ? Refusal.TOO_LARGE : null;
  }

  private static DohRequest refused(Refusal why) {
    return new DohRequest("", null, why);
  }
}
