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
import io.anteroom.node.wire.StreamOptions;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.Transport;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Applies blocks to queries and response rate limiting to answers, and counts for both. One for
 * each processor, and for its thread only.
 */
final class AdmissionControl {
  private static final int RCODE = 0xf;
  private static final int TC = 0x02;

  private final Limits limits;
  private final Counters<Counter> counters;
  private final Replies replies;
  private final StreamOptions options;

  AdmissionControl(
      Limits limits, Counters<Counter> counters, Replies replies, StreamOptions options) {
    this.limits = limits;
    this.counters = counters;
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
      send(query.wire(), query.client(), answer);
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
      send(null, client, answer);
    }
  }

  /**
   * Sends the answer of a query, if response rate limiting allows it: for the client's question,
   * and truncated to the size that the client accepts. Counts it.
   */
  void answer(Query query) {
    byte[] whole = FinalAnswer.of(query);
    byte[] answer = FinalAnswer.fitting(query, whole);
    if (answer != whole) {
      counters.increment(Counter.ANSWERS_TRUNCATED);
    }
    limits.onAnswer(address(query.client()), answer[3] & RCODE);
    send(query.asked(), query.client(), answer);
  }

  private void send(@Nullable WireQuery asked, Client client, byte[] answer) {
    RrlDecision decision =
        client.transport() == Transport.UDP
            ? limits.decision(address(client), asked, answer)
            : RrlDecision.SEND;
    switch (decision) {
      case SEND -> send(client, asked == null ? answer : options.addTo(asked, answer));
      case TRUNCATE -> {
        counters.increment(Counter.RESPONSES_LIMITED_TRUNCATED);
        send(client, asked == null ? withTc(answer) : Answers.truncated(asked));
      }
      case DROP -> {
        counters.increment(Counter.RESPONSES_LIMITED);
        replies.none(client);
      }
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
