// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import java.util.Locale;

/**
 * Everything a node counts that is not of one filter service. The name in lower case is the name of
 * the metric, the text its help. Every drop has a constant of its own.
 */
public enum Counter {
  ACL_DROPPED("Packets and connections from outside the ACL, dropped before parsing"),
  SOURCE_PORT_ZERO("Packets from port 0, dropped"),
  LISTENER_OVERLOAD("Packets dropped because the listener was too far behind"),
  QUERIES("Queries taken from clients"),
  QUERY_SHORT("Packets under 12 bytes, dropped"),
  QUERY_RESPONSE("Packets with QR set, dropped"),
  QUERY_QUESTION_COUNT("Queries without exactly one question, answered with FORMERR"),
  QUERY_OPCODE("Queries with an opcode other than QUERY, answered with NOTIMP"),
  QUERY_TRANSFER("AXFR and IXFR queries, answered with NOTIMP"),
  QUERY_MALFORMED("Queries that can't be read, answered with FORMERR"),
  QUERY_OPT_TWICE("Queries with two OPT records, answered with FORMERR"),
  QUERY_EDNS_VERSION("Queries with an EDNS version above 0, answered with BADVERS"),
  QUERY_ANY("ANY queries over UDP, answered as RFC 8482 has it"),
  ANSWERS("Answers sent to clients"),
  ANSWERS_TRUNCATED("Answers sent with TC set because they were too large for UDP"),
  ANSWERS_UNSENT("Answers that could not be sent: socket error, or its buffer was full"),
  ANSWERS_CLIENT_GONE("Answers whose connection had closed"),
  DROPPED("Queries that rules, verdicts or policies left unanswered"),
  RETRANSMISSIONS("Queries that repeat one which is suspended, dropped"),
  LOCAL("Queries answered from local zones"),
  FORWARDED("Queries sent to upstream pools"),
  FORWARD_FAILED("Queries that no upstream server answered, answered with SERVFAIL"),
  ANSWER_MISMATCH(
      "Upstream answers that did not fit their query when sent on, answered with SERVFAIL"),
  TCP_CONNECTIONS("TCP connections taken"),
  TCP_REFUSED("TCP connections closed at once because the listener had too many"),
  TCP_BAD_LENGTH("TCP connections closed because of a message of length 0"),
  TCP_IDLE("TCP connections closed because they were idle or did not read"),
  RESUMED_LATE("Resumed messages for a suspension that its origin had ended"),
  SUSPEND_REFUSED("Suspensions refused because their key was live"),
  HOMES_CLAIMED("Shards that came to this node"),
  HOMES_LOST("Shards that left this node");

  private final String help;

  Counter(String help) {
    this.help = help;
  }

  /** The metric's name, without prefix and suffix. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  public String help() {
    return help;
  }
}
