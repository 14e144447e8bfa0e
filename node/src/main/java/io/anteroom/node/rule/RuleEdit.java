// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import com.typesafe.config.ConfigUtil;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.SettingsReader;
import io.anteroom.node.config.SettingsSource;
import io.anteroom.protocol.Stage;
import java.util.Map;
import java.util.TreeMap;

/**
 * An operator's change of the rules, relative to the existing rules. It has the same meaning on all
 * nodes, and is serialized as one line of HOCON. Immutable.
 */
public sealed interface RuleEdit {
  /** The maximum length of the text of an added rule. */
  int MAX_RULE = 8 << 10;

  /** The highest position. */
  int LAST = 100_000;

  /** The name of the rule. */
  String name();

  /** One line that can be parsed again. */
  String text();

  /**
   * Adds a rule.
   *
   * @param source as in the configuration
   */
  record Add(String name, Stage stage, Place place, String source) implements RuleEdit {
    @Override
    public String text() {
      return "edit = add, stage = %s, %srule = %s".formatted(stage.word(), place.text(), source);
    }
  }

  /** Removes a rule. */
  record Remove(String name) implements RuleEdit {
    @Override
    public String text() {
      return "edit = remove, name = " + quoted(name);
    }
  }

  /**
   * Moves a rule within its stage.
   *
   * @param to the new position, from 1; a larger number means the last position
   */
  record Move(String name, int to) implements RuleEdit {
    @Override
    public String text() {
      return "edit = move, name = %s, to = %d".formatted(quoted(name), to);
    }
  }

  /** Disables a rule, which keeps its position, or enables it. */
  record Enable(String name, boolean enabled) implements RuleEdit {
    @Override
    public String text() {
      return "edit = %s, name = %s".formatted(enabled ? "enable" : "disable", quoted(name));
    }
  }

  /**
   * Changes an unnamed rule. Such a rule is identified by its position, where another rule may be
   * after a change of the configuration; then the edit does not apply.
   *
   * @param mark identifies the content of the rule
   */
  record Unnamed(RuleEdit edit, String mark) implements RuleEdit {
    @Override
    public String name() {
      return edit.name();
    }

    @Override
    public String text() {
      return edit.text() + ", mark = " + quoted(mark);
    }
  }

  /** The form of an edit to store, bound to the current content of this rule. */
  static RuleEdit of(Rule rule, RuleEdit edit) {
    return rule.part("name").isEmpty() ? new Unnamed(edit, markOf(rule)) : edit;
  }

  /** A mark that distinguishes rules at the same position; the same on all nodes. */
  static String markOf(Rule rule) {
    return Integer.toHexString(rule.source().hashCode());
  }

  /** The position of an added rule. */
  sealed interface Place {
    /** After all other rules. */
    Place END = new At(LAST);

    /** The keys for this position, each followed by a comma. */
    String text();

    /** At this position, from 1, or after the last rule. */
    record At(int number) implements Place {
      @Override
      public String text() {
        return number == LAST ? "" : "at = " + number + ", ";
      }
    }

    /** Directly before or after another rule of the stage. */
    record Beside(String name, boolean behind) implements Place {
      @Override
      public String text() {
        return "%s = %s, ".formatted(behind ? "after" : "before", quoted(name));
      }
    }
  }

  private static String quoted(String name) {
    return ConfigUtil.quoteString(name);
  }

  /**
   * Parses the form of {@link #text}.
   *
   * @throws InvalidConfiguration if it is invalid
   */
  static RuleEdit parse(String text) throws InvalidConfiguration {
    SettingsReader block = SettingsSource.plain("edit", text);
    RuleEdit edit = read(block);
    block.throwIfWrong();
    return edit;
  }

  /** The kinds of edits. */
  enum Kind {
    ADD,
    REMOVE,
    MOVE,
    ENABLE,
    DISABLE
  }

  /**
   * Reads an edit; errors are recorded in the reader. An added rule is checked when the edit is
   * applied.
   */
  static RuleEdit read(SettingsReader block) {
    block.require("edit");
    Kind kind = block.word("edit", Kind.ENABLE);
    if (kind == Kind.ADD) {
      return add(block);
    }
    block.require("name");
    String name = block.text("name", "");
    RuleEdit edit = ofKnown(kind, name, block);
    return block.has("mark") ? new Unnamed(edit, block.text("mark", "")) : edit;
  }

  private static RuleEdit ofKnown(Kind kind, String name, SettingsReader block) {
    return switch (kind) {
      case REMOVE -> new Remove(name);
      case MOVE -> {
        block.require("to");
        yield new Move(name, block.integer("to", 1, 1, LAST));
      }
      default -> new Enable(name, kind == Kind.ENABLE);
    };
  }

  private static Add add(SettingsReader block) {
    block.require("stage");
    block.require("rule");
    Map<String, Stage> stages = new TreeMap<>();
    for (Stage stage : Stage.values()) {
      stages.put(stage.word(), stage);
    }
    Stage stage = block.word("stage", Stage.QUERY, stages);
    SettingsReader rule = block.block("rule");
    rule.require("name");
    String name = rule.parsed("name", "", RuleNames::checked);
    String source = rule.handedOn();
    if (source.length() > MAX_RULE) {
      block.error("rule", "has %d characters, at most %d".formatted(source.length(), MAX_RULE));
    }
    return new Add(name, stage, place(block), source);
  }

  private static Place place(SettingsReader block) {
    long places = java.util.stream.Stream.of("at", "before", "after").filter(block::has).count();
    if (places > 1) {
      block.error("says more than one of at, before, after");
    }
    if (block.has("before")) {
      return new Place.Beside(block.text("before", ""), false);
    } else if (block.has("after")) {
      return new Place.Beside(block.text("after", ""), true);
    }
    return block.has("at") ? new Place.At(block.integer("at", 1, 1, LAST)) : Place.END;
  }
}
