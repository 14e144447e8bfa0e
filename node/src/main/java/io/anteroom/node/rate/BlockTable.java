// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rate;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.share.SharedTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * A node's view of one shared table of blocks, and its changes of it. Only the thread of its {@link
 * BlockKeeper} uses it.
 */
final class BlockTable {
  /** The ends of a block on two nodes may differ by this much. */
  private static final long ABOUT = Duration.ofSeconds(1).toNanos();

  /** How long after its end other nodes wait for a block's own node to remove it. */
  private static final long OVERDUE = Duration.ofSeconds(5).toNanos();

  private final String node;
  private final int maxBlocks;
  private final Counters<Counter> counters;
  private final LongSupplier nanoTime;
  private final Consumer<SharedTable.Command> shared;
  private final Map<String, Known> known = new HashMap<>();

  /** Blocks of this node, until they end or are removed. */
  private final Map<String, Block> own = new HashMap<>();

  /** Own blocks that were missing from the table at the last check. */
  private final Set<String> missing = new HashSet<>();

  private record Known(ByteString value, Block block) {}

  BlockTable(
      String node,
      int maxBlocks,
      Counters<Counter> counters,
      LongSupplier nanoTime,
      Consumer<SharedTable.Command> shared) {
    this.node = node;
    this.maxBlocks = maxBlocks;
    this.counters = counters;
    this.nanoTime = nanoTime;
    this.shared = shared;
  }

  /** The block that holds for this netmask now, or is about to. */
  @Nullable Block there(String key) {
    Known seen = known.get(key);
    Block block = seen == null ? own.get(key) : seen.block;
    return block == null || block.hasEnded(nanoTime.getAsLong()) ? null : block;
  }

  /** The blocks that apply now. */
  Stream<Block> blocks(long nanos) {
    return known.values().stream().map(Known::block).filter(block -> !block.hasEnded(nanos));
  }

  /** Whether a rule's block replaces the existing one. */
  static boolean yields(Block there, Block next) {
    return !there.byOperator() && next.endNanos() - there.endNanos() > ABOUT;
  }

  /** Adds a block; false if there is no room for it. */
  boolean put(String key, Block block) {
    if (!known.containsKey(key) && !own.containsKey(key) && size() >= maxBlocks) {
      counters.increment(Counter.SHARED_REFUSED);
      return false;
    }
    own.put(key, block);
    missing.remove(key);
    shared.accept(new SharedTable.Put(key, BlockText.write(block, nanoTime.getAsLong())));
    return true;
  }

  /** The size including blocks that are not in the table yet. */
  private long size() {
    return known.size() + own.keySet().stream().filter(key -> !known.containsKey(key)).count();
  }

  void remove(String key) {
    own.remove(key);
    shared.accept(new SharedTable.Remove(key));
  }

  /** Receives the current table. */
  void see(Map<String, ByteString> entries) {
    List<String> gone = known.keySet().stream().filter(key -> !entries.containsKey(key)).toList();
    // It was removed, perhaps on purpose, so it must not come back.
    gone.forEach(own::remove);
    gone.forEach(known::remove);
    entries.forEach(this::see);
  }

  private void see(String key, ByteString value) {
    Known before = known.get(key);
    if (before != null && before.value.equals(value)) {
      return;
    }
    Block block = BlockText.read(key, value, nanoTime.getAsLong());
    if (block == null) {
      counters.increment(Counter.BLOCKS_UNREADABLE);
      return;
    }
    known.put(key, new Known(value, block));
    Block mine = own.get(key);
    if (mine == null || block.node().equals(node)) {
      return;
    }
    if (block.byOperator()) {
      own.remove(key);
    } else if (mine.byOperator() || yields(block, mine)) {
      put(key, mine);
    }
  }

  /** Removes blocks that have ended. Must be called once a second. */
  void tick() {
    long now = nanoTime.getAsLong();
    List<String> ended = new ArrayList<>();
    known.forEach(
        (key, seen) -> {
          long since = now - seen.block.endNanos();
          if (since >= (seen.block.node().equals(node) ? 0 : OVERDUE)) {
            ended.add(key);
          }
        });
    ended.forEach(this::remove);
    // These found no room, because another node used the last entry.
    missing.retainAll(own.keySet());
    missing.removeAll(known.keySet());
    own.keySet().removeAll(missing);
    own.keySet().stream().filter(key -> !known.containsKey(key)).forEach(missing::add);
    own.values().removeIf(block -> block.hasEnded(now));
  }
}
