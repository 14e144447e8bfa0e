// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The result of one {@link Resume}.
 *
 * @param rejection why it was rejected; null if it was not rejected, or if this version does not
 *     know the reason
 */
public record ResumeResult(SuspensionKey key, Status status, @Nullable Rejection rejection) {

  /** Whether a verdict decided its query, or why not. */
  public enum Status {
    /** The verdict decided the query. */
    RESUMED,
    /**
     * The query had ended before: by an earlier verdict, at its deadline, or because its client
     * disconnected.
     */
    ENDED,
    /** No such query is known, also not among those that ended recently. */
    UNKNOWN,
    /** The node rejected the verdict; the {@link Rejection} says why. */
    REJECTED
  }

  /** Creates a result without a rejection. */
  public ResumeResult(SuspensionKey key, Status status) {
    this(key, status, null);
  }

  /** Creates the result of a rejected verdict. */
  public static ResumeResult rejected(SuspensionKey key, Rejection why) {
    return new ResumeResult(key, Status.REJECTED, why);
  }
}
