// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.live;

import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.SettingsReader;
import io.anteroom.node.config.SettingsSource;
import io.anteroom.node.rule.RuleEdit;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The file that stores operators' changes of the rules, so that they survive a restart of all
 * nodes.
 */
public final class RulesFile {
  private static final String HEAD =
      """
      # What operators changed about the rules, with `anteroom ctl rules`, in the order in which
      # they did. The node writes this file anew with every change, of whatever node. It is read
      # when the node starts, and counts then if no other node of the cluster has run on.
      # `anteroom ctl rules reset` empties it.
      """;

  private static final Set<OpenOption> FRESH =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);

  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private static final String ID = "[0-9]{10}-[0-9a-f]{1,16}";

  private RulesFile() {}

  /**
   * Reads a file; a missing file means no changes. Whether a change fits the rules of this node is
   * not checked: it may come from a node with other lists or filters, or from before the
   * configuration changed, and if the node refused to start, no operator could undo the change on
   * it. A misfit is skipped and reported, as after a reload.
   *
   * @return the changes by ID
   * @throws InvalidConfiguration with all errors
   */
  public static SortedMap<String, RuleEdit> read(Path file) throws InvalidConfiguration {
    SortedMap<String, RuleEdit> edits = new TreeMap<>();
    if (!Files.exists(file)) {
      return edits;
    }
    SettingsReader root = SettingsSource.plainFile(file);
    for (SettingsReader block : root.blocks("edits")) {
      block.require("id");
      String id = block.parsed("id", "", RulesFile::id);
      RuleEdit edit = RuleEdit.read(block);
      if (edits.put(id, edit) != null) {
        block.error("id", "is there already");
      }
    }
    root.finish();
    return edits;
  }

  private static String id(String text) {
    if (!text.matches(ID)) {
      throw new IllegalArgumentException("is no id of a change");
    }
    return text;
  }

  /** The text of the file for these changes. */
  static String text(SortedMap<String, RuleEdit> edits) {
    StringBuilder text = new StringBuilder(HEAD).append("edits = [\n");
    edits.forEach(
        (id, edit) ->
            text.append("  { id = \"")
                .append(id)
                .append("\", ")
                .append(edit.text())
                .append(" }\n"));
    return text.append("]\n").toString();
  }

  /**
   * Replaces the file atomically: a reader sees all of the old text or all of the new. Only its
   * owner can access the new file. An existing file under the temporary name, which may be a
   * symbolic link placed by another user, is removed and never followed.
   */
  static void write(Path file, String text) throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    try (FileChannel out = FileChannel.open(fresh, FRESH, OWNER_ONLY)) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    Path directory = file.toAbsolutePath().getParent();
    if (directory != null) {
      try (FileChannel entries = FileChannel.open(directory, StandardOpenOption.READ)) {
        entries.force(true);
      }
    }
  }
}
