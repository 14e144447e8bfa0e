// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A map from names, which finds the longest suffix of a name as well. Built once, then read: {@code
 * put} is for one thread; reading is for any, once the map is safely published.
 *
 * <h2>Shape</h2>
 *
 * It is made for a million names that stay for long, so an entry has no object of its own. The
 * names stand behind each other in one array of bytes, in the order in which they came; an entry's
 * number finds its offset in there and its value. A table with open addressing finds the number: a
 * slot is a long with 32 bits of the name's hash above the entry's number plus one, and zero is a
 * free slot. At most two thirds of the slots are used. A name of 20 bytes costs about 20 + 4 + 4
 * bytes and 12 to 24 for its slots.
 *
 * <h2>Finding a name</h2>
 *
 * The low bits of the hash choose the slot at which the search starts; it goes on to the next slot
 * until it meets a free one. The upper half of a slot is compared first, so that names are read
 * only where 32 bits of the hash agree. The bytes of a name say where it ends, hence a comparison
 * of as many bytes as the name asked for has is enough. When the table grows, the slots hold all
 * that is needed to find their new places; no name is read.
 *
 * <h2>Finding the longest suffix</h2>
 *
 * {@code closest} asks the table for the name, then for its parent and so on to the root, and takes
 * the first that is there. {@link WireName} says how the hash of a suffix follows from that of the
 * whole name: over all labels, every byte of the name is visited once, and nothing is allocated. A
 * trie would visit fewer labels for a name of which no suffix is known; but it costs an object or
 * several arrays per label, and a cache miss each, where the table costs one per label as well.
 */
public final class NameMap<V> {
  private static final int MIN_SLOTS = 16;
  private static final int MAX_SLOTS = 1 << 30;

  private byte[] names = new byte[256];
  private int[] offsets = new int[8];
  private @Nullable Object[] values = new @Nullable Object[8];
  private long[] slots = new long[MIN_SLOTS];
  private int used;
  private int size;

  /** Sets the value of a name, and returns the one it had. */
  public @Nullable V put(WireName name, V value) {
    int entry = find(name.wire(), 0, name.longHash());
    if (entry >= 0) {
      V old = value(entry);
      values[entry] = value;
      return old;
    }
    if ((size + 1) * 3L > slots.length * 2L) {
      growSlots();
    }
    occupy(slots, (long) WireName.fold(name.longHash()) << 32 | (size + 1));
    append(name, value);
    return null;
  }

  public @Nullable V get(WireName name) {
    int entry = find(name.wire(), 0, name.longHash());
    return entry < 0 ? null : value(entry);
  }

  /** The value of the longest name in the map that is this name or an ancestor of it. */
  public @Nullable V closest(WireName name) {
    byte[] wire = name.wire();
    long hash = name.longHash();
    int offset = 0;
    while (true) {
      int entry = find(wire, offset, hash);
      if (entry >= 0) {
        return value(entry);
      }
      if (wire[offset] == 0) {
        return null;
      }
      hash = name.hashBehindLabel(hash, offset);
      offset += wire[offset] + 1;
    }
  }

  public int size() {
    return size;
  }

  @SuppressWarnings("unchecked")
  private @Nullable V value(int entry) {
    return (V) values[entry];
  }

  /** The number of the entry with the name that starts at this offset; -1 if there is none. */
  private int find(byte[] wire, int from, long hash) {
    int folded = WireName.fold(hash);
    int mask = slots.length - 1;
    for (int i = folded & mask; slots[i] != 0; i = i + 1 & mask) {
      if ((int) (slots[i] >>> 32) == folded) {
        int entry = (int) slots[i] - 1;
        if (isAt(offsets[entry], wire, from)) {
          return entry;
        }
      }
    }
    return -1;
  }

  private boolean isAt(int at, byte[] wire, int from) {
    int length = wire.length - from;
    return length <= used - at && Arrays.equals(names, at, at + length, wire, from, wire.length);
  }

  private static void occupy(long[] slots, long slot) {
    int mask = slots.length - 1;
    int i = (int) (slot >>> 32) & mask;
    while (slots[i] != 0) {
      i = i + 1 & mask;
    }
    slots[i] = slot;
  }

  private void growSlots() {
    if (slots.length == MAX_SLOTS) {
      throw new IllegalStateException("more than " + size + " names");
    }
    long[] larger = new long[slots.length * 2];
    for (long slot : slots) {
      if (slot != 0) {
        occupy(larger, slot);
      }
    }
    slots = larger;
  }

  private void append(WireName name, V value) {
    if (size == offsets.length) {
      offsets = Arrays.copyOf(offsets, size + size / 2);
      values = Arrays.copyOf(values, offsets.length);
    }
    if (name.length() > names.length - used) {
      // An int overflow here means 2 GB of names, and an exception by copyOf.
      names = Arrays.copyOf(names, Math.max(used + name.length(), names.length + names.length / 2));
    }
    offsets[size] = used;
    values[size] = value;
    name.copyTo(names, used);
    used += name.length();
    size++;
  }
}
