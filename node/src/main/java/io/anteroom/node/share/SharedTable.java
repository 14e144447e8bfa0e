// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.share;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.cluster.ddata.Key;
import org.apache.pekko.cluster.ddata.LWWMap;
import org.apache.pekko.cluster.ddata.LWWMapKey;
import org.apache.pekko.cluster.ddata.SelfUniqueAddress;
import org.apache.pekko.cluster.ddata.typed.javadsl.DistributedData;
import org.apache.pekko.cluster.ddata.typed.javadsl.Replicator;
import org.apache.pekko.cluster.ddata.typed.javadsl.ReplicatorMessageAdapter;
import org.apache.pekko.util.ByteString;

/**
 * A table that all nodes share: texts with bytes, of which the last writer wins. A change is seen
 * by its own node at once, by the others mostly within a second, and by a node that was away when
 * it is back. It lives as long as one node does.
 *
 * <p>It travels as a whole when a node joins, so it is for what is small: at most {@value
 * #MAX_VALUE} bytes a value, and so many entries that all together stay far below the 256 KiB of a
 * message. An entry more is refused and counted.
 */
public final class SharedTable extends AbstractBehavior<SharedTable.Command> {
  /** The longest value, in bytes. */
  public static final int MAX_VALUE = 128 << 10;

  private final Key<LWWMap<String, ByteString>> key;
  private final int maxEntries;
  private final Counters<Counter> counters;
  private final Consumer<Map<String, ByteString>> onChange;
  private final SelfUniqueAddress self;
  private final ActorRef<Replicator.Command> replicator;
  private final ReplicatorMessageAdapter<Command, LWWMap<String, ByteString>> adapter;

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

  private record Changed(Replicator.SubscribeResponse<LWWMap<String, ByteString>> response)
      implements Command {}

  private record Updated(Replicator.UpdateResponse<LWWMap<String, ByteString>> response)
      implements Command {}

  private SharedTable(
      ActorContext<Command> context,
      ReplicatorMessageAdapter<Command, LWWMap<String, ByteString>> adapter,
      String name,
      int maxEntries,
      Counters<Counter> counters,
      Consumer<Map<String, ByteString>> onChange) {
    super(context);
    this.key = LWWMapKey.create("anteroom-" + name);
    this.maxEntries = maxEntries;
    this.counters = counters;
    this.onChange = onChange;
    this.self = DistributedData.get(context.getSystem()).selfUniqueAddress();
    this.replicator = DistributedData.get(context.getSystem()).replicator();
    this.adapter = adapter;
    adapter.subscribe(key, Changed::new);
  }

  /**
   * A table.
   *
   * @param name the same on all nodes
   * @param onChange is given the whole table, immutable, after each change; runs on the table's
   *     thread and must not block
   */
  public static Behavior<Command> create(
      String name,
      int maxEntries,
      Counters<Counter> counters,
      Consumer<Map<String, ByteString>> onChange) {
    return Behaviors.setup(
        context ->
            DistributedData.withReplicatorMessageAdapter(
                (ReplicatorMessageAdapter<Command, LWWMap<String, ByteString>> adapter) ->
                    new SharedTable(context, adapter, name, maxEntries, counters, onChange)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Put.class, this::onPut)
        .onMessage(Remove.class, this::onRemove)
        .onMessage(Change.class, this::onChange)
        .onMessage(Changed.class, this::onChanged)
        // It is written to the replica of this node only, which does not fail.
        .onMessage(Updated.class, updated -> this)
        .build();
  }

  private Behavior<Command> onPut(Put put) {
    return update(map -> added(map, put));
  }

  private LWWMap<String, ByteString> added(LWWMap<String, ByteString> map, Put put) {
    if (map.size() >= maxEntries && !map.contains(put.key())) {
      counters.increment(Counter.SHARED_REFUSED);
      return map;
    }
    return map.put(self, put.key(), put.value());
  }

  private Behavior<Command> onRemove(Remove remove) {
    return update(map -> map.remove(self, remove.key()));
  }

  private Behavior<Command> onChange(Change change) {
    return update(
        map -> {
          LWWMap<String, ByteString> changed = map;
          for (String gone : change.removed()) {
            changed = changed.remove(self, gone);
          }
          for (Map.Entry<String, ByteString> entry : change.put().entrySet()) {
            changed = added(changed, new Put(entry.getKey(), entry.getValue()));
          }
          return changed;
        });
  }

  private Behavior<Command> update(UnaryOperator<LWWMap<String, ByteString>> change) {
    adapter.askUpdate(
        replyTo ->
            new Replicator.Update<>(key, LWWMap.empty(), Replicator.writeLocal(), replyTo, change),
        Updated::new);
    replicator.tell(Replicator.flushChanges());
    return this;
  }

  private Behavior<Command> onChanged(Changed changed) {
    if (changed.response() instanceof Replicator.Changed<LWWMap<String, ByteString>> now) {
      onChange.accept(Map.copyOf(now.get(key).getEntries()));
    }
    return this;
  }
}
