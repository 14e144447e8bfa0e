// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.flow.Ask;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.SuspensionKey;
import org.jspecify.annotations.Nullable;

/** A request that its router has not got a verdict for yet. */
final class Pending {
  /** Whoever lost its filter twice may be what kills filters. */
  private static final int MAX_INSTANCES = 2;

  final Ask ask;

  /** The list that it is in, and its neighbours there; {@link PendingList} sees to them. */
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

  /** The instance that is asked; null if none is. */
  @Nullable Instance instance() {
    return instance;
  }

  void sentTo(Instance to) {
    instance = to;
    instances++;
  }

  /** It is with no instance any more, and waits for none. */
  void leave() {
    instance = null;
    if (list != null) {
      list.remove(this);
    }
  }

  /** Whether as many instances were asked as may be. */
  boolean isLastInstance() {
    return instances >= MAX_INSTANCES;
  }

  boolean mayBeSentAgain(long nowNanos) {
    return !isLastInstance() && ask.state().deadlineNanos() - nowNanos > 0;
  }

  /** How many bytes of DNS message it sends to an instance. */
  int messageLength() {
    byte[] answer = ask.state().query().answer();
    return answer == null ? ask.state().query().wire().bytes().length : answer.length;
  }

  FilterRequest request(long nowNanos) {
    var state = ask.state();
    var query = state.query();
    byte[] answer = query.answer();
    return new FilterRequest(
        state.key(),
        state.stage(),
        query.client().address(),
        query.client().transport(),
        query.tags(),
        answer == null ? query.wire().bytes() : answer,
        Math.max(0, (state.deadlineNanos() - nowNanos) / 1_000));
  }
}
