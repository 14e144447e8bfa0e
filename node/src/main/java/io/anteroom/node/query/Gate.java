// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.config.BlockAction;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Query;
import io.anteroom.node.rate.Block;
import io.anteroom.node.rate.Fate;
import io.anteroom.node.rate.Limits;
import io.anteroom.node.wire.Answers;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Transport;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Rcode;

/**
 * Where queries come in and answers go out: what clients do is counted here, and who is blocked or
 * has had enough is told so. One for each processor, and for its thread alone.
 */
final class Gate {
  private static final int RCODE = 0xf;
  private static final int TC = 0x02;
  private static final ExtendedError BLOCKED = new ExtendedError(ExtendedError.PROHIBITED);

  private final Limits limits;
  private final Counters<Counter> counters;
  private final Replies replies;

  Gate(Limits limits, Counters<Counter> counters, Replies replies) {
    this.limits = limits;
    this.counters = counters;
    this.replies = replies;
  }

  /** The query as it goes on, perhaps with a tag; null if it has been ended here. */
  @Nullable Query admit(Query query) {
    InetAddress client = address(query.client());
    Block block = limits.blockOf(client);
    Query admitted = block == null ? query : obstruct(query, block);
    if (admitted != null) {
      limits.onQuery(client);
    }
    return admitted;
  }

  private @Nullable Query obstruct(Query query, Block block) {
    switch (block.action().kind()) {
      case DROP -> {
        counters.increment(Counter.BLOCKED_DROP);
        replies.none(query.client());
      }
      case REFUSE -> end(query, Counter.BLOCKED_REFUSE, Rcode.REFUSED, BLOCKED);
      case NXDOMAIN -> end(query, Counter.BLOCKED_NXDOMAIN, Rcode.NXDOMAIN, null);
      case TRUNCATE -> {
        if (query.client().transport() != Transport.UDP) {
          return query;
        }
        counters.increment(Counter.BLOCKED_TRUNCATE);
        send(query.wire(), query.client(), Answers.truncated(query.wire()));
      }
      case SET_TAG -> {
        counters.increment(Counter.BLOCKED_SET_TAG);
        return query.withTags(block.action().tags());
      }
    }
    return null;
  }

  private void end(Query query, Counter counter, int rcode, @Nullable ExtendedError error) {
    counters.increment(counter);
    send(query.wire(), query.client(), Answers.rcode(query.wire(), rcode, error));
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

  /** Counts an answer, and sends it if it is within the limits. */
  void answer(WireQuery asked, Client client, byte[] answer) {
    limits.onAnswer(address(client), answer[3] & RCODE);
    send(asked, client, answer);
  }

  private void send(@Nullable WireQuery asked, Client client, byte[] answer) {
    Fate fate =
        client.transport() == Transport.UDP
            ? limits.fate(address(client), asked, answer)
            : Fate.SEND;
    switch (fate) {
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
