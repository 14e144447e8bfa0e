// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

/**
 * Everything a node counts. The name in lower case is the name of the metric, the text its help.
 * Add a constant for every drop.
 */
public enum Counter {
  QUERIES("Queries taken from clients after the ACL"),
  ANSWERS("Answers sent to clients"),
  ANSWERS_TRUNCATED("Answers sent with TC set because they were too large for UDP"),
  UPSTREAM_QUERIES("Queries sent to upstream servers, tries and transports counted one by one"),
  UPSTREAM_ANSWERS("Answers of upstream servers that matched a query"),
  UPSTREAM_TIMEOUTS("Queries to upstream servers that were not answered in time"),
  UPSTREAM_NETWORK("Queries to upstream servers that failed with their socket or connection"),
  UPSTREAM_REFUSALS("Answers of upstream servers with SERVFAIL, REFUSED or NOTIMP"),
  UPSTREAM_TRUNCATED("Answers of upstream servers with TC set, after which TCP was used"),
  UPSTREAM_EDNS_REFUSED("Answers of upstream servers that do not know EDNS"),
  UPSTREAM_UNREADABLE("Messages from upstream servers dropped because they are no DNS answer"),
  UPSTREAM_MISMATCH_ID("Answers of upstream servers dropped because their id was never sent"),
  UPSTREAM_MISMATCH_QUESTION("Answers of upstream servers dropped for another question"),
  UPSTREAM_MISMATCH_CASE("Answers of upstream servers dropped for another case of the name"),
  UPSTREAM_LATE("Answers of upstream servers dropped because their query had ended"),
  UPSTREAM_SUSPECTED("Sockets replaced because of wrong answers, their queries sent over TCP"),
  UPSTREAM_BURSTS_DROPPED("Bursts of upstream answers dropped because too many were waiting"),
  UPSTREAM_SOCKETS("Sockets and connections opened to upstream servers"),
  UPSTREAM_CONNECTIONS_LOST("Connections to upstream servers that ended with queries in flight"),
  UPSTREAM_PROBES("Copies of queries sent to failed upstream servers to see whether they are back"),
  UPSTREAM_OVERLOAD("Queries not sent upstream because the table of outstanding ones was full"),
  UPSTREAM_UNANSWERED("Queries for which no upstream server had an answer");

  private final String help;

  Counter(String help) {
    this.help = help;
  }

  public String help() {
    return help;
  }
}
