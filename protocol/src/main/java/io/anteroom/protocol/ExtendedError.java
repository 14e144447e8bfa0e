// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

/**
 * An Extended DNS Error (RFC 8914), which tells a client why it got this answer.
 *
 * @param code the INFO-CODE, 0 to 65535
 * @param text the EXTRA-TEXT in UTF-8, at most {@value #MAX_TEXT} characters; may be empty
 */
public record ExtendedError(int code, String text) {
  public static final int STALE_ANSWER = 3;
  public static final int CACHED_ERROR = 13;
  public static final int STALE_NXDOMAIN_ANSWER = 19;
  public static final int BLOCKED = 15;
  public static final int CENSORED = 16;
  public static final int FILTERED = 17;
  public static final int PROHIBITED = 18;
  public static final int NOT_READY = 14;
  public static final int NO_REACHABLE_AUTHORITY = 22;
  public static final int NETWORK_ERROR = 23;

  /** A longer text would leave too little room for the answer in a datagram. */
  public static final int MAX_TEXT = 128;

  public ExtendedError {
    if (code < 0 || code > 0xffff) {
      throw new IllegalArgumentException("INFO-CODE must be 0 to 65535, not " + code);
    }
    if (text.length() > MAX_TEXT) {
      throw new IllegalArgumentException("EXTRA-TEXT is longer than " + MAX_TEXT + " characters");
    }
  }

  public ExtendedError(int code) {
    this(code, "");
  }
}
