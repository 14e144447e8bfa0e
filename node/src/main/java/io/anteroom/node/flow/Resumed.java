// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.Verdict;

/** Tells the origin to continue a suspended query. Its entity has ended. */
public record Resumed(SuspensionKey key, Decision decision)
    implements OriginCommand, ClusterMessage {

  /** How the suspension ended. */
  public sealed interface Decision {}

  /**
   * There is a verdict.
   *
   * @param byOperator whether an operator decided, not a filter; such a verdict counts neither for
   *     the circuit breaker nor for the latency of verdicts
   */
  public record Decided(Verdict verdict, boolean byOperator) implements Decision {}

  /** There is no verdict; the policy of the service applies. */
  public record NotDecided(Undecided reason) implements Decision {}
}
