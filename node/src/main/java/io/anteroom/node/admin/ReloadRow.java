// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.live.ConfigReloader.Reloaded;
import java.util.List;

/**
 * What came of loading the configuration of a node again.
 *
 * @param errors for which nothing has changed there; empty if it was loaded
 */
record ReloadRow(String node, boolean loaded, List<String> errors, List<String> warnings)
    implements AdminPage.Row {
  /** What the rest is shows when these are mended. */
  static final int MAX_LINES = 50;

  static final int MAX_LINE = 1_000;

  static ReloadRow of(String node, Reloaded reloaded) {
    return new ReloadRow(
        node, reloaded.success(), limited(reloaded.errors()), limited(reloaded.warnings()));
  }

  private static List<String> limited(List<String> lines) {
    return lines.stream()
        .limit(MAX_LINES)
        .map(line -> line.length() <= MAX_LINE ? line : line.substring(0, MAX_LINE))
        .toList();
  }
}
