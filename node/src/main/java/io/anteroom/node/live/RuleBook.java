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
 * The rules of the configuration, what operators changed about them, and what comes of both. A rule
 * that stays goes on counting where it was. For one thread at a time; reading a rule may block.
 */
public final class RuleBook {
  /** Changes that are kept; each is a message to those nodes that join. */
  static final int MAX_EDITS = 500;

  /** All changes together; they travel as one message. */
  static final int MAX_CHARACTERS = 100_000;

  private final Map<RuleEdit.Add, Rule> added = new HashMap<>();
  private Chains base;
  private SortedMap<String, RuleEdit> edits;
  private EditedRules rules;

  /**
   * A change that is to be made.
   *
   * @param dropped ids of changes that make no difference any more
   * @param isKept whether it makes one itself
   * @param after the rules as they will be
   */
  record Plan(Set<String> dropped, boolean isKept, EditedRules after) {}

  /** A book with the changes that a file has kept, by their ids. */
  public RuleBook(LiveConfiguration configuration, SortedMap<String, RuleEdit> edits) {
    this.base = configuration.chains();
    this.edits = new TreeMap<>(edits);
    this.rules = replay(this.edits);
  }

  /** The rules as they are now. */
  public EditedRules rules() {
    return rules;
  }

  /** The changes by their ids, in their order. */
  SortedMap<String, RuleEdit> edits() {
    return new TreeMap<>(edits);
  }

  void setEdits(SortedMap<String, RuleEdit> next) {
    edits = new TreeMap<>(next);
    rules = replay(edits);
    added.keySet().retainAll(new HashSet<>(edits.values()));
  }

  /** Makes the changes again, to the rules of another configuration. */
  void rebase(LiveConfiguration next) {
    Map<RuleEdit.Add, Rule> before = new HashMap<>(added);
    added.clear();
    base = countingOn(base, next.chains());
    before.forEach(
        (add, rule) -> {
          try {
            added.put(add, read(add).countingWith(rule));
          } catch (IllegalArgumentException e) {
            // It does not fit any more, which the replay finds out too, and keeps.
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
   * What to do for a change. Older ones of the same rule that make no difference behind it are to
   * be dropped, and the change itself if it only undoes them; so the list grows with what is
   * different, not with how often something was changed.
   *
   * @throws IllegalArgumentException if it does not fit, with what is wrong
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
   * A place that is not there is a mistake now, though no misfit later: a rule stays the last one
   * when the rules of a configuration have become fewer.
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

  /** Takes them out of the log if that changes nothing. */
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
