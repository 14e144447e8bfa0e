// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rate;

import io.anteroom.node.config.Netmask;
import io.anteroom.node.wire.KeyedHash;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Blocks, indexed by client address: a hash table for each prefix length in use, the longest first.
 * Immutable; a look-up allocates nothing.
 */
final class BlockSet {
  private final List<Block> blocks;
  private final Group[] groups;

  BlockSet(Collection<Block> all) {
    blocks = List.copyOf(all);
    KeyedHash hash = KeyedHash.random();
    Map<Integer, List<Block>> byPrefix = new TreeMap<>(Comparator.reverseOrder());
    for (Block block : all) {
      byPrefix.computeIfAbsent(block.clients().prefix(), prefix -> new ArrayList<>()).add(block);
    }
    groups =
        byPrefix.entrySet().stream()
            .map(group -> new Group(group.getKey(), group.getValue(), hash))
            .toArray(Group[]::new);
  }

  List<Block> all() {
    return blocks;
  }

  /** The block with the longest prefix that this address is in; null if there is none. */
  @Nullable Block find(long high, long low, long nanos) {
    for (Group group : groups) {
      Block block = group.find(high, low);
      if (block != null && !block.hasEnded(nanos)) {
        return block;
      }
    }
    return null;
  }

  private static final class Group {
    private final long highMask;
    private final long lowMask;
    private final KeyedHash hash;
    private final @Nullable Block[] slots;

    Group(int prefix, List<Block> blocks, KeyedHash hash) {
      this.highMask = Netmask.highMask(prefix);
      this.lowMask = Netmask.lowMask(prefix);
      this.hash = hash;
      this.slots = new @Nullable Block[Integer.highestOneBit(blocks.size()) * 4];
      blocks.forEach(this::put);
    }

    private void put(Block block) {
      int at = slot(block.clients().high(), block.clients().low());
      while (slots[at] != null) {
        at = at + 1 & slots.length - 1;
      }
      slots[at] = block;
    }

    @Nullable Block find(long high, long low) {
      long first = high & highMask;
      long second = low & lowMask;
      for (int at = slot(first, second); ; at = at + 1 & slots.length - 1) {
        Block block = slots[at];
        if (block == null || (block.clients().high() == first && block.clients().low() == second)) {
          return block;
        }
      }
    }

    private int slot(long high, long low) {
      return (int) hash.of(high, low, 0) & slots.length - 1;
    }
  }
}
