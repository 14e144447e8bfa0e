// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.flow.Ask;
import io.anteroom.node.flow.Continuation;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.SuspensionKey;
import org.jspecify.annotations.Nullable;

/** A request for which the filter router has no verdict yet. */
final class Pending {
  /** A query that has lost two instances may be the cause of their failure. */
  private static final int MAX_INSTANCES = 2;

  final Ask ask;

  /** The list that contains it, and its neighbours there; maintained by {@link PendingList}. */
  @Nullable PendingList list;

  @Nullable Pending previous;
  @Nullable Pending next;

  private @Nullable Instance instance;
  private int instances;

  Pending(Ask ask) {
    this.ask = ask;
  }

  SuspensionKey key() {
    return ask.state().key();
  }

  /** The instance that it was sent to; null if there is none. */
  @Nullable Instance instance() {
    return instance;
  }

  void sentTo(Instance to) {
    instance = to;
    instances++;
  }

  /** Removes it from its instance or from the queue. */
  void leave() {
    instance = null;
    if (list != null) {
      list.remove(this);
    }
  }

  /** Whether the maximum number of instances has been asked. */
  boolean isLastInstance() {
    return instances >= MAX_INSTANCES;
  }

  boolean mayBeSentAgain(long nowNanos) {
    return !isLastInstance() && ask.state().deadlineNanos() - nowNanos > 0;
  }

  /** Length in bytes of the DNS message sent to an instance. */
  int messageLength() {
    byte[] answer = ask.state().query().answer();
    return answer == null ? ask.state().query().wire().bytes().length : answer.length;
  }

  FilterRequest request(long nowNanos) {
    var state = ask.state();
    var query = state.query();
    byte[] answer = query.answer();
    Continuation continuation = query.continuation();
    return new FilterRequest(
        state.key(),
        state.stage(),
        query.client().address(),
        query.client().transport(),
        query.tags(),
        answer == null ? query.wire().bytes() : answer,
        Math.max(0, (state.deadlineNanos() - nowNanos) / 1_000),
        continuation == null ? null : continuation.operation(),
        query.client().identity());
  }
}
