// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import java.util.Locale;

/**
 * The counters of each filter service. When nothing is suspended, requested = accepted + all
 * refused, and accepted = resumed + dropped + timed out + withdrawn + client gone + not needed +
 * lost. The node of the origin counts them, or for a group's votes the node of the group. Moved in
 * and moved out are counted on the node where the query is suspended; summed over all nodes they
 * are equal, unless a node was killed.
 */
public enum SuspensionCounter {
  VERDICT_CACHE_HITS("Queries that were not suspended because an earlier verdict still held"),
  VERDICT_CACHE_INSERTS("Verdicts kept because they hold for a while"),
  VERDICT_CACHE_NO_IDENTITY(
      "Verdicts not kept because they hold for an identity, and the query had none"),
  REQUESTED("Suspensions that rules asked for, but for those that a verdict held for"),
  ACCEPTED("Suspensions that began"),
  REFUSED_NO_FILTER("Suspensions refused because no instance was registered"),
  REFUSED_NO_HOME("Suspensions refused because this node had no shard of its own"),
  REFUSED_LIMIT("Suspensions refused because too many queries of the service were waiting"),
  REFUSED_CLIENT_LIMIT("Suspensions refused because too many of one client were waiting"),
  REFUSED_TOO_OFTEN("Suspensions refused because the query had been suspended 8 times"),
  REFUSED_TOO_LARGE(
      "Suspensions refused because query, answer and operation did not fit into a message"),
  REFUSED_MEMORY(
      "Suspensions refused because the waiting queries of the node took too much memory"),
  REFUSED_BREAKER("Suspensions refused because the service kept timing out"),
  RESUMED("Suspensions that ended with a verdict, other than drop"),
  DROPPED("Suspensions that ended with the verdict drop"),
  TIMED_OUT("Suspensions that ended at their deadline, or at once as no verdict was to come"),
  WITHDRAWN("Suspensions that ended early because no instance, or no credit, was left"),
  CLIENT_GONE("Suspensions whose client closed its connection"),
  NOT_NEEDED("Votes that a group needed no more: decided without them, moved, or client gone"),
  LOST("Suspensions never heard of again, ended by the origin after the deadline"),
  VERDICTS_FLOOD(
      "Verdicts left out because their member sent too many about queries that did not ask here"),
  VERDICTS_UNDECIDED("Requests about which an instance said that it has no verdict"),
  VERDICTS_REJECTED("Verdicts that were rejected, for whatever reason"),
  VERDICTS_REJECTED_STRANGER(
      "Verdicts rejected because their sender is no instance of the service"),
  VERDICTS_REJECTED_SERVICE("Verdicts rejected because the query belongs to another service"),
  VERDICTS_REJECTED_POOL("Verdicts rejected because they chose an upstream pool that is not there"),
  VERDICTS_REJECTED_NAME("Verdicts rejected because the name they change to is no domain name"),
  VERDICTS_REJECTED_MESSAGE("Verdicts rejected because their message is no answer to the query"),
  VERDICTS_REJECTED_RESULT("Results of operations rejected because the query waits for none"),
  VERDICTS_REJECTED_OPERATION("Verdicts rejected because the query waits for an operation"),
  VERDICTS_LATE("Verdicts for suspensions that had ended"),
  VERDICTS_UNKNOWN("Verdicts for suspensions that never were, or ended long ago"),
  INVALIDATIONS("Times that an instance had verdicts forgotten, counted by each node it told"),
  INVALIDATIONS_REJECTED("The same from strangers, or about what is no domain name"),
  REQUESTS_SENT("Requests sent to instances"),
  REQUESTS_RESENT("Requests sent again because their instance went away"),
  VERDICTS_MALFORMED("Datagrams, and answers over HTTP, to a connector that are no verdict"),
  VERDICTS_DROPPED("Verdicts dropped because the connector was too far behind"),
  CONNECTOR_BLOCKED("Times that the socket to a filter took no more for the moment"),
  CONNECTOR_ERRORS("Errors of the socket to a filter; messages that it did not send among them"),
  CONNECTOR_BROKEN("Times that the socket to a filter was found broken, to be opened again"),
  HTTP_STATUS("Answers over HTTP with a status other than 200 and 204; no redirect is followed"),
  HTTP_CONTENT_TYPE("Answers over HTTP that are neither JSON nor a DNS message"),
  HTTP_TOO_LARGE("Answers over HTTP that were cut off because they were too large"),
  HTTP_TIMEOUTS("Requests over HTTP that were given up at the deadline of their query"),
  HTTP_CLOSED("Requests over HTTP whose connection or stream closed before the answer"),
  HTTP_FULL("Times that a request had to wait because the server takes no more over HTTP/2"),
  HTTP_UNREACHABLE("Requests over HTTP for which no connection could be opened"),
  OPERATIONS_QUEUED("Times that an operation had to wait because its runner had no room"),
  OPERATIONS_FAILED("Operations that ended with another result than done"),
  OPERATIONS_CANCELLED("Operations that were ended because their query waited no more"),
  TAGS_LEFT_OUT("Tags of a group's members for which its verdict had no room"),
  MOVED_IN("Suspended queries that came here with their shard"),
  MOVED_OUT("Suspended queries that left with their shard");

  private final String help;

  SuspensionCounter(String help) {
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
