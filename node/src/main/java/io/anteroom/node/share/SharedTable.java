// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.share;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A replicated table: keys are texts, values are bytes, and the last writer wins. A change is
 * visible on its own node at once, on others mostly within a second, and on an unreachable node
 * when it is back. The table exists as long as one node runs.
 *
 * <p><b>Without a cluster</b>, or before the node has joined one, it is a local table of this node.
 *
 * <p><b>Merging.</b> A node that joins a cluster adds and removes in the cluster's table what was
 * added to and removed from its own table while it was {@linkplain #APART apart}. For everything
 * else, and for keys that both sides changed, the cluster's table wins. The log says how many
 * entries there were of each kind.
 *
 * <p><b>Size.</b> The whole table is sent when a node joins, so it must be small: a value has at
 * most {@value #MAX_VALUE} bytes, and all entries together must stay far below the 256 KiB of a
 * message. Further entries are refused and counted.
 */
public final class SharedTable extends AbstractBehavior<SharedTable.Command> {
  /** The longest value, in bytes. */
  public static final int MAX_VALUE = 128 << 10;

  /** A node that knows the current table has become unreachable. */
  static final Command APART = State.APART;

  /** The cluster has other nodes, and all are reachable. */
  static final Command WHOLE = State.WHOLE;

  private static final Logger LOG = LoggerFactory.getLogger(SharedTable.class);

  private final String name;
  private final Bound bound;
  private final Consumer<Map<String, ByteString>> onChange;
  private Map<String, ByteString> entries = Map.of();

  /** The table as known to the unreachable nodes; null while no node is unreachable. */
  private @Nullable Map<String, ByteString> common;

  private @Nullable ActorRef<TableReplica.Command> replica;

  /** Messages to a table. */
  public sealed interface Command extends NoSerializationVerificationNeeded {}

  /** Sets the value of this key, on all nodes. */
  public record Put(String key, ByteString value) implements Command {
    public Put {
      if (value.length() > MAX_VALUE) {
        throw new IllegalArgumentException("a shared value has at most " + MAX_VALUE + " bytes");
      }
    }
  }

  /** Removes this key, on all nodes. */
  public record Remove(String key) implements Command {}

  /** Sets some values and removes others atomically. */
  public record Change(Map<String, ByteString> put, Set<String> removed) implements Command {
    public Change {
      put = Map.copyOf(put);
      removed = Set.copyOf(removed);
    }
  }

  /**
   * The initial content of a table, from the configuration of a node that starts a cluster. If the
   * node later joins another cluster, that cluster's table wins.
   */
  public record Begin(Map<String, ByteString> put) implements Command {
    public Begin {
      put = Map.copyOf(put);
    }
  }

  /** The maximum number of entries. */
  record Bound(int maxEntries, Counters<Counter> counters) {
    /** Whether there is room for an entry; a refusal is counted. */
    boolean admits(int entries, boolean known) {
      boolean room = known || entries < maxEntries;
      if (!room) {
        counters.increment(Counter.SHARED_REFUSED);
      }
      return room;
    }
  }

  private enum State implements Command {
    APART,
    WHOLE
  }

  /** The table of the cluster that this replica belongs to. */
  record Found(ActorRef<TableReplica.Command> replica, Map<String, ByteString> entries)
      implements Command {}

  /** The current table of a replica. */
  record Seen(ActorRef<TableReplica.Command> replica, Map<String, ByteString> entries)
      implements Command {}

  private SharedTable(
      ActorContext<Command> context,
      Shares shares,
      String name,
      int maxEntries,
      Counters<Counter> counters,
      Consumer<Map<String, ByteString>> onChange) {
    super(context);
    this.name = name;
    this.bound = new Bound(maxEntries, counters);
    this.onChange = onChange;
    shares.add(name, bound, context.getSelf());
  }

  /**
   * Creates a table.
   *
   * @param shares connects it with the node's current cluster
   * @param name the table's name, the same on all nodes
   * @param onChange receives the whole table, immutable, after each change; runs on the table's
   *     thread and must not block
   */
  public static Behavior<Command> create(
      Shares shares,
      String name,
      int maxEntries,
      Counters<Counter> counters,
      Consumer<Map<String, ByteString>> onChange) {
    return Behaviors.setup(
        context -> new SharedTable(context, shares, name, maxEntries, counters, onChange));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Put.class, put -> change(Map.of(put.key(), put.value()), Set.of()))
        .onMessage(Remove.class, remove -> change(Map.of(), Set.of(remove.key())))
        .onMessage(Change.class, change -> change(change.put(), change.removed()))
        .onMessage(Begin.class, this::onBegin)
        .onMessage(Found.class, this::onFound)
        .onMessage(Seen.class, this::onSeen)
        .onMessageEquals(APART, this::onApart)
        .onMessageEquals(WHOLE, this::onWhole)
        .build();
  }

  private Behavior<Command> onBegin(Begin begin) {
    change(begin.put(), Set.of());
    if (common == null) {
      common = begin.put();
    }
    return this;
  }

  private Behavior<Command> change(Map<String, ByteString> put, Set<String> removed) {
    if (replica != null) {
      // The change becomes visible when the replica reports it, because the replica's reports are
      // in order.
      replica.tell(new TableReplica.Update(put, removed));
      return this;
    }
    Map<String, ByteString> now = new HashMap<>(entries);
    now.keySet().removeAll(removed);
    put.forEach(
        (key, value) -> {
          if (bound.admits(now.size(), now.containsKey(key))) {
            now.put(key, value);
          }
        });
    set(now);
    return this;
  }

  private void set(Map<String, ByteString> now) {
    if (!now.equals(entries)) {
      entries = Map.copyOf(now);
      onChange.accept(entries);
    }
  }

  private Behavior<Command> onFound(Found found) {
    TableMerge merge = TableMerge.of(common, entries, found.entries());
    if (replica != null && merge.isWorthTelling()) {
      LOG.info("the table {} is shared again: {}", name, merge);
    }
    common = null;
    replica = found.replica();
    // Even if empty: the replica reports changes only after this update.
    replica.tell(new TableReplica.Update(merge.put(), merge.removed()));
    Map<String, ByteString> now = new HashMap<>(found.entries());
    now.keySet().removeAll(merge.removed());
    now.putAll(merge.put());
    set(now);
    return this;
  }

  private Behavior<Command> onSeen(Seen seen) {
    if (seen.replica().equals(replica)) {
      set(seen.entries());
    }
    return this;
  }

  private Behavior<Command> onApart() {
    if (common == null) {
      common = entries;
    }
    return this;
  }

  private Behavior<Command> onWhole() {
    common = null;
    return this;
  }
}
