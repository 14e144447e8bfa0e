// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rate;

import io.anteroom.node.config.BlockAction;
import io.anteroom.node.config.Netmask;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.share.SharedTable;
import io.anteroom.node.share.Shares;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.util.ByteString;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates blocks for all nodes, removes those that have ended, and passes the current ones to its
 * own node. One actor for each node, not on an event loop.
 *
 * <p>All nodes share the same table. For each netmask the last writer wins, but the block that ends
 * later must win. So a node writes a block only if it knows none that ends later, and writes it
 * again if one that ends sooner replaced it. Rules don't change an operator's block. The node that
 * created a block removes it at its end; if that node has gone, any other removes it a little
 * later.
 *
 * <p>Limit: {@value #MAX_BLOCKS} blocks, in several tables so that no table exceeds a message.
 * Further blocks are refused and counted.
 */
public final class BlockKeeper extends AbstractBehavior<BlockKeeper.Command> {
  private static final Logger LOG = LoggerFactory.getLogger(BlockKeeper.class);

  /** The approximate maximum number of blocks. */
  public static final int MAX_BLOCKS = 8000;

  private static final int TABLES = 16;
  private static final int PER_TABLE = MAX_BLOCKS / TABLES;
  private static final Duration TICK = Duration.ofSeconds(1);

  private final Counters<Counter> counters;
  private final LongSupplier nanoTime;
  private final Limits limits;
  private final BlockLog log;
  private final String node;
  private final List<BlockTable> tables = new ArrayList<>();
  private boolean publishing;

  /** Messages to a keeper. */
  public sealed interface Command extends NoSerializationVerificationNeeded {}

  /** These clients exceeded the limit of this rule. */
  record Exceeded(String rule, Netmask clients, BlockAction action, Duration duration)
      implements Command {}

  /** These clients exceeded the warning threshold of this rule. */
  record Warned(String rule, Netmask clients) implements Command {}

  /** An operator blocks these clients. */
  public record Add(
      Netmask clients, BlockAction action, Duration duration, ActorRef<Result> replyTo)
      implements Command {}

  /** An operator removes a block, no matter who created it. */
  public record Remove(Netmask clients, ActorRef<Result> replyTo) implements Command {}

  /** The result of an operator's command. */
  public enum Result {
    DONE,
    /** The maximum number of blocks is reached. */
    FULL,
    /** There is no such block. */
    UNKNOWN
  }

  private record Seen(int table, Map<String, ByteString> entries) implements Command {}

  private enum Order implements Command {
    TICK,
    /** Publish the blocks to the node, after all changes that are already in the mailbox. */
    PUBLISH
  }

  private BlockKeeper(
      ActorContext<Command> context,
      String node,
      Limits limits,
      Shares shares,
      Counters<Counter> counters,
      LongSupplier nanoTime) {
    super(context);
    this.counters = counters;
    this.nanoTime = nanoTime;
    this.limits = limits;
    this.log = new BlockLog(LOG);
    this.node = node;
    for (int i = 0; i < TABLES; i++) {
      ActorRef<SharedTable.Command> shared = spawnTable(shares, i);
      tables.add(new BlockTable(node, PER_TABLE, counters, nanoTime, shared::tell));
    }
  }

  private ActorRef<SharedTable.Command> spawnTable(Shares shares, int table) {
    ActorRef<Command> self = getContext().getSelf();
    return getContext()
        .spawn(
            SharedTable.create(
                shares,
                "blocks-" + table,
                PER_TABLE,
                counters,
                entries -> self.tell(new Seen(table, entries))),
            "table-" + table);
  }

  /**
   * Creates the keeper of a node.
   *
   * @param node the unique name of the node
   * @param limits receives all blocks after each change
   * @param shares shares the blocks with the other nodes
   */
  public static Behavior<Command> create(
      String node,
      Limits limits,
      Shares shares,
      Counters<Counter> counters,
      LongSupplier nanoTime) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  timers.startTimerWithFixedDelay(Order.TICK, TICK);
                  return new BlockKeeper(context, node, limits, shares, counters, nanoTime);
                }));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Exceeded.class, this::onExceeded)
        .onMessage(Warned.class, this::onWarned)
        .onMessage(Add.class, this::onAdd)
        .onMessage(Remove.class, this::onRemove)
        .onMessage(Seen.class, this::onSeen)
        .onMessageEquals(Order.TICK, this::onTick)
        .onMessageEquals(Order.PUBLISH, this::onPublish)
        .build();
  }

  private Behavior<Command> onExceeded(Exceeded exceeded) {
    limits.reportTaken();
    Block block = block(exceeded.clients, exceeded.action, exceeded.rule, false, exceeded.duration);
    String key = block.clients().toString();
    Block there = table(key).there(key);
    if (there != null && !BlockTable.yields(there, block)) {
      return this;
    }
    if (table(key).put(key, block)) {
      counters.increment(Counter.BLOCKS_BEGUN);
      log.info("{} blocked for {} s by rule {}: {}", block, exceeded.duration);
    }
    return this;
  }

  private Behavior<Command> onWarned(Warned warned) {
    limits.reportTaken();
    counters.increment(Counter.BLOCK_WARNINGS);
    log.warning(warned.clients, warned.rule);
    return this;
  }

  private Behavior<Command> onAdd(Add add) {
    Block block = block(add.clients, add.action, "operator", true, add.duration);
    String key = block.clients().toString();
    boolean done = table(key).put(key, block);
    if (done) {
      log.info("{} blocked for {} s by {}: {}", block, add.duration);
    }
    add.replyTo.tell(done ? Result.DONE : Result.FULL);
    return this;
  }

  private Behavior<Command> onRemove(Remove remove) {
    String key = remove.clients.canonical().toString();
    boolean found = table(key).there(key) != null;
    if (found) {
      table(key).remove(key);
      LOG.info("operator unblocks {}", key);
    }
    remove.replyTo.tell(found ? Result.DONE : Result.UNKNOWN);
    return this;
  }

  private Block block(
      Netmask clients, BlockAction action, String reason, boolean byOperator, Duration duration) {
    long end = nanoTime.getAsLong() + duration.toNanos();
    return new Block(clients.canonical(), action, reason, node, byOperator, end);
  }

  /** The number of the table of a netmask. */
  static int number(String key) {
    return Math.floorMod(key.hashCode(), TABLES);
  }

  private BlockTable table(String key) {
    return tables.get(number(key));
  }

  private Behavior<Command> onSeen(Seen seen) {
    tables.get(seen.table).see(seen.entries);
    if (!publishing) {
      publishing = true;
      getContext().getSelf().tell(Order.PUBLISH);
    }
    return this;
  }

  private Behavior<Command> onTick() {
    tables.forEach(BlockTable::tick);
    log.tick();
    return this;
  }

  private Behavior<Command> onPublish() {
    publishing = false;
    long now = nanoTime.getAsLong();
    limits.blocked(tables.stream().flatMap(table -> table.blocks(now)).toList());
    return this;
  }
}
