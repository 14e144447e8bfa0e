// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import io.anteroom.node.share.SharedTable;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.apache.pekko.util.ByteString;

/**
 * A node's view of one of the shared tables of purges: those of the last hour, at most {@value
 * #CAPACITY}. Only the purger's thread uses it.
 */
final class PurgeTable {
  /** A purge takes up to 400 bytes, and a table must stay below the 256 KiB of a message. */
  static final int CAPACITY = 220;

  /** How long a purge may take to appear in the table. */
  private static final Duration UNDERWAY = Duration.ofSeconds(5);

  private static final Duration KEPT = Duration.ofHours(1);

  private final Consumer<SharedTable.Command> shared;
  private final LongSupplier nanoTime;
  private final Map<String, Noted> noted = new LinkedHashMap<>();

  /** For the next {@link #flush}. */
  private final Map<String, ByteString> unsent = new HashMap<>();

  private final Set<String> removed = new HashSet<>();

  /** Entries that this node removed and that are still in the table. */
  private final Set<String> leaving = new HashSet<>();

  private record Noted(Purge purge, long sinceNanos) {}

  PurgeTable(Consumer<SharedTable.Command> shared, LongSupplier nanoTime) {
    this.shared = shared;
    this.nanoTime = nanoTime;
  }

  boolean contains(String id) {
    return noted.containsKey(id);
  }

  boolean isFull() {
    return noted.size() >= CAPACITY;
  }

  List<Purge> purges() {
    return noted.values().stream().map(Noted::purge).toList();
  }

  /** Adds a purge, which other nodes see after the next {@link #flush}. */
  void put(String id, Purge purge) {
    noted.put(id, new Noted(purge, nanoTime.getAsLong()));
    unsent.put(id, ByteString.fromArray(PurgeCodec.write(purge)));
  }

  /** Receives the current table with the changes of other nodes. */
  void see(Map<String, Purge> table) {
    long now = nanoTime.getAsLong();
    leaving.retainAll(table.keySet());
    noted
        .entrySet()
        .removeIf(
            entry ->
                !table.containsKey(entry.getKey())
                    // Otherwise it may not have appeared in the table yet.
                    && now - entry.getValue().sinceNanos() > UNDERWAY.toNanos());
    table.forEach(
        (id, purge) -> {
          if (!leaving.contains(id)) {
            noted.computeIfAbsent(id, fresh -> new Noted(purge, now));
          }
        });
  }

  /** Removes purges that are older than an hour. */
  void dropOld() {
    long old = nanoTime.getAsLong() - KEPT.toNanos();
    take(id -> Objects.requireNonNull(noted.get(id)).sinceNanos() - old <= 0);
  }

  /** Removes all purges. */
  void clear() {
    take(id -> true);
  }

  private void take(Predicate<String> away) {
    List<String> ids = noted.keySet().stream().filter(away).toList();
    noted.keySet().removeAll(ids);
    unsent.keySet().removeAll(ids);
    removed.addAll(ids);
    leaving.addAll(ids);
  }

  /** Sends all changes since the last call to the other nodes in one update. */
  void flush() {
    if (!unsent.isEmpty() || !removed.isEmpty()) {
      shared.accept(new SharedTable.Change(unsent, removed));
      unsent.clear();
      removed.clear();
    }
  }
}
