// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

/** A result exceeds a bound, which the message names. */
final class TooLarge extends Exception {
  private static final long serialVersionUID = 1L;

  TooLarge(String message) {
    super(message);
  }
}
