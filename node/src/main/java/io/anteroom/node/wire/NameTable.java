// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import java.util.Arrays;

/**
 * A set of names that numbers them from zero in the order of insertion, and also finds the longest
 * suffix of a name. Values for names are stored elsewhere, by number. Build it with {@link #add}
 * and {@link #trim} on one thread and publish it safely; then any thread may read it. Reading
 * allocates nothing.
 *
 * <h2>Shape</h2>
 *
 * It is made for a million long-lived names, so a name has no object of its own. The names are in
 * one array of bytes, each after its number. A table with open addressing finds the place: for each
 * slot a byte with a tag, 8 bits of the name's hash, where zero is a free slot; and apart from
 * these an int, the offset of the name. At most two thirds of the slots are used. A name of 20
 * bytes costs about 20 + 8 bytes and 8 to 15 for its slots.
 *
 * <h2>Finding a name</h2>
 *
 * The low bits of the hash choose the slot at which the search starts; it goes on to the next slot
 * until it meets a free one. Tags are compared first. Those of a million names fit into the cache
 * of a core, and most searches are for suffixes that are not there, so that these end without
 * waiting for memory but for one in 255. The bytes of a name say where it ends, hence a comparison
 * of as many bytes as the name asked for has is enough. When the table grows, the hashes are
 * computed anew, from one end of the names to the other.
 *
 * <h2>Finding the longest suffix</h2>
 *
 * {@link #closest} asks the table for the name, then for its parent and so on to the root, and
 * takes the first that is there. {@link NameHash} says how the hash of a suffix follows from that
 * of the whole name: over all labels, every byte of the name is visited once, and nothing is
 * allocated. A trie would visit fewer labels for a name of which no suffix is known; but it costs
 * an object or several arrays per label, and a cache miss each, where the table costs one per label
 * as well.
 */
public final class NameTable {
  /** The result of a search that finds nothing. */
  public static final int NONE = -1;

  /** The bytes of the number before a name. */
  private static final int NUMBER = 4;

  private static final int MIN_SLOTS = 16;
  private static final int MAX_SLOTS = 1 << 30;

  private byte[] names = new byte[256];
  private int[] offsets = new int[8];
  private byte[] tags = new byte[MIN_SLOTS];
  private int[] slots = new int[MIN_SLOTS];
  private int used;
  private int size;

  /** The name's number; a new one, equal to the size so far, if it was not there. */
  public int add(WireName name) {
    int known = find(name);
    if (known != NONE) {
      return known;
    }
    if ((size + 1) * 3L > slots.length * 2L) {
      growSlots();
    }
    append(name);
    occupy(name.longHash(), offsets[size]);
    return size++;
  }

  /** Releases memory that was reserved for more names. */
  public void trim() {
    names = Arrays.copyOf(names, used);
    offsets = Arrays.copyOf(offsets, size);
  }

  /** The name's number, or {@link #NONE}. */
  public int find(WireName name) {
    return find(name.wire(), 0, name.longHash());
  }

  /** The number of the longest name in the table that is this name or an ancestor of it. */
  public int closest(WireName name) {
    return size == 0 ? NONE : closest(name.wire(), 0, name.longHash());
  }

  /** The number of the longest name in the table that is an ancestor of this name. */
  public int closestAbove(WireName name) {
    byte[] wire = name.wire();
    return wire[0] == 0 || size == 0
        ? NONE
        : closest(wire, wire[0] + 1, NameHash.behindLabel(wire, name.longHash(), 0));
  }

  private int closest(byte[] wire, int from, long hashThere) {
    int offset = from;
    long hash = hashThere;
    while (true) {
      int number = find(wire, offset, hash);
      if (number != NONE || wire[offset] == 0) {
        return number;
      }
      hash = NameHash.behindLabel(wire, hash, offset);
      offset += wire[offset] + 1;
    }
  }

  /** A copy of the name with this number. */
  public WireName name(int number) {
    return WireName.copyOf(names, offsets[number], length(number));
  }

  /** The length in wire format of the name with this number, with the root label. */
  public int length(int number) {
    int end = number + 1 < size ? offsets[number + 1] - NUMBER : used;
    return end - offsets[number];
  }

  public int size() {
    return size;
  }

  /** The memory that the table takes, in bytes. */
  public long bytes() {
    return names.length + tags.length + (offsets.length + slots.length) * (long) Integer.BYTES;
  }

  /** The number of the name that starts at this offset, or NONE. */
  private int find(byte[] wire, int from, long hash) {
    int folded = NameHash.fold(hash);
    byte tag = tag(folded);
    int mask = tags.length - 1;
    for (int i = folded & mask; tags[i] != 0; i = i + 1 & mask) {
      if (tags[i] == tag && isAt(slots[i], wire, from)) {
        return numberAt(slots[i]);
      }
    }
    return NONE;
  }

  private static byte tag(int folded) {
    int tag = folded >>> 24;
    return (byte) (tag == 0 ? 1 : tag);
  }

  private boolean isAt(int at, byte[] wire, int from) {
    int length = wire.length - from;
    return length <= used - at && Arrays.equals(names, at, at + length, wire, from, wire.length);
  }

  private int numberAt(int offset) {
    return Octets.u16(names, offset - NUMBER) << 16 | Octets.u16(names, offset - 2);
  }

  private void occupy(long hash, int offset) {
    int folded = NameHash.fold(hash);
    int mask = tags.length - 1;
    int i = folded & mask;
    while (tags[i] != 0) {
      i = i + 1 & mask;
    }
    tags[i] = tag(folded);
    slots[i] = offset;
  }

  private void growSlots() {
    if (slots.length == MAX_SLOTS) {
      throw new IllegalStateException("more than " + size + " names");
    }
    slots = new int[slots.length * 2];
    tags = new byte[slots.length];
    for (int number = 0; number < size; number++) {
      occupy(NameHash.of(names, offsets[number], length(number)), offsets[number]);
    }
  }

  private void append(WireName name) {
    if (size == offsets.length) {
      offsets = Arrays.copyOf(offsets, Math.max(8, size + size / 2));
    }
    int more = NUMBER + name.length();
    if (more > names.length - used) {
      // An int overflow here means 2 GB of names, and an exception by copyOf.
      names = Arrays.copyOf(names, Math.max(used + more, names.length + names.length / 2));
    }
    Octets.put32(names, used, size);
    offsets[size] = used + NUMBER;
    name.copyTo(names, used + NUMBER);
    used += more;
  }
}
