// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import java.util.Locale;

/**
 * The counters of a node that do not belong to one filter service. The name of the metric is the
 * constant in lower case, its help the text. Every reason to drop a packet or query has a constant.
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
  RESPONSES_LIMITED("Answers dropped because their network had too many equal ones"),
  RESPONSES_LIMITED_TRUNCATED("Answers sent with TC and no records for the same reason"),
  RESPONSE_KEYS_EVICTED("Counts of equal answers given up because the table was full"),
  RULE_RATES_EVICTED("Counts of clients and names that the rates of rules gave up for others"),
  BLOCKED_DROP("Queries dropped because their client is blocked"),
  BLOCKED_REFUSE("Queries answered with REFUSED because their client is blocked"),
  BLOCKED_NXDOMAIN("Queries answered with NXDOMAIN because their client is blocked"),
  BLOCKED_TRUNCATE("Queries answered with TC and no records because their client is blocked"),
  BLOCKED_SET_TAG("Queries that got a tag because their client is blocked"),
  BLOCKS_BEGUN("Blocks of clients that this node's rules put up"),
  BLOCK_WARNINGS("Times that a client came near to being blocked"),
  BLOCK_CLIENTS_EVICTED("Counts of clients given up because the table of a rule was full"),
  BLOCK_REPORTS_LOST("Reports of clients to be blocked that were lost because too many waited"),
  BLOCKS_UNREADABLE("Blocks of other nodes that this one can't read"),
  ANSWERS_CLIENT_GONE("Answers whose connection had closed"),
  DROPPED("Queries that rules, verdicts or policies left unanswered"),
  DELAYED("Queries that rules let wait for a while"),
  DELAY_OVERLOAD("Queries that went on at once because too many were being delayed"),
  POLICY_CALLS("Calls of policies in Lua and Java"),
  POLICY_ERRORS("Calls of policies that an error of their code ended"),
  POLICY_INSTRUCTIONS("Calls of policies that their limit of instructions ended"),
  POLICY_MEMORY("Calls of policies that their limit of memory ended"),
  POLICY_OVERLOAD("Calls of policies not made because too many waited for the policy's thread"),
  POLICY_RESTARTS("Queries sent again because a policy said so"),
  LOG_OVERLOAD("Lines that are not in the log of queries because it could not keep up"),
  SPOOLED("Answers that rules wrote to files"),
  SPOOL_OVERLOAD("Answers not written to files because the disk could not keep up"),
  SPOOL_FAILED(
      "Answers not written to files because of an error, or files that stay because of one"),
  SPOOL_REMOVED("Files of answers removed because there were too many newer ones"),
  TEE_SENT("Copies of queries sent to where rules said"),
  TEE_ANSWERS("Answers to copies of queries, ignored"),
  TEE_FAILED("Copies of queries that could not be sent: socket error, or its buffer was full"),
  TEE_OWN("Copies of queries not sent because they would have come back to this node"),
  LISTS_READ("List files read again because they had changed"),
  LIST_LINES_LEFT_OUT("Lines of list files that could not be read and were left out"),
  LISTS_FAILED("List files that had changed and could not be read, their old names kept"),
  RETRANSMISSIONS("Queries that repeat one which waits for a filter or a policy, dropped"),
  CACHE_HITS("Queries answered from the answer cache"),
  CACHE_MISSES("Queries that the answer cache had no answer for"),
  CACHE_INSERTS("Answers that went into the answer cache"),
  CACHE_EVICTIONS("Answers that left the answer cache to make room for others"),
  CACHE_UNRELATED("Answers not kept because they had records that nobody had asked for"),
  CACHE_FAILURES("Failures of upstream servers that went into the answer cache"),
  CACHE_FAILURE_HITS("Queries answered with a failure from the answer cache"),
  CACHE_STALE("Queries given an answer whose time was up, as there was no other"),
  CACHE_PREFETCHES("Answers fetched anew before their time was up"),
  CACHE_REFRESHES("Answers fetched anew while clients got the stale one"),
  CACHE_REFRESH_FAILED("Answers that could not be fetched anew"),
  CACHE_REFRESH_OVERLOAD("Answers not fetched anew because too many were being fetched"),
  ASKED_AGAIN("Queries started again because a verdict said so"),
  ASKED_TOO_OFTEN("Verdicts to start a query again that came after the second time"),
  LOCAL("Queries answered from local data: hosts files and zones"),
  LOCAL_ROUTED("Queries that a hosts file sent to a server or pool of their own"),
  LOCAL_RELOADS("Times that local data was read again because of a change, or when told to"),
  LOCAL_RELOADS_FAILED("Times that changed local data could not be read, and the old one was kept"),
  LOCAL_DELEGATED_REFUSED(
      "Queries below a delegation of a local zone, refused because nothing says where they go"),
  CHAOS("Queries of class CH, answered for this server or refused"),
  SPECIAL_NAMES("Queries for names of special use, answered without asking anybody"),
  ALIASES_FOLLOWED(
      "Targets looked up of aliases that rules, verdicts and local data answered with"),
  ALIASES_ENDLESS(
      "Aliases not followed because they lead in a circle or too far, which is SERVFAIL"),
  FORWARDED("Queries sent to upstream pools"),
  POOL_GONE("Queries whose upstream pool a reload has taken away meanwhile, which is SERVFAIL"),
  FORWARD_FAILED("Queries that no upstream server answered, answered with SERVFAIL"),
  ANSWER_MISMATCH(
      "Upstream answers that did not fit their query when sent on, answered with SERVFAIL"),
  TCP_CONNECTIONS("TCP connections taken"),
  TCP_REFUSED("TCP connections closed at once because the listener, or the client, had too many"),
  TCP_GAVE_WAY("TCP connections closed to make room for clients that have fewer of them"),
  TCP_ACCEPT_FAILED("Connections that the system could not hand over: no file descriptor was left"),
  TCP_BAD_LENGTH("TCP connections closed because of a message shorter than a header"),
  TCP_IDLE("TCP connections closed because no whole query came in time, or answers were not read"),
  TCP_BACKLOG("TCP connections closed because too many bytes waited on all of them"),
  TCP_UNREAD("TCP connections closed because their clients left too many bytes of answers unread"),
  TLS_HANDSHAKES("TLS handshakes of clients that came to their end"),
  TLS_FAILED("TLS handshakes that failed: no common version or cipher, or the client refused"),
  TLS_TIMEOUT("Connections closed because their TLS handshake took too long"),
  TLS_ENDED_EARLY("Connections that clients closed in the middle of the TLS handshake"),
  TLS_NOT_TLS("Connections to TLS ports closed because something else than TLS came"),
  TLS_NO_PROTOCOL("TLS handshakes refused because the client offered only other protocols (ALPN)"),
  TLS_LIMITED("TLS handshakes refused because the listener had too many in a second"),
  TLS_LIMITED_CLIENT("TLS handshakes refused because the client had too many in a second"),
  TLS_CLIENTS_EVICTED("Counts of handshakes of clients given up because the table was full"),
  TLS_BROKEN("TLS connections closed because of a record that could not be decrypted"),
  TLS_CLOSED("TLS connections that clients ended with a close_notify"),
  TLS_CUT_OFF("TLS connections that clients ended without a close_notify"),
  TLS_CERTIFICATES_READ("Certificates read again because their files had changed"),
  TLS_CERTIFICATES_FAILED("Changed certificates that could not be used, the old ones kept"),
  POLICY_SLOW("Calls of Java policies that held up an event loop for more than 10 ms"),
  POLICY_REPORTS_FAILED("Reports of launched operations that failed in the code of a policy"),
  RESUMED_LATE("Resumed messages for a suspension that its origin had ended"),
  SUSPEND_REFUSED("Suspensions refused because their key was live"),
  BUGS("Queries lost to an error in the node itself; its log tells more"),
  CACHE_PURGES("Purges of the caches that were done here, those that filters asked for included"),
  CACHE_OUTDATED("Answers not kept because a purge meant them while they were on their way"),
  CACHE_PURGES_MERGED("Times that more than 10,000 purges in an hour became one of everything"),
  CACHE_PURGED("Answers that purges took out of the answer cache"),
  VERDICT_CACHE_PURGED("Verdicts that purges took out of the verdict cache"),
  RULE_EDITS_MISFIT("Changes of the rules left out here because they do not fit the rules here"),
  RULE_EDITS_UNREADABLE("Changes of the rules left out here because they can't be read"),
  RULES_UNWRITTEN("Times that changes of the rules could not be written to the rules file"),
  SHARED_REFUSED("Entries of tables that all nodes share refused because the table was full"),
  CLUSTER_PORT_FULL("Connections to the cluster port closed at once because there were too many"),
  CLUSTER_PORT_GARBAGE("Connections to the cluster port closed because no member sends such bytes"),
  CLUSTER_PORT_UNPROVEN(
      "Connections to the cluster port closed because nobody spoke as a member does in time"),
  LOCAL_SHARDS_CLAIMED("Shards that came to this node"),
  LOCAL_SHARDS_LOST("Shards that left this node"),
  HAND_OVER_RESENT("Messages for suspended queries sent again because they met a hand-over"),
  REGION_OVERLOAD("Messages for suspended queries lost to a shard region that was full or stopped"),
  EARLY_VERDICTS("Verdicts that waited for a query which was being handed over"),
  EARLY_VERDICTS_REFUSED("Verdicts that did not wait for such a query because too many did"),
  UPSTREAM_SHARED("Queries that wait for the answer to an equal one which is in flight already"),
  UPSTREAM_QUERIES("Queries sent to upstream servers, tries and transports counted one by one"),
  UPSTREAM_ANSWERS("Answers of upstream servers that matched a query"),
  UPSTREAM_TIMEOUTS("Queries to upstream servers that were not answered in time"),
  UPSTREAM_NETWORK("Queries to upstream servers that failed with their socket or connection"),
  UPSTREAM_REFUSALS(
      "Answers of upstream servers with a response code upon which another one is asked"),
  UPSTREAM_TRUNCATED("Answers of upstream servers with TC set, after which TCP was used"),
  UPSTREAM_EDNS_REFUSED(
      "Errors of upstream servers after which they were asked without EDNS, or options of it"),
  UPSTREAM_UNREADABLE("Messages from upstream servers dropped because they are no DNS answer"),
  UPSTREAM_MISMATCH_ID("Answers of upstream servers dropped because their id was never sent"),
  UPSTREAM_MISMATCH_QUESTION("Answers of upstream servers dropped for another question"),
  UPSTREAM_MISMATCH_CASE("Answers of upstream servers dropped for another case of the name"),
  UPSTREAM_MISMATCH_COOKIE("Answers of upstream servers dropped for a wrong cookie, or for none"),
  UPSTREAM_BAD_COOKIE("Answers of upstream servers that asked for a fresh cookie"),
  UPSTREAM_DOUBTED(
      "Queries sent over TCP because an answer was right but for what a forger could not know"),
  UPSTREAM_CASE_BROKEN("Queries that upstream servers which do not keep their case were found by"),
  UPSTREAM_LATE("Answers of upstream servers dropped because their query had ended"),
  UPSTREAM_SUSPECTED("Sockets replaced because of wrong answers, their queries sent over TCP"),
  UPSTREAM_BURSTS_DROPPED("Bursts of upstream answers dropped because too many were waiting"),
  UPSTREAM_SOCKETS("Sockets and connections opened to upstream servers"),
  UPSTREAM_SOCKETS_FAILED(
      "Sockets to upstream servers that the system did not give: no file descriptor was left"),
  UPSTREAM_CONNECTIONS_LOST("Connections to upstream servers that ended with queries in flight"),
  UPSTREAM_TLS_FAILED(
      "Connections to upstream servers given up before TLS began: not there, or not to be trusted"),
  UPSTREAM_PROBES("Copies of queries sent to failed upstream servers to see whether they are back"),
  UPSTREAM_CHECKS("Queries of the node itself that see whether upstream servers are well"),
  UPSTREAM_WENT_DOWN("Times that an upstream server was found to be down"),
  UPSTREAM_CAME_BACK("Times that an upstream server which had been down answered again"),
  UPSTREAM_OVERLOAD("Queries not sent upstream because the table of outstanding ones was full"),
  UPSTREAM_MEMORY("Queries not sent upstream because those that waited took too much memory"),
  UPSTREAM_UNANSWERED("Queries for which no upstream server had an answer"),
  ADMIN_CONNECTIONS_REFUSED("Connections to the admin interface closed because all were busy"),
  ADMIN_CONNECTIONS_REPLACED("Idle connections to the admin interface closed to let others in");

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
