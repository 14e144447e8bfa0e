// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.Verdict;

/** A suspended query goes on, at its origin. Its entity has ended. */
public record Resumed(SuspensionKey key, Decision decision)
    implements OriginCommand, ClusterMessage {

  /** What ended the wait. */
  public sealed interface Decision {}

  /**
   * Somebody decided.
   *
   * @param byOperator whether it was no filter, and so says nothing about the service
   */
  public record Decided(Verdict verdict, boolean byOperator) implements Decision {}

  /** No filter decided; the policy of the service does. */
  public record NotDecided(Undecided reason) implements Decision {}
}
