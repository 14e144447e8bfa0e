// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.http.Http2Violation;
import io.netty.handler.codec.http2.Http2Error;

/**
 * How much one client of HTTP/2 may ask of the node without waiting for an answer: cancelled
 * requests, and frames that ask nothing. Both come back with time, the frames with each answer too.
 */
final class FrameBudget {
  /** Requests that may be cancelled at once, and within ten seconds. */
  static final int MAX_RESETS = 100;

  /** Frames without a request that may come at once, and within five seconds. */
  static final int MAX_OTHERS = 500;

  private static final int RESETS_PER_TICK = 1;
  private static final int OTHERS_PER_TICK = 10;
  private static final int OTHERS_PER_ANSWER = 4;

  private int resets = MAX_RESETS;
  private int others = MAX_OTHERS;

  /**
   * A request ends without an answer, because the client wants none, has too many, or sends header
   * fields that are too large.
   */
  void takeReset() throws Http2Violation {
    if (--resets < 0) {
      throw new Http2Violation(Http2Violation.Kind.RESETS, Http2Error.ENHANCE_YOUR_CALM);
    }
  }

  /** A frame has come that asks nothing. */
  void takeOther() throws Http2Violation {
    if (--others < 0) {
      throw new Http2Violation(Http2Violation.Kind.FLOOD, Http2Error.ENHANCE_YOUR_CALM);
    }
  }

  /** A response has been written, for which the client may send windows. */
  void answered() {
    others = Math.min(MAX_OTHERS, others + OTHERS_PER_ANSWER);
  }

  /** A tenth of a second has passed. */
  void tick() {
    resets = Math.min(MAX_RESETS, resets + RESETS_PER_TICK);
    others = Math.min(MAX_OTHERS, others + OTHERS_PER_TICK);
  }
}
