// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.SuspendedState;

/**
 * The origin's record of one suspended query.
 *
 * <p>On this node the entity and the record share one state object, so the record is small, and the
 * origin can continue the query even if the entity is lost. The record is also the key by which
 * retransmissions are recognised.
 */
final class SuspensionRecord extends Repetition {
  SuspendedState state;

  /** The place where the query is suspended. */
  Place place;

  /** The permit of the service's circuit breaker for this suspension. */
  final long permit;

  /** The index of the rule that suspended it. */
  final int rule;

  final long beganNanos;

  SuspensionRecord(SuspendedState state, Place place, long permit, int rule, long beganNanos) {
    super(state.query());
    this.state = state;
    this.place = place;
    this.permit = permit;
    this.rule = rule;
    this.beganNanos = beganNanos;
  }

  Client client() {
    return state.query().client();
  }
}
