// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.config.ConnectorSettings;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.Policy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The services that suspend queries for a script: one for each asyncID that the file shows, and one
 * for all others, which a script may compute. As in dnsdist, a query that gets no decision goes on,
 * and there is no circuit breaker.
 */
final class AsyncServices {
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final int MAX_ASYNC_ID = 0xffff;
  private static final int MAX_SHOWN = 100;
  private static final Pattern CALL = Pattern.compile(":suspend\\s*\\(\\s*(\\w+)\\s*,");

  private final Set<Integer> shown;
  private final int other;

  private AsyncServices(Set<Integer> shown, int other) {
    this.shown = shown;
    this.other = other;
  }

  /**
   * The services of a file.
   *
   * @param source the text of the file, in which the first argument of {@code suspend} is a number
   *     or a variable that a number is assigned to; other calls use the service of the others
   * @param taken the asyncIDs of other services
   */
  static AsyncServices of(String source, Set<Integer> taken) {
    Set<Integer> shown = new TreeSet<>();
    for (Matcher call = CALL.matcher(source); call.find() && shown.size() < MAX_SHOWN; ) {
      String argument = call.group(1);
      add(shown, argument);
      Matcher set =
          Pattern.compile("(?m)\\b" + argument + "\\s*=\\s*(\\d+)\\s*(?:--.*)?;?\\s*$")
              .matcher(source);
      while (set.find()) {
        add(shown, set.group(1));
      }
    }
    shown.removeAll(taken);
    Set<Integer> all = new HashSet<>(taken);
    all.addAll(shown);
    int other = MAX_ASYNC_ID;
    while (all.contains(other)) {
      other--;
    }
    return new AsyncServices(shown, other);
  }

  private static void add(Set<Integer> shown, String digits) {
    if (digits.matches("[0-9]{1,5}") && Integer.parseInt(digits) <= MAX_ASYNC_ID) {
      shown.add(Integer.parseInt(digits));
    }
  }

  /** The asyncID of the service for an asyncID of the script. */
  int of(int asyncId) {
    return shown.contains(asyncId) ? asyncId : other;
  }

  /** The asyncIDs of all services. */
  List<Integer> asyncIds() {
    List<Integer> all = new ArrayList<>(shown);
    all.add(other);
    return all;
  }

  List<FilterSettings> settings() {
    return asyncIds().stream().map(this::settings).toList();
  }

  private FilterSettings settings(int asyncId) {
    return new FilterSettings(
        asyncId == other ? "async-other" : "async-" + asyncId,
        asyncId,
        LONGEST,
        Policy.CONTINUE,
        Policy.CONTINUE,
        Policy.CONTINUE,
        AsyncObjects.MAX_OBJECTS,
        AsyncObjects.MAX_OBJECTS,
        AsyncObjects.MAX_OBJECTS,
        null,
        new ConnectorSettings.Given());
  }
}
