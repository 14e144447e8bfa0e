// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.config.SettingsReader;
import io.anteroom.protocol.Stage;
import java.util.HashSet;
import java.util.Set;

/** The unique names of the rules of a configuration. */
final class RuleNames {
  private final Set<String> taken = new HashSet<>();

  /** Records the name in a rule's block. */
  void take(SettingsReader rule) {
    String name = rule.parsed("name", "", RuleNames::checked);
    if (!name.isEmpty() && !taken.add(name)) {
      rule.error("name", "another rule is called \"" + name + "\" already");
    }
  }

  /**
   * The name for an unnamed rule: its stage and position.
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
   * Checks a name.
   *
   * @throws IllegalArgumentException if it is invalid
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
