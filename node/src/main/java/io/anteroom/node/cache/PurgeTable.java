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
 * What one node knows of one of the tables of purges that all nodes share: the purges of the last
 * hour, at most {@value #CAPACITY}. For the purger's thread.
 */
final class PurgeTable {
  /** A purge takes up to 400 bytes, and a table must stay below the 256 KiB of a message. */
  static final int CAPACITY = 220;

  /** How long a purge may take to be seen in the table. */
  private static final Duration UNDERWAY = Duration.ofSeconds(5);

  private static final Duration KEPT = Duration.ofHours(1);

  private final Consumer<SharedTable.Command> shared;
  private final LongSupplier nanoTime;
  private final Map<String, Noted> noted = new LinkedHashMap<>();

  /** For the next {@link #flush}. */
  private final Map<String, ByteString> unsent = new HashMap<>();

  private final Set<String> removed = new HashSet<>();

  /** What was taken away here, and is in the table still. */
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

  /** Puts a purge in, for the other nodes to find after the next {@link #flush}. */
  void put(String id, Purge purge) {
    noted.put(id, new Noted(purge, nanoTime.getAsLong()));
    unsent.put(id, ByteString.fromArray(PurgeCodec.write(purge)));
  }

  /** The table holds this now: takes over what others have put in or taken out. */
  void see(Map<String, Purge> table) {
    long now = nanoTime.getAsLong();
    leaving.retainAll(table.keySet());
    noted
        .entrySet()
        .removeIf(
            entry ->
                !table.containsKey(entry.getKey())
                    // Else it may just be on its way into the table.
                    && now - entry.getValue().sinceNanos() > UNDERWAY.toNanos());
    table.forEach(
        (id, purge) -> {
          if (!leaving.contains(id)) {
            noted.computeIfAbsent(id, fresh -> new Noted(purge, now));
          }
        });
  }

  /** Takes away what has been there for an hour. */
  void dropOld() {
    long old = nanoTime.getAsLong() - KEPT.toNanos();
    take(id -> Objects.requireNonNull(noted.get(id)).sinceNanos() - old <= 0);
  }

  /** Takes all away. */
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

  /** Tells the other nodes of all that has been done since the last time, at once. */
  void flush() {
    if (!unsent.isEmpty() || !removed.isEmpty()) {
      shared.accept(new SharedTable.Change(unsent, removed));
      unsent.clear();
      removed.clear();
    }
  }
}
