// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

/**
 * A policy can't be loaded or started. The message is one sentence for the operator, with the name
 * of the jar; there is no stack trace, since it would only show code of the node.
 */
public final class PolicyLoadFailure extends Exception {
  private static final long serialVersionUID = 1L;

  private final String message;

  PolicyLoadFailure(String message) {
    super(message, null, false, false);
    this.message = message;
  }

  @Override
  public String getMessage() {
    return message;
  }
}
