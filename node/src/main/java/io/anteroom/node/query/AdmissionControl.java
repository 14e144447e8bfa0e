// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.config.BlockAction;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Query;
import io.anteroom.node.rate.Block;
import io.anteroom.node.rate.Limits;
import io.anteroom.node.rate.RrlDecision;
import io.anteroom.node.wire.Answers;
import io.anteroom.node.wire.Rcodes;
import io.anteroom.node.wire.ServerCookies;
import io.anteroom.node.wire.ServerCookies.Cookie;
import io.anteroom.node.wire.StreamOptions;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.Transport;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Applies blocks to queries and response rate limiting to answers, counts for both, and gives
 * answers their cookies. One for each processor, and for its thread only.
 */
final class AdmissionControl {
  private static final int RCODE = 0xf;
  private static final int TC = 0x02;

  private final Limits limits;
  private final CookieJar cookies;
  private final Counters<Counter> counters;
  private final Replies replies;
  private final StreamOptions options;

  AdmissionControl(QueryProcessor.Parts parts, Replies replies, StreamOptions options) {
    this.limits = parts.limits();
    this.cookies = parts.cookies();
    this.counters = parts.counters();
    this.replies = replies;
    this.options = options;
  }

  /** The block that applies to this client; null if there is none. */
  @Nullable Block blockOf(Client client) {
    return limits.blockOf(address(client));
  }

  /** Ends a blocked query with this answer; null for no answer. */
  void end(Query query, Block block, byte @Nullable [] answer) {
    count(block);
    if (answer == null) {
      replies.none(query.client());
    } else {
      send(query.wire(), cookie(query), query.client(), answer);
    }
  }

  /** Counts a query to which a block applies. */
  void count(Block block) {
    counters.increment(
        switch (block.action().kind()) {
          case DROP -> Counter.BLOCKED_DROP;
          case REFUSE -> Counter.BLOCKED_REFUSE;
          case NXDOMAIN -> Counter.BLOCKED_NXDOMAIN;
          case TRUNCATE -> Counter.BLOCKED_TRUNCATE;
          case SET_TAG -> Counter.BLOCKED_SET_TAG;
        });
  }

  /** Counts a query that no block has ended. */
  void admit(Client client) {
    limits.onQuery(address(client));
  }

  /**
   * Ends a packet that is not a valid query.
   *
   * @param answer the error response; null for none
   */
  void reject(Client client, byte @Nullable [] answer) {
    if (answer == null) {
      replies.none(client);
      return;
    }
    Block block = limits.blockOf(address(client));
    if (block != null && block.action().kind() == BlockAction.Kind.DROP) {
      counters.increment(Counter.BLOCKED_DROP);
      replies.none(client);
    } else {
      limits.onAnswer(address(client), answer[3] & RCODE);
      send(null, Cookie.NONE, client, answer);
    }
  }

  /**
   * Sends the answer of a query, if response rate limiting allows it: for the client's question,
   * and truncated to the size that the client accepts. Counts it.
   */
  void answer(Query query) {
    Cookie cookie = cookie(query);
    byte[] whole = FinalAnswer.of(query);
    byte[] answer = FinalAnswer.fitting(query, whole, cookies.udpLimit(query.asked(), cookie));
    if (answer != whole) {
      counters.increment(Counter.ANSWERS_TRUNCATED);
    }
    limits.onAnswer(address(query.client()), answer[3] & RCODE);
    send(query.asked(), cookie, query.client(), answer);
  }

  private Cookie cookie(Query query) {
    return cookies.answer(query.asked(), address(query.client()));
  }

  private void send(@Nullable WireQuery asked, Cookie cookie, Client client, byte[] answer) {
    // A client with a valid cookie is no victim of somebody who forges its address.
    RrlDecision decision =
        client.transport() == Transport.UDP && !cookie.isValid()
            ? limits.decision(address(client), asked, answer)
            : RrlDecision.SEND;
    switch (decision) {
      case SEND -> {
        byte[] told = cookie.addTo(answer);
        send(client, asked == null ? told : options.addTo(asked, told));
      }
      case TRUNCATE -> sendLess(asked, cookie, client, answer);
      case DROP -> {
        counters.increment(Counter.RESPONSES_LIMITED);
        replies.none(client);
      }
    }
  }

  /**
   * Sends a client above the limit an answer without records: one that has it ask again with its
   * new cookie (RFC 7873 section 5.2.3), or over TCP.
   */
  private void sendLess(@Nullable WireQuery asked, Cookie cookie, Client client, byte[] answer) {
    if (asked != null && cookie.state() != ServerCookies.State.NONE) {
      counters.increment(Counter.RESPONSES_LIMITED_COOKIE);
      send(client, cookie.addTo(Answers.rcode(asked, Rcodes.BADCOOKIE, null)));
    } else {
      counters.increment(Counter.RESPONSES_LIMITED_TRUNCATED);
      send(client, asked == null ? withTc(answer) : Answers.truncated(asked));
    }
  }

  private void send(Client client, byte[] answer) {
    counters.increment(Counter.ANSWERS);
    replies.answer(client, answer);
  }

  /** Sets TC. For the error response to an invalid packet, which has no records to remove. */
  private static byte[] withTc(byte[] answer) {
    byte[] truncated = answer.clone();
    truncated[2] |= TC;
    return truncated;
  }

  private static InetAddress address(Client client) {
    return client.address().getAddress();
  }
}
