// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

/** What became of one {@link Resume}. */
public record ResumeResult(SuspensionKey key, Status status) {

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
    /** The sender is not registered for this service, or the verdict is not one. */
    REJECTED
  }
}
