// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.wire.WireAnswer;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * A client's query in a pool: which server is next, and what to say in the end. It is at one server
 * at a time, where exactly one {@link Exchange} holds it.
 *
 * <p>It goes round the servers as often as the pool has tries. A server that refuses it (SERVFAIL,
 * REFUSED, NOTIMP) is not asked again: it has said its word; further rounds are for the silent.
 */
final class Lookup {
  private final Query query;
  private final @Nullable ActorRef<OriginCommand> replyTo;
  private final long deadlineNanos;
  private final int rounds;
  private Forwarder[] servers;
  private int round;
  private int next;
  private @Nullable WireAnswer refusal;
  private Unanswered.Reason reason;

  /**
   * A lookup that has asked nobody yet.
   *
   * @param servers in the order in which to ask them; not changed
   * @param replyTo null if nobody waits for the answer
   */
  Lookup(
      Query query,
      @Nullable ActorRef<OriginCommand> replyTo,
      long deadlineNanos,
      Forwarder[] servers,
      int rounds) {
    this.query = query;
    this.replyTo = replyTo;
    this.deadlineNanos = deadlineNanos;
    this.servers = servers;
    this.rounds = rounds;
    boolean nobody = servers.length == 0;
    this.reason = nobody ? Unanswered.Reason.NETWORK : Unanswered.Reason.OVERLOAD;
  }

  Query query() {
    return query;
  }

  @Nullable ActorRef<OriginCommand> replyTo() {
    return replyTo;
  }

  long deadlineNanos() {
    return deadlineNanos;
  }

  /** How many rounds are over; the timeout grows with it. */
  int round() {
    return round;
  }

  /** The server to ask now; null when all have been asked often enough. */
  @Nullable Forwarder next() {
    if (next == servers.length) {
      next = 0;
      round++;
    }
    return servers.length == 0 || round >= rounds ? null : servers[next++];
  }

  /** The server asked last did not answer. */
  void failed(Unanswered.Reason why) {
    reason = why;
  }

  /** The server asked last answered that it won't or can't answer. */
  void refused(WireAnswer answer) {
    refusal = answer;
    Forwarder[] others = new Forwarder[servers.length - 1];
    next--;
    System.arraycopy(servers, 0, others, 0, next);
    System.arraycopy(servers, next + 1, others, next, others.length - next);
    servers = others;
  }

  /** The last refusal, once every server has refused. */
  @Nullable WireAnswer refusalOfAll() {
    return servers.length == 0 ? refusal : null;
  }

  /** Why there is no answer. */
  Unanswered.Reason reason() {
    return reason;
  }
}
