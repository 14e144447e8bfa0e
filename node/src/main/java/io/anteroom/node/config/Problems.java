// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import com.typesafe.config.ConfigOrigin;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/** Collects the errors of a configuration, so that all can be reported together. */
final class Problems {
  /** The lines after the name of a source: one line, or the first and the last line of a block. */
  private static final Pattern LINES = Pattern.compile(": \\d+(-\\d+)?$");

  private final List<Problem> found = new ArrayList<>();
  private final List<Problem> warnings = new ArrayList<>();

  private record Problem(String source, int line, String text) {
    @Override
    public String toString() {
      return line > 0 ? source + ":" + line + ": " + text : source + ": " + text;
    }
  }

  void add(ConfigOrigin origin, String text) {
    found.add(new Problem(source(origin), origin.lineNumber(), text));
  }

  /** Adds a warning about valid but probably unintended text. */
  void warn(ConfigOrigin origin, String text) {
    warnings.add(new Problem(source(origin), origin.lineNumber(), text));
  }

  void throwIfAny() throws InvalidConfiguration {
    if (!found.isEmpty()) {
      throw new InvalidConfiguration(inOrder(found));
    }
  }

  List<String> warnings() {
    return inOrder(warnings);
  }

  private static List<String> inOrder(List<Problem> problems) {
    return problems.stream()
        .sorted(Comparator.comparing(Problem::source).thenComparing(Problem::line))
        .map(Problem::toString)
        .distinct()
        .toList();
  }

  /** The file as the operator named it; for an environment variable or text, its description. */
  private static String source(ConfigOrigin origin) {
    if (origin.filename() != null) {
      return origin.filename();
    }
    if (origin.resource() != null) {
      return origin.resource();
    }
    return LINES.matcher(origin.description()).replaceFirst("");
  }
}
