// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.share.SharedTable;
import io.anteroom.node.share.Shares;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.util.ByteString;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Purges the caches of its node, and makes all other nodes purge theirs.
 *
 * <p><b>All nodes.</b> Each purge has an id and stays in a shared table for an hour, which is
 * longer than a node can be unreachable and remain a member. There are {@value #TABLES} such
 * tables, so that none exceeds a message; the id selects the table. Each node carries out the
 * purges that it finds there and has not carried out yet. A node that starts does so too, which
 * costs little, because its caches are empty. Usually a purge also arrives as a message, for speed;
 * it is carried out only once.
 *
 * <p><b>Limits.</b> There is room for 10,000 purges an hour. When a table is full, a single purge
 * that covers all purges in all tables replaces them; this is counted and logged. The ids of
 * completed purges are remembered for as long as they may appear again; repeating one would only
 * cost time.
 *
 * <p><b>Thread.</b> A purge scans all entries, so the purger must not run on an event loop. Purges
 * that arrive during a scan are carried out together afterwards. So frequent purges are answered
 * more slowly, and never use more than this one thread.
 */
public final class Purger extends AbstractBehavior<Purger.Command> {
  /** Ids are random, so with 10,000 purges the fullest table has about 200. */
  static final int TABLES = 64;

  private static final int TABLE_BITS = Integer.numberOfTrailingZeros(TABLES);

  private static final int MAX_DONE = 40_000;
  private static final Logger LOG = LoggerFactory.getLogger(Purger.class);
  private static final Duration LOOK = Duration.ofMinutes(1);

  private final AnswerCache answers;
  private final VerdictCache verdicts;
  private final Counters<Counter> counters;
  private final List<PurgeTable> tables = new ArrayList<>();

  private final Map<String, Gone> done =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Gone> eldest) {
          return size() > MAX_DONE;
        }
      };
  private final List<Forget> waiting = new ArrayList<>();

  /** Messages to a purger. */
  public sealed interface Command extends NoSerializationVerificationNeeded {}

  /**
   * Purges on all nodes, unless a purge with this id has been carried out.
   *
   * @param id identifies this purge, the same on all nodes
   * @param then receives the number of entries removed on this node; runs on the purger's thread
   */
  public record Forget(String id, Purge purge, Consumer<Gone> then) implements Command {}

  /** The number of entries removed on this node. */
  public record Gone(long answers, long verdicts) {}

  private record Seen(int table, Map<String, ByteString> entries) implements Command {}

  private enum Tick implements Command {
    WORK,
    LOOK
  }

  private Purger(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      AnswerCache answers,
      VerdictCache verdicts,
      Shares shares,
      Counters<Counter> counters,
      LongSupplier nanoTime) {
    super(context);
    this.answers = answers;
    this.verdicts = verdicts;
    this.counters = counters;
    for (int i = 0; i < TABLES; i++) {
      tables.add(new PurgeTable(spawnTable(shares, i)::tell, nanoTime));
    }
    timers.startTimerWithFixedDelay(Tick.LOOK, LOOK);
  }

  private ActorRef<SharedTable.Command> spawnTable(Shares shares, int table) {
    ActorRef<Command> self = getContext().getSelf();
    return getContext()
        .spawn(
            SharedTable.create(
                shares,
                "purges-" + table,
                // Two nodes may fill it at the same time.
                2 * PurgeTable.CAPACITY,
                counters,
                entries -> self.tell(new Seen(table, entries))),
            "table-" + table);
  }

  /** Creates the purger of a node. */
  public static Behavior<Command> create(
      AnswerCache answers,
      VerdictCache verdicts,
      Shares shares,
      Counters<Counter> counters,
      LongSupplier nanoTime) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers ->
                    new Purger(context, timers, answers, verdicts, shares, counters, nanoTime)));
  }

  /** Creates a unique id for a purge. */
  public static String newId() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong());
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Forget.class, this::onForget)
        .onMessage(Seen.class, this::onSeen)
        .onMessageEquals(Tick.WORK, this::onWork)
        .onMessageEquals(Tick.LOOK, this::onLook)
        .build();
  }

  private Behavior<Command> onForget(Forget forget) {
    Gone before = done.get(forget.id());
    if (before != null) {
      forget.then().accept(before);
      return this;
    }
    doLater(forget);
    note(forget.id(), forget.purge());
    return this;
  }

  private void doLater(Forget forget) {
    waiting.add(forget);
    if (waiting.size() == 1) {
      getContext().getSelf().tell(Tick.WORK);
    }
  }

  /** Adds a purge to the shared table. */
  private void note(String id, Purge purge) {
    PurgeTable table = tables.get(number(id));
    if (table.contains(id)) {
      return;
    }
    if (table.isFull()) {
      noteAllAsOne(purge);
    } else {
      table.put(id, purge);
    }
  }

  /** The number of the table of a purge; the upper bits of a product distribute any ids evenly. */
  private static int number(String id) {
    return (id.hashCode() * 0x9e3779b9) >>> (Integer.SIZE - TABLE_BITS);
  }

  private void noteAllAsOne(Purge last) {
    List<Purge> all = new ArrayList<>();
    tables.forEach(table -> all.addAll(table.purges()));
    all.add(last);
    tables.forEach(PurgeTable::clear);
    Purge one = Purge.covering(all);
    counters.increment(Counter.CACHE_PURGES_MERGED);
    LOG.warn(
        "{} purges of the caches within an hour are too many to be kept apart: all nodes now forget"
            + " everything of the kind that these were about",
        all.size());
    String id = newId();
    doLater(new Forget(id, one, gone -> {}));
    note(id, one);
  }

  private Behavior<Command> onSeen(Seen seen) {
    Map<String, Purge> purges = new HashMap<>();
    seen.entries().forEach((id, bytes) -> purges.put(id, PurgeCodec.read(bytes.toArray())));
    tables.get(seen.table()).see(purges);
    purges.forEach(
        (id, purge) -> {
          if (!done.containsKey(id)) {
            doLater(new Forget(id, purge, gone -> {}));
          }
        });
    return this;
  }

  private Behavior<Command> onWork() {
    Map<String, Purge> purges = new LinkedHashMap<>();
    for (Forget forget : waiting) {
      if (!done.containsKey(forget.id())) {
        purges.put(forget.id(), forget.purge());
      }
    }
    forget(purges);
    for (Forget forget : List.copyOf(waiting)) {
      forget.then().accept(done.getOrDefault(forget.id(), new Gone(0, 0)));
    }
    waiting.clear();
    tables.forEach(PurgeTable::flush);
    return this;
  }

  private void forget(Map<String, Purge> purges) {
    if (purges.isEmpty()) {
      return;
    }
    List<Purge> all = List.copyOf(purges.values());
    long[] ofAnswers = answers.purge(all);
    long[] ofVerdicts = verdicts.purge(all);
    int i = 0;
    for (String id : purges.keySet()) {
      done.put(id, new Gone(ofAnswers[i], ofVerdicts[i]));
      counters.increment(Counter.CACHE_PURGES);
      counters.add(Counter.CACHE_PURGED, ofAnswers[i]);
      counters.add(Counter.VERDICT_CACHE_PURGED, ofVerdicts[i]);
      i++;
    }
  }

  private Behavior<Command> onLook() {
    tables.forEach(PurgeTable::dropOld);
    tables.forEach(PurgeTable::flush);
    return this;
  }
}
