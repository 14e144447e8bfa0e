// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.live;

import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.live.ConfigReloader.Edited;
import io.anteroom.node.rule.RuleEdit;
import io.anteroom.node.share.SharedTable;
import io.anteroom.node.share.Shares;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Operators' changes of the rules, shared by all nodes. Part of the config reloader; used on its
 * thread only.
 *
 * <p><b>Order.</b> Each change is an entry of a {@link SharedTable}. Its ID is a number one higher
 * than the highest that its node has seen, followed by the node's own number. So two changes made
 * at the same time on two nodes are two entries, and neither is lost. Every node applies the
 * changes in the order of their IDs, so all nodes get the same rules. A change that does not fit
 * the earlier ones, such as a second rule with the same name, is skipped on all nodes, logged and
 * listed.
 *
 * <p><b>Start.</b> A node starts with the changes in its rules file. The oldest node of the cluster
 * writes them into the table. All other nodes follow the table, because changes may have been
 * undone while they were down. A change made before that waits until 2 s after the first such
 * change.
 *
 * <p><b>Bounds.</b> One change is in progress at a time, and at most {@value #MAX_WAITING} wait;
 * {@link RuleBook} bounds the list.
 */
final class SharedEdits {
  private static final Logger LOG = LoggerFactory.getLogger(SharedEdits.class);
  private static final String TABLE = "rule-edits";

  /** Key that marks an initialized table; sorts after all IDs. */
  private static final String BEGUN = "begun";

  private static final int MAX_WAITING = 100;

  /** Twice the limit, because two operators may fill the list at the same time. */
  private static final int MAX_ENTRIES = 2 * RuleBook.MAX_EDITS;

  private static final Duration LOOK = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final TimerScheduler<ConfigReloader.Command> timers;
  private final RuleBook book;
  private final Live live;
  private final @Nullable Path file;
  private final io.anteroom.node.flow.Counters<Counter> counters;
  private final Shares shares;
  private final ActorRef<SharedTable.Command> table;
  private final ArrayDeque<ConfigReloader.Change> waiting = new ArrayDeque<>();
  private final Set<String> toldOf = new HashSet<>();
  private final Set<String> unreadable = new HashSet<>();
  private @Nullable UnderWay underWay;
  private boolean begun;
  private String written = "";

  /** A change that was written to the table but has not been seen there yet. */
  private record UnderWay(@Nullable String put, Set<String> removed, ActorRef<Edited> replyTo) {
    boolean isSeenIn(Set<String> ids) {
      return (put == null || ids.contains(put)) && removed.stream().noneMatch(ids::contains);
    }
  }

  SharedEdits(
      ActorContext<ConfigReloader.Command> context,
      TimerScheduler<ConfigReloader.Command> timers,
      ConfigReloader.Parts parts) {
    this.timers = timers;
    this.book = parts.changeable().book();
    this.live = parts.changeable().live();
    this.file = parts.changeable().rulesFile();
    this.counters = parts.resources().counters();
    this.shares = parts.shares();
    ActorRef<ConfigReloader.Command> self = context.getSelf();
    this.table =
        context.spawn(
            SharedTable.create(
                shares,
                TABLE,
                MAX_ENTRIES,
                parts.resources().counters(),
                entries -> self.tell(new ConfigReloader.Shared(texts(entries)))),
            "rule-edits");
    timers.startTimerWithFixedDelay(ConfigReloader.Tick.LOOK, LOOK);
    tellOfMisfits();
  }

  private static Map<String, String> texts(Map<String, ByteString> entries) {
    Map<String, String> texts = new HashMap<>();
    entries.forEach((id, bytes) -> texts.put(id, bytes.utf8String()));
    return texts;
  }

  /** Initializes the cluster's table if this is the oldest node. */
  void onLook() {
    if (begun) {
      timers.cancel(ConfigReloader.Tick.LOOK);
    } else if (shares.isOldest()) {
      Map<String, ByteString> kept = new HashMap<>();
      book.edits().forEach((id, edit) -> kept.put(id, ByteString.fromString(edit.text())));
      kept.put(BEGUN, ByteString.emptyByteString());
      table.tell(new SharedTable.Begin(kept));
    }
  }

  /** Applies the current content of the table. */
  void onShared(Map<String, String> entries) {
    if (!entries.containsKey(BEGUN)) {
      return;
    }
    begun = true;
    SortedMap<String, RuleEdit> edits = new TreeMap<>();
    entries.forEach(
        (id, text) -> {
          if (!id.equals(BEGUN)) {
            read(id, text, edits);
          }
        });
    if (!edits.equals(book.edits())) {
      book.setEdits(edits);
      live.set(live.serving().withRules(book.rules().chains()));
      tellOfMisfits();
    }
    live.rulesAreShared();
    String kept = keep();
    if (underWay == null) {
      makeNext();
    } else {
      answer(entries.keySet(), kept);
    }
  }

  private void read(String id, String text, SortedMap<String, RuleEdit> edits) {
    try {
      edits.put(id, RuleEdit.parse(text));
    } catch (InvalidConfiguration e) {
      if (unreadable.add(id)) {
        counters.increment(Counter.RULE_EDITS_UNREADABLE);
        LOG.warn("a change of the rules can't be read and is left out: {}", e.getMessage());
      }
    }
  }

  private void tellOfMisfits() {
    Map<String, String> misfits = book.rules().misfits();
    toldOf.retainAll(misfits.keySet());
    misfits.forEach(
        (id, what) -> {
          if (toldOf.add(id)) {
            counters.increment(Counter.RULE_EDITS_MISFIT);
            LOG.warn("{}", misfit(id, what));
          }
        });
  }

  /** The changes that were skipped, and why. */
  List<String> misfits() {
    List<String> misfits = new ArrayList<>();
    new TreeMap<>(book.rules().misfits()).forEach((id, what) -> misfits.add(misfit(id, what)));
    return misfits;
  }

  private String misfit(String id, String what) {
    RuleEdit edit = book.edits().get(id);
    return "left out, as it does not fit the rules here: %s: %s"
        .formatted(edit == null ? id : edit.text(), what);
  }

  void onEdit(ConfigReloader.Edit edit) {
    if (!takeTurn(edit)) {
      return;
    }
    String id = nextId();
    RuleEdit change = book.rules().pinned(edit.edit());
    RuleBook.Plan plan;
    try {
      plan = book.plan(id, change);
    } catch (IllegalArgumentException e) {
      end(new Edited(Edited.Result.REFUSED, String.valueOf(e.getMessage())), edit.replyTo());
      return;
    }
    Map<String, ByteString> put =
        plan.isKept() ? Map.of(id, ByteString.fromString(change.text())) : Map.of();
    table.tell(new SharedTable.Change(put, plan.dropped()));
    LOG.info("operator changes the rules: {}", change.text());
    begin(plan.isKept() ? id : null, plan.dropped(), edit.replyTo());
  }

  void onReset(ConfigReloader.Reset reset) {
    if (takeTurn(reset)) {
      Set<String> all = Set.copyOf(book.edits().keySet());
      table.tell(new SharedTable.Change(Map.of(), all));
      LOG.info("operator takes back {} changes of the rules", all.size());
      begin(null, all, reset.replyTo());
    }
  }

  /** Returns whether the change can be made now; otherwise it has been queued or refused. */
  private boolean takeTurn(ConfigReloader.Change change) {
    if (begun && underWay == null) {
      return true;
    } else if (waiting.size() >= MAX_WAITING) {
      change.replyTo().tell(new Edited(Edited.Result.BUSY, "too many changes at once; try again"));
    } else {
      waiting.add(change);
      if (!begun && !timers.isTimerActive(ConfigReloader.Tick.NOT_BEGUN)) {
        timers.startSingleTimer(ConfigReloader.Tick.NOT_BEGUN, PATIENCE);
      }
    }
    return false;
  }

  /** Refuses changes that wait for a table that is still not initialized. */
  void onNotBegun() {
    if (begun) {
      return;
    }
    Edited refusal =
        new Edited(Edited.Result.BUSY, "the node has not joined its cluster yet; try again");
    waiting.forEach(change -> change.replyTo().tell(refusal));
    waiting.clear();
  }

  private String nextId() {
    SortedMap<String, RuleEdit> edits = book.edits();
    long last = edits.isEmpty() ? 0 : Long.parseLong(edits.lastKey().substring(0, 10));
    return "%010d-%x".formatted(last + 1, shares.memberId());
  }

  private void begin(@Nullable String put, Set<String> removed, ActorRef<Edited> replyTo) {
    if (put == null && removed.isEmpty()) {
      end(new Edited(Edited.Result.DONE, "nothing has changed"), replyTo);
      return;
    }
    underWay = new UnderWay(put, removed, replyTo);
    timers.startSingleTimer(ConfigReloader.Tick.OVERDUE, PATIENCE);
  }

  private void answer(Set<String> ids, String kept) {
    UnderWay change = underWay;
    if (change != null && change.isSeenIn(ids)) {
      timers.cancel(ConfigReloader.Tick.OVERDUE);
      underWay = null;
      end(new Edited(Edited.Result.DONE, kept), change.replyTo());
    }
  }

  void onOverdue() {
    UnderWay change = underWay;
    if (change != null) {
      underWay = null;
      end(
          new Edited(Edited.Result.UNCLEAR, "it is not clear yet what came of it; list the rules"),
          change.replyTo());
    }
  }

  private void end(Edited edited, ActorRef<Edited> replyTo) {
    replyTo.tell(edited);
    makeNext();
  }

  private void makeNext() {
    ConfigReloader.Change next = waiting.poll();
    if (next instanceof ConfigReloader.Edit edit) {
      onEdit(edit);
    } else if (next instanceof ConfigReloader.Reset reset) {
      onReset(reset);
    }
  }

  /** Writes the rules file if the changes differ; returns a note for the operator. */
  private String keep() {
    String text = RulesFile.text(book.edits());
    if (file == null) {
      return "until the last node ends, as there is no rules-file";
    }
    try {
      if (!text.equals(written)) {
        RulesFile.write(file, text);
        written = text;
      }
      return "kept in " + file;
    } catch (IOException e) {
      counters.increment(Counter.RULES_UNWRITTEN);
      LOG.error("the rules file {} can't be written: {}", file, e.toString());
      return "until the last node ends, as %s can't be written: %s".formatted(file, e);
    }
  }
}
