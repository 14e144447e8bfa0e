// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.policy;

/**
 * Thrown by {@link Policy#start} if a policy can't start. The message is shown to the operator as
 * it is, in one line and without a stack trace, so it should say what is wrong and where.
 */
public class PolicyException extends Exception {
  private static final long serialVersionUID = 1L;

  public PolicyException(String message) {
    super(message);
  }
}
