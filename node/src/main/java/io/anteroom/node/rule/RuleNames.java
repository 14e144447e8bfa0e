// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.config.SettingsReader;
import io.anteroom.protocol.Stage;
import java.util.HashSet;
import java.util.Set;

/** The names of the rules of a configuration, no two the same. */
final class RuleNames {
  private final Set<String> taken = new HashSet<>();

  /** Takes the name that a rule gives itself. */
  void take(SettingsReader rule) {
    String name = rule.parsed("name", "", RuleNames::checked);
    if (!name.isEmpty() && !taken.add(name)) {
      rule.error("name", "another rule is called \"" + name + "\" already");
    }
  }

  /**
   * A name for a rule that gives itself none: its stage and place.
   *
   * @param place from 1
   */
  String next(Stage stage, int place) {
    String name = stage.word() + "-" + place;
    while (taken.contains(name)) {
      name += "-x";
    }
    return name;
  }

  /**
   * A name as it may be given.
   *
   * @throws IllegalArgumentException if it may not
   */
  static String checked(String name) {
    if (name.isBlank() || name.length() > Rule.MAX_NAME) {
      throw new IllegalArgumentException("a rule's name has 1 to " + Rule.MAX_NAME + " characters");
    }
    if (name.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException("a rule's name has no control characters");
    }
    return name;
  }
}
