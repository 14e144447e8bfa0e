// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.wire.MadeAnswers;
import io.anteroom.node.wire.NameTable;
import io.anteroom.node.wire.WireName;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The names of a list, and what the list says about each and about the names below it. Immutable;
 * thread-safe. A look-up allocates nothing.
 *
 * <p>A name of 20 bytes takes about 50 bytes: those of {@link NameTable}, one byte for its entry
 * and, if the list has entries for names below others, five more.
 */
final class NameList {
  static final NameList EMPTY = new Builder().build();

  /** The result of a look-up that finds nothing. */
  static final int NONE = -1;

  private final NameTable table;
  private final byte[] exact;
  private final byte @Nullable [] below;
  private final int[] covering;
  private final Map<Integer, PolicyData> data;

  /** Whether there are exceptions, so that each entry must be checked. */
  private final boolean exceptions;

  private final MadeAnswers.@Nullable Soa soa;

  private NameList(
      NameTable table,
      byte[] exact,
      byte @Nullable [] below,
      int[] covering,
      Map<Integer, PolicyData> data,
      boolean exceptions,
      MadeAnswers.@Nullable Soa soa) {
    this.table = table;
    this.exact = exact;
    this.below = below;
    this.covering = covering;
    this.data = data;
    this.exceptions = exceptions;
    this.soa = soa;
  }

  /**
   * What a list says about a name. The ordinals are stored in bytes; the first one means nothing.
   */
  enum Word {
    NOTHING,

    /** Listed. Of this and the next three, the later one wins. */
    LISTED,

    /** Not listed, with all names below it. */
    EXCEPTED,

    /** Listed, regardless of exceptions. */
    LISTED_ANYWAY,

    /** Not listed, regardless of all else. */
    EXCEPTED_AT_LAST,

    NXDOMAIN,
    NODATA,
    PASSTHRU,
    DROP,
    TCP_ONLY,
    LOCAL_DATA;

    private static final Word[] ALL = values();

    boolean isException() {
      return this == EXCEPTED || this == EXCEPTED_AT_LAST || this == PASSTHRU;
    }
  }

  /**
   * The entry that applies to this name: its own, or otherwise that of the closest ancestor with an
   * entry for names below it.
   */
  int find(WireName name) {
    int own = table.find(name);
    if (own != NameTable.NONE && exact[own] != 0) {
      return own << 1;
    }
    if (below == null) {
      return NONE;
    }
    int above = table.closestAbove(name);
    int covers = above == NameTable.NONE ? NONE : covering[above];
    return covers < 0 ? NONE : covers << 1 | 1;
  }

  /** What an entry says. */
  Word word(int entry) {
    byte[] words = (entry & 1) == 0 || below == null ? exact : below;
    return Word.ALL[words[entry >> 1]];
  }

  /** The records of an entry that has some. */
  @Nullable PolicyData data(int entry) {
    return data.get(entry);
  }

  /** The SOA record for negative answers of the list; null if it has none. */
  MadeAnswers.@Nullable Soa soa() {
    return soa;
  }

  /** Whether the name is listed: an entry applies to it, which is not an exception. */
  boolean contains(WireName name) {
    int entry = find(name);
    return entry != NONE && (!exceptions || !word(entry).isException());
  }

  /** The number of names. */
  int size() {
    return table.size();
  }

  /** The memory in bytes, without local data. */
  long bytes() {
    return table.bytes()
        + exact.length
        + (below == null ? 0 : below.length)
        + covering.length * (long) Integer.BYTES;
  }

  /** Builds a list; not thread-safe. */
  static final class Builder {
    private final NameTable table = new NameTable();
    private final Map<Integer, PolicyData> data = new HashMap<>();
    private byte[] exact = new byte[16];
    private byte[] below = new byte[16];
    private boolean anyBelow;
    private boolean exceptions;
    private boolean ranked;
    private MadeAnswers.@Nullable Soa soa;

    /** Sets the SOA record for negative answers of the list. */
    void soa(MadeAnswers.Soa record) {
      soa = record;
    }

    /**
     * Lists this name or the names below it, or excepts them. Of several words for a name, the last
     * in the order of {@link Word} wins, also if it comes from an ancestor:
     * {@code @@||good.example^} removes what {@code ||ads.good.example^} has added, in any order of
     * the two.
     */
    void list(WireName name, boolean namesBelow, Word word) {
      int number = number(name);
      anyBelow |= namesBelow;
      exceptions |= word.isException();
      ranked |= word != Word.LISTED;
      byte[] words = namesBelow ? below : exact;
      words[number] = (byte) Math.max(words[number], word.ordinal());
    }

    /** Adds a word for this name, or for the names below it. */
    void add(WireName name, boolean namesBelow, Word word) {
      int number = number(name);
      anyBelow |= namesBelow;
      exceptions |= word.isException();
      (namesBelow ? below : exact)[number] = (byte) word.ordinal();
    }

    /** The local data of this name, or of the names below it, to be filled by the caller. */
    PolicyData local(WireName name, boolean namesBelow) {
      add(name, namesBelow, Word.LOCAL_DATA);
      int entry = number(name) << 1 | (namesBelow ? 1 : 0);
      return data.computeIfAbsent(entry, e -> new PolicyData());
    }

    int size() {
      return table.size();
    }

    private int number(WireName name) {
      int number = table.add(name);
      if (number >= exact.length) {
        exact = Arrays.copyOf(exact, number + number / 2);
        below = Arrays.copyOf(below, exact.length);
      }
      return number;
    }

    NameList build() {
      table.trim();
      int size = table.size();
      if (ranked && anyBelow) {
        rank(size);
      }
      return new NameList(
          table,
          Arrays.copyOf(exact, size),
          anyBelow ? Arrays.copyOf(below, size) : null,
          anyBelow ? covering(size) : new int[0],
          Map.copyOf(data),
          exceptions,
          soa);
    }

    /**
     * Sets each entry to the winning word of those for its name and for names below its ancestors.
     */
    private void rank(int size) {
      for (int i = 0; i < size; i++) {
        byte last = below[i];
        int above = table.closestAbove(table.name(i));
        while (above != NameTable.NONE) {
          last = (byte) Math.max(last, below[above]);
          above = table.closestAbove(table.name(above));
        }
        exact[i] = exact[i] == 0 ? 0 : (byte) Math.max(exact[i], last);
        below[i] = below[i] == 0 ? 0 : last;
      }
    }

    /** For each name, the closest of it and its ancestors with an entry for names below. */
    private int[] covering(int size) {
      int[] covering = new int[size];
      for (int i = 0; i < size; i++) {
        int at = i;
        while (at != NameTable.NONE && below[at] == 0) {
          at = table.closestAbove(table.name(at));
        }
        covering[i] = at == NameTable.NONE ? NONE : at;
      }
      return covering;
    }
  }
}
