// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.SuspendedState;

/**
 * What an origin remembers of a query that it suspended.
 *
 * <p>The state is the very object that the entity holds while it waits on this node, so the record
 * costs next to nothing, and the origin can go on even if the entity is lost. It is also what a
 * repetition of the query is compared with.
 */
final class SuspensionRecord extends Repetition {
  SuspendedState state;

  /** Where it waits. */
  Place place;

  /** What the breaker of its service let it through with. */
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
