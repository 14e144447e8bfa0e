// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import org.jspecify.annotations.Nullable;

/**
 * What became of one {@link Resume}.
 *
 * @param rejection why it was rejected; null if it was not, or for a reason that this version does
 *     not know
 */
public record ResumeResult(SuspensionKey key, Status status, @Nullable Rejection rejection) {

  /** Why a verdict counted, or did not. */
  public enum Status {
    /** It decided the query. */
    RESUMED,
    /**
     * The query ended before: by an earlier verdict, at its deadline, or because its client left.
     */
    ENDED,
    /** There is no such query, and has not been of late. */
    UNKNOWN,
    /** The node does not take it; the {@link Rejection} says why. */
    REJECTED
  }

  /** A result that needs no reason. */
  public ResumeResult(SuspensionKey key, Status status) {
    this(key, status, null);
  }

  /** The verdict was rejected, for that reason. */
  public static ResumeResult rejected(SuspensionKey key, Rejection why) {
    return new ResumeResult(key, Status.REJECTED, why);
  }
}
