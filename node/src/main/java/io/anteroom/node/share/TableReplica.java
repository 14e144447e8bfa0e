// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.share;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
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
 * The replica of one {@link SharedTable} in one cluster: an actor of that cluster's ActorSystem. It
 * first reads the cluster's table, then forwards changes in both directions.
 */
final class TableReplica extends AbstractBehavior<TableReplica.Command> {
  /** How long it waits for the other nodes' tables; then it uses what this node knows. */
  private static final Duration READ = Duration.ofSeconds(3);

  private final Key<LWWMap<String, ByteString>> key;
  private final SharedTable.Bound bound;
  private final ActorRef<SharedTable.Command> table;
  private final SelfUniqueAddress self;
  private final ActorRef<Replicator.Command> replicator;
  private final ReplicatorMessageAdapter<Command, LWWMap<String, ByteString>> adapter;
  private boolean subscribed;

  /** Messages to a replica. */
  sealed interface Command extends NoSerializationVerificationNeeded {}

  /** Sets some values and removes others atomically. */
  record Update(Map<String, ByteString> put, Set<String> removed) implements Command {}

  private record Read(Replicator.GetResponse<LWWMap<String, ByteString>> response)
      implements Command {}

  private record Changed(Replicator.SubscribeResponse<LWWMap<String, ByteString>> response)
      implements Command {}

  private record Updated(Replicator.UpdateResponse<LWWMap<String, ByteString>> response)
      implements Command {}

  private TableReplica(
      ActorContext<Command> context,
      ReplicatorMessageAdapter<Command, LWWMap<String, ByteString>> adapter,
      String name,
      SharedTable.Bound bound,
      ActorRef<SharedTable.Command> table) {
    super(context);
    this.bound = bound;
    this.key = LWWMapKey.create("anteroom-" + name);
    this.table = table;
    this.self = DistributedData.get(context.getSystem()).selfUniqueAddress();
    this.replicator = DistributedData.get(context.getSystem()).replicator();
    this.adapter = adapter;
    read(new Replicator.ReadMajority(READ));
  }

  static Behavior<Command> create(
      String name, SharedTable.Bound bound, ActorRef<SharedTable.Command> table) {
    return Behaviors.setup(
        context ->
            DistributedData.withReplicatorMessageAdapter(
                (ReplicatorMessageAdapter<Command, LWWMap<String, ByteString>> adapter) ->
                    new TableReplica(context, adapter, name, bound, table)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Read.class, this::onRead)
        .onMessage(Update.class, this::onUpdate)
        .onMessage(Changed.class, this::onChanged)
        // The write goes only to the replica of this node, so it can't fail.
        .onMessage(Updated.class, updated -> this)
        .build();
  }

  private void read(Replicator.ReadConsistency consistency) {
    adapter.askGet(replyTo -> new Replicator.Get<>(key, consistency, replyTo), Read::new);
  }

  private Behavior<Command> onRead(Read read) {
    if (read.response() instanceof Replicator.GetFailure) {
      read(Replicator.readLocal());
      return this;
    }
    Map<String, ByteString> found =
        read.response() instanceof Replicator.GetSuccess<LWWMap<String, ByteString>> success
            ? Map.copyOf(success.get(key).getEntries())
            : Map.of();
    table.tell(new SharedTable.Found(getContext().getSelf(), found));
    return this;
  }

  private Behavior<Command> onUpdate(Update update) {
    adapter.askUpdate(
        replyTo ->
            new Replicator.Update<>(
                key, LWWMap.empty(), Replicator.writeLocal(), replyTo, map -> changed(map, update)),
        Updated::new);
    if (!subscribed) {
      // Not earlier, because the table must not hear of the content before its first change.
      subscribed = true;
      adapter.subscribe(key, Changed::new);
    }
    replicator.tell(Replicator.flushChanges());
    return this;
  }

  private LWWMap<String, ByteString> changed(LWWMap<String, ByteString> map, Update update) {
    LWWMap<String, ByteString> changed = map;
    for (String gone : update.removed()) {
      changed = changed.remove(self, gone);
    }
    for (Map.Entry<String, ByteString> entry : update.put().entrySet()) {
      if (bound.admits(changed.size(), changed.contains(entry.getKey()))) {
        changed = changed.put(self, entry.getKey(), entry.getValue());
      }
    }
    return changed;
  }

  private Behavior<Command> onChanged(Changed changed) {
    if (changed.response() instanceof Replicator.Changed<LWWMap<String, ByteString>> now) {
      table.tell(
          new SharedTable.Seen(getContext().getSelf(), Map.copyOf(now.get(key).getEntries())));
    }
    return this;
  }
}
