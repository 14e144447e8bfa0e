// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

/**
 * The code of a policy failed or exceeded a limit. The message says where and why, for the author
 * of the policy; there is no stack trace, since it would only show code of the node.
 */
public final class PolicyFailure extends Exception {
  private static final long serialVersionUID = 1L;

  /** What a policy may do wrong; each kind is counted. */
  public enum Kind {
    /** An error of its code. */
    ERROR,
    /** It ran longer than its limit of instructions. */
    INSTRUCTIONS,
    /** It used more memory than its limit. */
    MEMORY,
    /** More calls waited for its thread than it allows. */
    OVERLOAD
  }

  private final Kind kind;

  public PolicyFailure(Kind kind, String message) {
    super(message, null, false, false);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
