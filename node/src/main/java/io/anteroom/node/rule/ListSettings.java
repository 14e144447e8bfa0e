// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.config.SettingsReader;
import java.nio.file.Path;
import java.util.Map;

/**
 * The settings of a list of names.
 *
 * @param below whether names below those in the file are on the list too
 * @param maxBytes the maximum size of the file with its includes
 * @param wrongLines the share of lines, 0 to 1, that may be invalid; above it the file is refused
 * @param directory the directory of the configuration
 */
record ListSettings(
    Path file, Format format, boolean below, long maxBytes, double wrongLines, Path directory) {
  private static final long MAX_BYTES = 256L << 20;
  private static final double WRONG_LINES = 0.1;

  /** The format of a list file. */
  enum Format {
    /** Chosen by the first line with content. */
    AUTO,
    DOMAINS,
    HOSTS,
    ADBLOCK,
    RPZ
  }

  /** The default settings of a file. */
  static ListSettings of(Path file, Path directory) {
    return new ListSettings(file, Format.AUTO, false, MAX_BYTES, WRONG_LINES, directory);
  }

  /** Reads the block of a list. */
  static ListSettings read(SettingsReader block, Path directory) {
    return new ListSettings(
        directory.toAbsolutePath().resolve(block.text("file", "")).normalize(),
        block.word("format", Format.AUTO),
        block.word("match", false, Map.of("exact", false, "suffix", true)),
        block.size("max-bytes", MAX_BYTES, 0, Long.MAX_VALUE),
        block.text("wrong-lines", "").equals("strict")
            ? 0
            : block.number("wrong-lines", WRONG_LINES, 0, 1),
        directory);
  }
}
