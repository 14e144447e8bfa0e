// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.protocol.Stage;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The rules of a configuration with the edits of operators. Applying the same edits to the same
 * rules always has the same result; an edit that does not fit is skipped and reported.
 */
public final class EditedRules {
  private final Map<Stage, List<Entry>> entries = new EnumMap<>(Stage.class);
  private final RuleContext context;
  private final Map<String, String> misfits = new LinkedHashMap<>();

  /** A rule of a chain, and whether it is enabled. */
  public record Entry(Rule rule, boolean enabled) {}

  /** Thrown for an edit that does not fit the current rules. */
  private static final class Misfit extends Exception {
    private static final long serialVersionUID = 1;

    Misfit(String message) {
      super(message);
    }
  }

  private EditedRules(Chains base) {
    this.context = base.context();
    for (Stage stage : Stage.values()) {
      List<Entry> of = new ArrayList<>();
      base.of(stage).rules().forEach(rule -> of.add(new Entry(rule, true)));
      entries.put(stage, of);
    }
  }

  /**
   * Applies the edits, one after the other.
   *
   * @param edits the edits by id, in order
   * @param reader parses a rule; throws IllegalArgumentException with the error
   */
  public static EditedRules of(
      Chains base, Map<String, RuleEdit> edits, Function<RuleEdit.Add, Rule> reader) {
    EditedRules rules = new EditedRules(base);
    edits.forEach(
        (id, edit) -> {
          try {
            rules.apply(edit, reader);
          } catch (Misfit | IllegalArgumentException e) {
            rules.misfits.put(id, String.valueOf(e.getMessage()));
          }
        });
    return rules;
  }

  /** The errors of the edits that do not fit, by id. */
  public Map<String, String> misfits() {
    return Map.copyOf(misfits);
  }

  /** The rules of a stage in order, including disabled ones. */
  public List<Entry> of(Stage stage) {
    return List.copyOf(entries.getOrDefault(stage, List.of()));
  }

  /** The form of an edit to store, which can't apply to another rule later. */
  public RuleEdit pinned(RuleEdit edit) {
    for (List<Entry> chain : entries.values()) {
      int at = edit instanceof RuleEdit.Add ? -1 : indexOf(chain, edit.name());
      if (at >= 0) {
        return RuleEdit.of(chain.get(at).rule(), edit);
      }
    }
    return edit;
  }

  /** The chains of the enabled rules. */
  public Chains chains() {
    Map<Stage, Chain> chains = new EnumMap<>(Stage.class);
    entries.forEach(
        (stage, all) ->
            chains.put(
                stage, Chain.of(all.stream().filter(Entry::enabled).map(Entry::rule).toList())));
    return new Chains(chains, context);
  }

  /** Whether all stages have the same rules in the same order, with the same ones enabled. */
  public boolean isSameAs(EditedRules other) {
    for (Stage stage : Stage.values()) {
      if (!outline(stage).equals(other.outline(stage))) {
        return false;
      }
    }
    return true;
  }

  private List<String> outline(Stage stage) {
    return of(stage).stream()
        .map(entry -> entry.enabled() + " " + entry.rule().name() + " " + entry.rule().source())
        .toList();
  }

  private void apply(RuleEdit edit, Function<RuleEdit.Add, Rule> reader) throws Misfit {
    if (edit instanceof RuleEdit.Add add) {
      add(add, reader);
      return;
    }
    List<Entry> chain = chainOf(edit.name());
    int at = indexOf(chain, edit.name());
    if (edit instanceof RuleEdit.Unnamed unnamed) {
      if (!unnamed.mark().equals(RuleEdit.markOf(chain.get(at).rule()))) {
        throw new Misfit(
            "another rule is called \"%s\" now; the one that was meant has no name of its own"
                .formatted(edit.name()));
      }
      apply(unnamed.edit(), reader);
    } else if (edit instanceof RuleEdit.Remove) {
      chain.remove(at);
    } else if (edit instanceof RuleEdit.Move move) {
      Entry moved = chain.remove(at);
      chain.add(Math.min(move.to() - 1, chain.size()), moved);
    } else if (edit instanceof RuleEdit.Enable enable) {
      chain.set(at, new Entry(chain.get(at).rule(), enable.enabled()));
    }
  }

  private void add(RuleEdit.Add add, Function<RuleEdit.Add, Rule> reader) throws Misfit {
    for (List<Entry> chain : entries.values()) {
      if (indexOf(chain, add.name()) >= 0) {
        throw new Misfit("another rule is called \"" + add.name() + "\" already");
      }
    }
    List<Entry> chain = entries.computeIfAbsent(add.stage(), stage -> new ArrayList<>());
    int at = place(chain, add);
    chain.add(at, new Entry(reader.apply(add), true));
  }

  private static int place(List<Entry> chain, RuleEdit.Add add) throws Misfit {
    if (add.place() instanceof RuleEdit.Place.Beside beside) {
      int found = indexOf(chain, beside.name());
      if (found < 0) {
        throw new Misfit(
            "no rule of rules.%s is called \"%s\"".formatted(add.stage().word(), beside.name()));
      }
      return beside.behind() ? found + 1 : found;
    }
    return Math.min(((RuleEdit.Place.At) add.place()).number() - 1, chain.size());
  }

  private List<Entry> chainOf(String name) throws Misfit {
    for (List<Entry> chain : entries.values()) {
      if (indexOf(chain, name) >= 0) {
        return chain;
      }
    }
    throw new Misfit("no rule is called \"" + name + "\"");
  }

  private static int indexOf(List<Entry> chain, String name) {
    for (int i = 0; i < chain.size(); i++) {
      if (chain.get(i).rule().name().equals(name)) {
        return i;
      }
    }
    return -1;
  }
}
