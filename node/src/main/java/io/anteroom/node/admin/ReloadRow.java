// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.live.ConfigReloader.Reloaded;
import java.util.List;

/**
 * Result of a reload on one node.
 *
 * @param errors the errors because of which nothing has changed there; empty if it was loaded
 */
record ReloadRow(String node, boolean loaded, List<String> errors, List<String> warnings)
    implements AdminPage.Row {
  /** Maximum number of errors or warnings; the others appear when these are fixed. */
  static final int MAX_LINES = 50;

  static final int MAX_LINE = 800;

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
