// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

/** How an operation ended, as one number: positive if it is done, else negative. */
public enum ResultCode {
  /** The operation is done. */
  DONE(1),
  /** Whoever should carry it out refused, is not there, or reported an error. */
  REFUSED(-1),
  /** No connection could be opened in time. */
  CONNECT_TIMEOUT(-2),
  /** It did not end in time. Whether it has had an effect is not known. */
  TIMEOUT(-3),
  /** A limit was reached, of operations in progress or of the size of a result. */
  REJECTED(-4),
  /** It was ended because nobody waits for it any more, such as when the node stops. */
  CANCELLED(-5),
  /** A fault of Anteroom or of the policy, such as wrong arguments. */
  INTERNAL(-10);

  private final int number;

  ResultCode(int number) {
    this.number = number;
  }

  /** The number that policies see. */
  public int number() {
    return number;
  }
}
