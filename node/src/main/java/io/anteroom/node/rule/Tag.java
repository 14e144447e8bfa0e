// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.flow.Query;
import io.anteroom.protocol.Verdict;
import org.jspecify.annotations.Nullable;

/**
 * A tag in a rule: {@code name} or {@code name=value}.
 *
 * @param value null if none was given
 */
record Tag(String name, @Nullable String value) {

  static Tag parse(String text) {
    int equals = text.indexOf('=');
    String name = equals < 0 ? text : text.substring(0, equals);
    String value = equals < 0 ? null : text.substring(equals + 1);
    if (name.isEmpty()
        || name.length() > Verdict.MAX_TAG_LENGTH
        || (value != null && value.length() > Verdict.MAX_TAG_LENGTH)) {
      throw new IllegalArgumentException(
          "a tag is NAME or NAME=VALUE, each of at most %d characters, not \"%s\""
              .formatted(Verdict.MAX_TAG_LENGTH, text));
    }
    return new Tag(name, value);
  }

  /** Whether the query has it, with this value if one was given. */
  boolean isOn(Query query) {
    String found = query.tags().get(name);
    return found != null && (value == null || value.equals(found));
  }
}
