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
 * What an operator has changed about the rules, relative to those that are there. It means the same
 * on every node, and is written as one line of HOCON. Immutable.
 */
public sealed interface RuleEdit {
  /** The longest text of a rule that may be added. */
  int MAX_RULE = 8 << 10;

  /** The highest place that can be named. */
  int LAST = 100_000;

  /** The rule that it is about. */
  String name();

  /** One line that can be read again. */
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

  /** Takes a rule away. */
  record Remove(String name) implements RuleEdit {
    @Override
    public String text() {
      return "edit = remove, name = " + quoted(name);
    }
  }

  /**
   * Moves a rule within its stage.
   *
   * @param to its place, from 1; behind the last one is the last
   */
  record Move(String name, int to) implements RuleEdit {
    @Override
    public String text() {
      return "edit = move, name = %s, to = %d".formatted(quoted(name), to);
    }
  }

  /** Has a rule rest where it stands, or work again. */
  record Enable(String name, boolean enabled) implements RuleEdit {
    @Override
    public String text() {
      return "edit = %s, name = %s".formatted(enabled ? "enable" : "disable", quoted(name));
    }
  }

  /**
   * Changes a rule that has no name of its own, as long as it is that rule: it is called by its
   * place, where another one may stand when the configuration has changed.
   *
   * @param mark of the rule that was meant
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

  /** The edit as it is to be kept, of this rule as it is now. */
  static RuleEdit of(Rule rule, RuleEdit edit) {
    return rule.part("name").isEmpty() ? new Unnamed(edit, markOf(rule)) : edit;
  }

  /** Tells rules apart that stand in the same place; the same on all nodes. */
  static String markOf(Rule rule) {
    return Integer.toHexString(rule.source().hashCode());
  }

  /** Where a rule is added. */
  sealed interface Place {
    /** Behind all others. */
    Place END = new At(LAST);

    /** The keys that say so, with a comma behind each. */
    String text();

    /** At this place, from 1, or behind the last one. */
    record At(int number) implements Place {
      @Override
      public String text() {
        return number == LAST ? "" : "at = " + number + ", ";
      }
    }

    /** Just before or behind another rule of the stage. */
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
   * Reads what {@link #text} wrote.
   *
   * @throws InvalidConfiguration if it is none
   */
  static RuleEdit parse(String text) throws InvalidConfiguration {
    SettingsReader block = SettingsSource.plain("edit", text);
    RuleEdit edit = read(block);
    block.throwIfWrong();
    return edit;
  }

  /** The words for what an edit does. */
  enum Kind {
    ADD,
    REMOVE,
    MOVE,
    ENABLE,
    DISABLE
  }

  /** Reads an edit; what is wrong is noted in the reader. Its rule is looked at when it is made. */
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
