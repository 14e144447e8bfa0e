// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.flow.Ask;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.SuspensionKey;
import org.jspecify.annotations.Nullable;

/** A request that its dispatcher has not got a verdict for yet. */
final class Pending {
  /** Whoever lost its filter twice may be what kills filters. */
  private static final int MAX_INSTANCES = 2;

  final Ask ask;
  @Nullable Instance instance;

  /** Whether it waits for credit; {@link Requests} sees to it. */
  boolean queued;

  private int instances;

  Pending(Ask ask) {
    this.ask = ask;
  }

  SuspensionKey key() {
    return ask.state().key();
  }

  void sentTo(Instance to) {
    instance = to;
    instances++;
  }

  boolean mayBeSentAgain(long nowNanos) {
    return instances < MAX_INSTANCES && ask.state().deadlineNanos() - nowNanos > 0;
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
