// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.nio.file.Path;

/**
 * Where the node keeps files for policies, and how many.
 *
 * @param directory the only directory whose files scripts may name; created when it is needed
 * @param spoolFiles the maximum number of files in its directory {@code spool}
 * @param spoolBytes their maximum size in bytes
 */
public record DataSettings(Path directory, int spoolFiles, long spoolBytes) {
  /** The name of the directory for answers that rules spool. */
  public static final String SPOOL = "spool";

  private static final int DEFAULT_FILES = 10_000;
  private static final int MAX_FILES = 1_000_000;
  private static final long DEFAULT_BYTES = 256L << 20;
  private static final long MAX_BYTES = 1L << 40;

  /**
   * Reads {@code data-dir} and {@code spool}; errors are recorded in the reader.
   *
   * @param home the directory at which relative paths start
   */
  static DataSettings read(SettingsReader anteroom, Path home) {
    SettingsReader spool = anteroom.block(SPOOL);
    return new DataSettings(
        anteroom.parsed("data-dir", defaultDirectory(), text -> AdminSettings.path(home, text)),
        spool.integer("max-files", DEFAULT_FILES, 1, MAX_FILES),
        spool.size("max-bytes", DEFAULT_BYTES, 1 << 16, MAX_BYTES));
  }

  private static Path defaultDirectory() {
    return AdminSettings.defaultTokenFile().resolveSibling("data");
  }
}
