// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.live;

import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.rule.Chain;
import io.anteroom.node.rule.ChainReader;
import io.anteroom.node.rule.Chains;
import io.anteroom.node.rule.EditedRules;
import io.anteroom.node.rule.Rule;
import io.anteroom.node.rule.RuleEdit;
import io.anteroom.protocol.Stage;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The rules of the configuration, the operators' changes, and the resulting rules. A rule that
 * stays keeps its hit count. For one thread at a time; parsing a rule may block.
 */
public final class RuleBook {
  /** Limit of stored changes; each is sent as a message to every node that joins. */
  static final int MAX_EDITS = 500;

  /** Limit of the length of all changes together, which are sent as one message. */
  static final int MAX_CHARACTERS = 100_000;

  private final Map<RuleEdit.Add, Rule> added = new HashMap<>();
  private Chains base;
  private SortedMap<String, RuleEdit> edits;
  private EditedRules rules;

  /**
   * The plan to make one change.
   *
   * @param dropped IDs of earlier changes that have no effect any more
   * @param isKept whether the new change has an effect and is stored
   * @param after the resulting rules
   */
  record Plan(Set<String> dropped, boolean isKept, EditedRules after) {}

  /** Creates a book with the changes stored in a file, by ID. */
  public RuleBook(LiveConfiguration configuration, SortedMap<String, RuleEdit> edits) {
    this.base = configuration.chains();
    this.edits = new TreeMap<>(edits);
    this.rules = replay(this.edits);
  }

  /** The current rules. */
  public EditedRules rules() {
    return rules;
  }

  /** The changes by ID, in order. */
  SortedMap<String, RuleEdit> edits() {
    return new TreeMap<>(edits);
  }

  void setEdits(SortedMap<String, RuleEdit> next) {
    edits = new TreeMap<>(next);
    rules = replay(edits);
    added.keySet().retainAll(new HashSet<>(edits.values()));
  }

  /** Applies all changes to the rules of another configuration. */
  void rebase(LiveConfiguration next) {
    Map<RuleEdit.Add, Rule> before = new HashMap<>(added);
    added.clear();
    base = countingOn(base, next.chains());
    before.forEach(
        (add, rule) -> {
          try {
            added.put(add, read(add).countingWith(rule));
          } catch (IllegalArgumentException e) {
            // The change no longer fits; the replay detects that too, and records it as a misfit.
          }
        });
    rules = replay(edits);
  }

  private static Chains countingOn(Chains before, Chains next) {
    Map<Stage, Chain> chains = new EnumMap<>(Stage.class);
    for (Stage stage : Stage.values()) {
      Map<String, Rule> known = new HashMap<>();
      before.of(stage).rules().forEach(rule -> known.put(rule.name(), rule));
      List<Rule> rules =
          next.of(stage).rules().stream().map(rule -> countingOn(known, rule)).toList();
      chains.put(stage, Chain.of(rules));
    }
    return new Chains(chains, next.context());
  }

  private static Rule countingOn(Map<String, Rule> known, Rule rule) {
    Rule before = known.get(rule.name());
    return before != null && before.source().equals(rule.source())
        ? rule.countingWith(before)
        : rule;
  }

  /**
   * Plans a change. Older changes of the same rule that it makes ineffective are dropped, and so is
   * the change itself if it only undoes them. So the list grows with the differences to the
   * configuration, not with the number of changes.
   *
   * @throws IllegalArgumentException if the change does not fit, with the reason
   */
  Plan plan(String id, RuleEdit edit) {
    SortedMap<String, RuleEdit> log = new TreeMap<>(edits);
    log.put(id, edit);
    EditedRules after = replay(log);
    String misfit = after.misfits().get(id);
    if (misfit != null) {
      throw new IllegalArgumentException(misfit);
    }
    checkPlace(edit instanceof RuleEdit.Unnamed unnamed ? unnamed.edit() : edit, after);
    Set<String> same = new HashSet<>();
    log.forEach(
        (other, about) -> {
          if (about.name().equals(edit.name())) {
            same.add(other);
          }
        });
    if (!makeNoDifference(log, same, after)) {
      for (String one : List.copyOf(same)) {
        makeNoDifference(log, Set.of(one), after);
      }
    }
    same.removeAll(log.keySet());
    boolean isKept = !same.remove(id);
    checkSize(log.values());
    return new Plan(Set.copyOf(same), isKept, after);
  }

  /**
   * A position beyond the end is an error in a new change. It is no misfit in a replay: if a reload
   * has left fewer rules, the rule goes to the end.
   */
  private static void checkPlace(RuleEdit edit, EditedRules after) {
    for (Stage stage : Stage.values()) {
      List<EditedRules.Entry> rules = after.of(stage);
      if (rules.stream().anyMatch(entry -> entry.rule().name().equals(edit.name()))) {
        checkPlace(placeOf(edit), stage, rules.size());
      }
    }
  }

  private static int placeOf(RuleEdit edit) {
    if (edit instanceof RuleEdit.Move move) {
      return move.to();
    }
    return edit instanceof RuleEdit.Add add
            && add.place() instanceof RuleEdit.Place.At at
            && !at.equals(RuleEdit.Place.END)
        ? at.number()
        : 1;
  }

  private static void checkPlace(int place, Stage stage, int rules) {
    if (place > rules) {
      throw new IllegalArgumentException(
          "there is no place %d in rules.%s, which has %d".formatted(place, stage.word(), rules));
    }
  }

  /** Removes the changes from the log if the resulting rules stay the same. */
  private boolean makeNoDifference(
      SortedMap<String, RuleEdit> log, Set<String> ids, EditedRules after) {
    SortedMap<String, RuleEdit> less = new TreeMap<>(log);
    less.keySet().removeAll(ids);
    EditedRules without = replay(less);
    boolean isSame =
        without.isSameAs(after) && after.misfits().keySet().containsAll(without.misfits().keySet());
    if (isSame) {
      log.keySet().removeAll(ids);
    }
    return isSame;
  }

  private static void checkSize(Collection<RuleEdit> log) {
    int characters = log.stream().mapToInt(edit -> edit.text().length()).sum();
    if (log.size() > MAX_EDITS || characters > MAX_CHARACTERS) {
      throw new IllegalArgumentException(
          "there are too many changes already: at most %d, of %d characters together; write them"
                  .formatted(MAX_EDITS, MAX_CHARACTERS)
              + " into the configuration, and then reset them");
    }
  }

  private EditedRules replay(SortedMap<String, RuleEdit> log) {
    return EditedRules.of(base, log, add -> added.computeIfAbsent(add, this::read));
  }

  private Rule read(RuleEdit.Add add) {
    try {
      return ChainReader.rule(add.stage(), add.source(), base.context());
    } catch (InvalidConfiguration e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }
}
