// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.HttpsListenerSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.http.Refusal;

/** What the connections of an HTTPS listener share, on all event loops. */
record HttpsParts(
    HttpsListenerSettings settings,
    Acl acl,
    TcpAdmission admission,
    TcpBacklog backlog,
    Front front,
    Counters<Counter> counters) {

  void count(Counter counter) {
    counters.increment(counter);
  }

  /** Counts a request that gets no DNS message. */
  void count(Refusal refusal) {
    counters.increment(counter(refusal));
  }

  /** The counter of requests that get no DNS message for this reason. */
  static Counter counter(Refusal refusal) {
    return switch (refusal) {
      case PATH -> Counter.HTTP_UNKNOWN_PATHS;
      case METHOD -> Counter.HTTP_BAD_METHODS;
      case NO_MESSAGE, NOT_BASE64, TOO_SHORT, INCOMPLETE, SYNTAX, EXPECTATION ->
          Counter.HTTP_BAD_REQUESTS;
      case TYPE -> Counter.HTTP_BAD_TYPES;
      case TOO_LARGE -> Counter.HTTP_TOO_LARGE;
      case TARGET_TOO_LARGE, HEADERS_TOO_LARGE -> Counter.HTTP_HEADERS_TOO_LARGE;
      case TOO_MANY -> Counter.CLIENT_QUERIES_REFUSED;
      case NO_ANSWER -> Counter.HTTP_UNANSWERED;
    };
  }
}
