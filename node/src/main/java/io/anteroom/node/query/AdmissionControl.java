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
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.Transport;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where queries come in and answers go out: what clients do is counted here, and who is blocked or
 * has had enough is told so. One for each processor, and for its thread alone.
 */
final class AdmissionControl {
  private static final int RCODE = 0xf;
  private static final int TC = 0x02;

  private final Limits limits;
  private final Counters<Counter> counters;
  private final Replies replies;

  AdmissionControl(Limits limits, Counters<Counter> counters, Replies replies) {
    this.limits = limits;
    this.counters = counters;
    this.replies = replies;
  }

  /** The block that this client is in; null if there is none. */
  @Nullable Block blockOf(Client client) {
    return limits.blockOf(address(client));
  }

  /** Ends a query as a block says; null for no answer. */
  void end(Query query, Block block, byte @Nullable [] answer) {
    count(block);
    if (answer == null) {
      replies.none(query.client());
    } else {
      send(query.wire(), query.client(), answer);
    }
  }

  /** Counts a query that a block has met. */
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

  /** Counts a query that goes on. */
  void admit(Client client) {
    limits.onQuery(address(client));
  }

  /**
   * Ends a packet that is no query.
   *
   * @param answer null for none
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
   * Counts the answer that a query has by now, and sends it if it is within the limits: as what the
   * client asked for, and as much as it can take.
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
      case SEND -> send(client, answer);
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

  /** What is answered to a packet that is no query has no records. */
  private static byte[] withTc(byte[] answer) {
    byte[] truncated = answer.clone();
    truncated[2] |= TC;
    return truncated;
  }

  private static InetAddress address(Client client) {
    return client.address().getAddress();
  }
}
