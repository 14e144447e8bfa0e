// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.http;

import io.anteroom.node.wire.Freshness;

/**
 * A response.
 *
 * @param status the status code
 * @param isDns whether the body is a DNS message, or else a line of text
 * @param body must not be changed
 * @param maxAge for how many seconds caches may keep it; -1 to say nothing
 * @param allow whether it names the methods that are allowed
 */
public record HttpAnswer(int status, boolean isDns, byte[] body, int maxAge, boolean allow) {
  static final int OK = 200;

  /** The response with this DNS message. */
  public static HttpAnswer of(byte[] message) {
    return new HttpAnswer(OK, true, message, Freshness.seconds(message), false);
  }

  /** The response to a request that gets no DNS message. */
  public static HttpAnswer of(Refusal why) {
    return new HttpAnswer(why.status(), false, why.text(), -1, why == Refusal.METHOD);
  }
}
