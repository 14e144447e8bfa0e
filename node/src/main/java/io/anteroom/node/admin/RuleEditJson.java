// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import com.fasterxml.jackson.databind.JsonNode;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.SettingsReader;
import io.anteroom.node.config.SettingsSource;
import io.anteroom.node.rule.RuleEdit;
import io.anteroom.protocol.Stage;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;

/** Parses operators' changes of the rules from JSON. */
final class RuleEditJson {
  private static final String EDITS = "add, remove, move, enable or disable";

  private RuleEditJson() {}

  /**
   * Parses a change, without checking whether it fits the rules.
   *
   * @throws IllegalArgumentException if it is not a valid change, with the reason
   */
  static RuleEdit parse(JsonNode body) {
    String edit = text(body, "edit");
    return switch (edit) {
      case "add" -> add(known(body, "edit", "stage", "rule", "at", "before", "after"));
      case "remove" -> new RuleEdit.Remove(text(known(body, "edit", "name"), "name"));
      case "move" ->
          new RuleEdit.Move(
              text(known(body, "edit", "name", "to"), "name"), position(body.path("to"), "to"));
      case "enable", "disable" ->
          new RuleEdit.Enable(text(known(body, "edit", "name"), "name"), edit.equals("enable"));
      default -> throw new IllegalArgumentException("edit: must be " + EDITS + ", not " + edit);
    };
  }

  private static RuleEdit add(JsonNode body) {
    Stage stage = stage(text(body, "stage"));
    String source = text(body, "rule");
    if (source.length() > RuleEdit.MAX_RULE) {
      throw new IllegalArgumentException(
          "rule: has %d characters, at most %d".formatted(source.length(), RuleEdit.MAX_RULE));
    }
    try {
      SettingsReader rule = SettingsSource.plain("rule", source);
      rule.require("name");
      String name = rule.text("name", "");
      rule.throwIfWrong();
      return new RuleEdit.Add(name, stage, place(body), rule.rendered());
    } catch (InvalidConfiguration e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private static RuleEdit.Place place(JsonNode body) {
    long places = Arrays.stream(new String[] {"at", "before", "after"}).filter(body::has).count();
    if (places > 1) {
      throw new IllegalArgumentException("only one of at, before and after can be given");
    }
    if (body.has("before")) {
      return new RuleEdit.Place.Beside(text(body, "before"), false);
    } else if (body.has("after")) {
      return new RuleEdit.Place.Beside(text(body, "after"), true);
    }
    return body.has("at")
        ? new RuleEdit.Place.At(position(body.path("at"), "at"))
        : RuleEdit.Place.END;
  }

  private static int position(JsonNode value, String field) {
    if (!value.isInt() || value.intValue() < 1 || value.intValue() > RuleEdit.LAST) {
      throw new IllegalArgumentException(field + ": must be a place, from 1");
    }
    return value.intValue();
  }

  /**
   * The stage with this name.
   *
   * @throws IllegalArgumentException if there is no such stage
   */
  static Stage stage(String word) {
    return Arrays.stream(Stage.values())
        .filter(stage -> stage.word().equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "stage: must be one of %s, not %s"
                        .formatted(
                            String.join(
                                ", ", Arrays.stream(Stage.values()).map(Stage::word).toList()),
                            word)));
  }

  private static String text(JsonNode body, String field) {
    JsonNode value = body.path(field);
    if (!value.isTextual() || value.textValue().isBlank()) {
      throw new IllegalArgumentException(field + ": must be there, and a text");
    }
    return value.textValue();
  }

  private static JsonNode known(JsonNode body, String... fields) {
    Set<String> unknown = new HashSet<>();
    for (Iterator<String> names = body.fieldNames(); names.hasNext(); ) {
      unknown.add(names.next());
    }
    Arrays.asList(fields).forEach(unknown::remove);
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException("unknown: " + String.join(", ", unknown));
    }
    return body;
  }
}
