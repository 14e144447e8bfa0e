// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.protocol.SuspensionKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The records of the suspended queries of one origin, by key, by question and by connection. For
 * the origin's thread only. Bounded by the limits on suspended queries.
 *
 * <p>The records of one service are in the order of their deadlines, since all have the same
 * timeout, so a search for overdue records stops at the first that is not. After a reload that
 * shortens a timeout, or a policy wants a shorter one for an operation, the order is broken for a
 * while, and all records are checked.
 */
final class SuspensionRecords {
  private final IntPredicate isInOrder;
  private final Map<Integer, LinkedHashMap<SuspensionKey, SuspensionRecord>> byService =
      new HashMap<>();
  private final Map<Repetition, SuspensionRecord> byQuestion = new HashMap<>();
  private final Map<Long, Set<SuspensionKey>> byConnection = new HashMap<>();
  private int size;

  /**
   * Creates an empty collection.
   *
   * @param isInOrder whether the records of this service, by asyncID, are in the order of their
   *     deadlines
   */
  SuspensionRecords(IntPredicate isInOrder) {
    this.isInOrder = isInOrder;
  }

  int size() {
    return size;
  }

  /** Whether this is a retransmission of one of the queries. */
  boolean isRepeated(Repetition query) {
    return byQuestion.containsKey(query);
  }

  /** Adds a record with a new key. */
  void add(SuspensionRecord record) {
    SuspensionKey key = record.state.key();
    byService.computeIfAbsent(key.asyncId(), id -> new LinkedHashMap<>()).put(key, record);
    size++;
    byQuestion.put(record, record);
    long connection = record.client().connection();
    if (connection != 0) {
      byConnection.computeIfAbsent(connection, c -> new LinkedHashSet<>()).add(key);
    }
  }

  /** Removes and returns a record; null if there is none. */
  @Nullable SuspensionRecord remove(SuspensionKey key) {
    Map<SuspensionKey, SuspensionRecord> records = byService.get(key.asyncId());
    SuspensionRecord record = records == null ? null : records.remove(key);
    if (record == null) {
      return null;
    }
    size--;
    SuspensionRecord asked = byQuestion.get(record);
    if (asked != null && asked.state.key().equals(key)) {
      byQuestion.remove(record);
    }
    forgetConnection(record);
    return record;
  }

  private void forgetConnection(SuspensionRecord record) {
    long connection = record.client().connection();
    Set<SuspensionKey> keys = connection == 0 ? null : byConnection.get(connection);
    if (keys != null) {
      keys.remove(record.state.key());
      if (keys.isEmpty()) {
        byConnection.remove(connection);
      }
    }
  }

  /** The keys of the queries of this connection, which may be removed meanwhile. */
  List<SuspensionKey> ofConnection(long connection) {
    return List.copyOf(byConnection.getOrDefault(connection, Set.of()));
  }

  /** The keys of overdue records, which may be removed meanwhile. */
  List<SuspensionKey> find(Predicate<SuspensionRecord> overdue) {
    List<SuspensionKey> keys = new ArrayList<>();
    byService.forEach(
        (asyncId, records) -> {
          boolean inOrder = isInOrder.test(asyncId);
          for (SuspensionRecord record : records.values()) {
            if (overdue.test(record)) {
              keys.add(record.state.key());
            } else if (inOrder) {
              break;
            }
          }
        });
    return keys;
  }

  /** The records of queries that are suspended in another place, at most {@code limit}. */
  List<SuspensionRecord> elsewhere(Place here, int limit) {
    return byService.values().stream()
        .flatMap(records -> records.values().stream())
        .filter(record -> record.place != here)
        .limit(limit)
        .toList();
  }
}
