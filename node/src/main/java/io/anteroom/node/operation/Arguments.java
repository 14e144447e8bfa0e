// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import io.anteroom.protocol.Operation;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the arguments of an operation. Every method throws an {@link IllegalArgumentException} that
 * names the argument if it has a wrong type.
 */
final class Arguments {
  private final Map<String, @Nullable Object> values;

  /** Refuses arguments with other names than these. */
  Arguments(Operation operation, String... known) {
    values = operation.arguments();
    Set<String> others = new HashSet<>(values.keySet());
    others.removeAll(Set.of(known));
    if (!others.isEmpty()) {
      throw new IllegalArgumentException(
          "no such argument: "
              + others.iterator().next()
              + "; there are "
              + String.join(", ", known));
    }
  }

  String text(String name) {
    String text = optionalText(name);
    if (text == null) {
      throw new IllegalArgumentException(name + " is missing");
    }
    return text;
  }

  @Nullable String optionalText(String name) {
    return optional(name, String.class, "text");
  }

  boolean flag(String name) {
    Boolean flag = optional(name, Boolean.class, "true or false");
    return flag != null && flag;
  }

  /** An empty list if it is missing. */
  List<?> list(String name) {
    List<?> list = optional(name, List.class, "a list");
    return list == null ? List.of() : list;
  }

  /** An empty map if it is missing; an empty list counts as one, because Lua can't tell them. */
  Map<?, ?> map(String name) {
    if (values.get(name) instanceof List<?> list && list.isEmpty()) {
      return Map.of();
    }
    Map<?, ?> map = optional(name, Map.class, "names with values");
    return map == null ? Map.of() : map;
  }

  @Nullable Object any(String name) {
    return values.get(name);
  }

  private <T> @Nullable T optional(String name, Class<T> type, String words) {
    Object value = values.get(name);
    if (value != null && !type.isInstance(value)) {
      throw new IllegalArgumentException(name + " must be " + words);
    }
    return type.cast(value);
  }
}
