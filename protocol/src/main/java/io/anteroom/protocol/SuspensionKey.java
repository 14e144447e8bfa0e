// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

/**
 * Identifies one suspension: the number of the filter service and the number of the suspension,
 * written {@code 7/81985529216486895}.
 *
 * @param asyncId the filter service, 0 to 65535
 * @param queryId the suspension, 0 to 2^63 - 1; issued by the node that received the query, and not
 *     guessable. Its low 8 bits are the number of the shard.
 */
public record SuspensionKey(int asyncId, long queryId) {
  public static final int MAX_ASYNC_ID = 0xffff;

  /** The number of shards, which the low bits of a queryID select. */
  public static final int SHARDS = 256;

  public SuspensionKey {
    if (asyncId < 0 || asyncId > MAX_ASYNC_ID) {
      throw new IllegalArgumentException("asyncID must be 0 to 65535, not " + asyncId);
    }
    if (queryId < 0) {
      throw new IllegalArgumentException("queryID must be 0 to 2^63 - 1, not " + queryId);
    }
  }

  /**
   * Parses the text form of {@link #toString}.
   *
   * @throws IllegalArgumentException if the text has another form
   */
  public static SuspensionKey parse(String text) {
    int slash = text.indexOf('/');
    try {
      if (slash > 0) {
        return new SuspensionKey(
            Integer.parseInt(text.substring(0, slash)), Long.parseLong(text.substring(slash + 1)));
      }
    } catch (NumberFormatException e) {
      // Said below, with the form that is wanted.
    }
    throw new IllegalArgumentException("a key has the form asyncID/queryID, not \"" + text + "\"");
  }

  /** The shard of this suspension, 0 to 255. */
  public int shard() {
    return (int) (queryId & (SHARDS - 1));
  }

  @Override
  public String toString() {
    return asyncId + "/" + queryId;
  }
}
