// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

import com.esotericsoftware.kryo.kryo5.Kryo;
import io.anteroom.protocol.Decision;
import io.anteroom.protocol.Verdict;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The id and the serializer of each record. Immutable; adding returns a new object.
 *
 * <p>An id is part of the protocol: its meaning never changes, and a test checks that.
 */
public final class Registrations {
  /** Smaller ids belong to Kryo. */
  public static final int MIN_ID = 100;

  public static final int MAX_ID = 299;

  private record Entry(int id, Class<?> type, RecordSerializer<?> serializer) {
    void registerWith(Kryo kryo) {
      kryo.register(type, serializer, id);
    }
  }

  private final SortedMap<Integer, Entry> entries;

  private Registrations(SortedMap<Integer, Entry> entries) {
    this.entries = entries;
  }

  /** Empty registrations. */
  public static Registrations none() {
    return new Registrations(new TreeMap<>());
  }

  /**
   * Returns these registrations and one more.
   *
   * @throws IllegalArgumentException if the id or the type is taken, or the id is out of bounds
   */
  public <T> Registrations with(int id, Class<T> type, RecordSerializer<T> serializer) {
    return with(new Entry(id, type, serializer));
  }

  /**
   * These and the verdicts of one kind. The id is that of the kind, so that a member that does not
   * know the kind finds an unknown id.
   */
  public Registrations withVerdict(
      int id, Class<? extends Decision> kind, RecordSerializer<Verdict> serializer) {
    return with(new Entry(id, kind, serializer));
  }

  /** Returns these registrations and those. */
  public Registrations and(Registrations others) {
    Registrations sum = this;
    for (Entry entry : others.entries.values()) {
      sum = sum.with(entry);
    }
    return sum;
  }

  /** The class of each id, in order. */
  public SortedMap<Integer, Class<?>> ids() {
    SortedMap<Integer, Class<?>> ids = new TreeMap<>();
    entries.forEach((id, entry) -> ids.put(id, entry.type()));
    return ids;
  }

  private Registrations with(Entry entry) {
    int id = entry.id();
    if (id < MIN_ID || id > MAX_ID || entries.containsKey(id)) {
      throw new IllegalArgumentException("id " + id + " is taken, or out of bounds");
    }
    if (entries.values().stream().anyMatch(other -> other.type() == entry.type())) {
      throw new IllegalArgumentException(entry.type() + " is registered already");
    }
    SortedMap<Integer, Entry> more = new TreeMap<>(entries);
    more.put(id, entry);
    return new Registrations(more);
  }

  void registerWith(Kryo kryo) {
    entries.values().forEach(entry -> entry.registerWith(kryo));
  }
}
