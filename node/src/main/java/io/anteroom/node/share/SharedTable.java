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
 * A table that all nodes share: texts with bytes, of which the last writer wins. A change is seen
 * by its own node at once, by the others mostly within a second, and by a node that was away when
 * it is back. It lives as long as one node does.
 *
 * <p><b>Without a cluster</b>, or before the node has joined one, it is a table of this node alone.
 *
 * <p><b>Apart and together.</b> A node that joins a cluster brings along what was put into its
 * table or taken out of it while it was {@linkplain #APART apart}; for everything else, and where
 * both sides have changed the same key, the table of the cluster counts. How much of each there was
 * is logged.
 *
 * <p>It travels as a whole when a node joins, so it is for what is small: at most {@value
 * #MAX_VALUE} bytes a value, and so many entries that all together stay far below the 256 KiB of a
 * message. An entry more is refused and counted.
 */
public final class SharedTable extends AbstractBehavior<SharedTable.Command> {
  /** The longest value, in bytes. */
  public static final int MAX_VALUE = 128 << 10;

  /** This node can no longer reach one that knows the table as it is now. */
  static final Command APART = State.APART;

  /** This node has others in its cluster, and has lost none. */
  static final Command WHOLE = State.WHOLE;

  private static final Logger LOG = LoggerFactory.getLogger(SharedTable.class);

  private final String name;
  private final Bound bound;
  private final Consumer<Map<String, ByteString>> onChange;
  private Map<String, ByteString> entries = Map.of();

  /** What the nodes know from which this one is apart; null while it is apart from none. */
  private @Nullable Map<String, ByteString> common;

  private @Nullable ActorRef<TableReplica.Command> replica;

  /** What a table understands. */
  public sealed interface Command extends NoSerializationVerificationNeeded {}

  /** Sets the value of this key, on all nodes. */
  public record Put(String key, ByteString value) implements Command {
    public Put {
      if (value.length() > MAX_VALUE) {
        throw new IllegalArgumentException("a shared value has at most " + MAX_VALUE + " bytes");
      }
    }
  }

  /** Takes this key away, on all nodes. */
  public record Remove(String key) implements Command {}

  /** Sets some values and takes others away at once: nobody sees only a part of that. */
  public record Change(Map<String, ByteString> put, Set<String> removed) implements Command {
    public Change {
      put = Map.copyOf(put);
      removed = Set.copyOf(removed);
    }
  }

  /**
   * The first content of a table, from the configuration of a node that begins a cluster. Where
   * that node later joins another cluster, the table of that cluster counts instead.
   */
  public record Begin(Map<String, ByteString> put) implements Command {
    public Begin {
      put = Map.copyOf(put);
    }
  }

  /** How many entries there may be. */
  record Bound(int maxEntries, Counters<Counter> counters) {
    /** Whether there is room for an entry; if not, it has been counted. */
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

  /** What the cluster has that this replica belongs to. */
  record Found(ActorRef<TableReplica.Command> replica, Map<String, ByteString> entries)
      implements Command {}

  /** What a replica has now. */
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
   * A table.
   *
   * @param shares connects it with the cluster that the node is a member of
   * @param name the same on all nodes
   * @param onChange is given the whole table, immutable, after each change; runs on the table's
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
      // It is seen when the replica says so: what comes from there is in order.
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
    // Always: the replica tells of changes behind this one only.
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
