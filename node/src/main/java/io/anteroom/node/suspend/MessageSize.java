// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.flow.Continuation;
import io.anteroom.node.flow.Query;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.Values;
import java.util.Map;

/**
 * Whether a suspended query fits into a message between nodes. Pekko drops a larger one, and its
 * query would wait for nothing until the deadline. A query that is suspended here may move to
 * another node at any time, so one that does not fit is not suspended at all.
 */
final class MessageSize {
  /** {@code maximum-frame-size} of Pekko's transport. */
  static final int MAX_FRAME = 256 << 10;

  /** For the envelope of Pekko, two references of up to 2 KiB, and all fields of a few bytes. */
  private static final int RESERVE = 8 << 10;

  private static final int MAX = MAX_FRAME - RESERVE;

  /** Maximum length in UTF-8 of one character of Java. */
  private static final int BYTES_PER_CHAR = 3;

  /** The lengths of a name and a value. */
  private static final int LENGTHS = 6;

  private MessageSize() {}

  /** Whether a message with this query is small enough, at the most that it may take. */
  static boolean fits(Query query) {
    return messages(query) + operation(query) + tags(query.tags()) <= MAX;
  }

  private static int messages(Query query) {
    WireQuery original = query.history().original();
    byte[] answer = query.answer();
    return query.wire().bytes().length
        + (original == null ? 0 : original.bytes().length)
        + (answer == null ? 0 : answer.length);
  }

  private static int operation(Query query) {
    Continuation continuation = query.continuation();
    if (continuation == null) {
      return 0;
    }
    Operation operation = continuation.operation();
    return operation == null ? 0 : Values.maxBytes(operation.arguments());
  }

  private static int tags(Map<String, String> tags) {
    int bytes = 0;
    for (Map.Entry<String, String> tag : tags.entrySet()) {
      bytes += LENGTHS + BYTES_PER_CHAR * (tag.getKey().length() + tag.getValue().length());
    }
    return bytes;
  }
}
