// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The numbers that represent the constants of an enum in messages. They are independent of the
 * order of the constants; a number never changes its meaning.
 */
public final class Codes<E extends Enum<E>> {
  private final EnumMap<E, Integer> codes;
  private final Map<Integer, E> constants = new HashMap<>();

  private Codes(Map<E, Integer> codes) {
    this.codes = new EnumMap<>(codes);
    codes.forEach(
        (constant, code) -> {
          if (code < 0 || code > 0xff || constants.put(code, constant) != null) {
            throw new IllegalArgumentException("bad code " + code + " for " + constant);
          }
        });
  }

  /**
   * Creates codes from the number of each constant, 0 to 255.
   *
   * @throws IllegalArgumentException if a constant has none, or two have the same
   */
  public static <E extends Enum<E>> Codes<E> of(Map<E, Integer> codes) {
    Codes<E> all = new Codes<>(codes);
    Class<E> type = codes.keySet().iterator().next().getDeclaringClass();
    for (E constant : type.getEnumConstants()) {
      if (!codes.containsKey(constant)) {
        throw new IllegalArgumentException("no code for " + constant);
      }
    }
    return all;
  }

  int code(E constant) {
    Integer code = codes.get(constant);
    if (code == null) {
      throw new IllegalArgumentException("no code for " + constant);
    }
    return code;
  }

  @Nullable E constant(int code) {
    return constants.get(code);
  }
}
