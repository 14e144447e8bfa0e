// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.zone.TextLines;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a list file, whole or not at all. For one file and one thread.
 *
 * <ul>
 *   <li><i>domains</i>: a name on each line; {@code *.name} and {@code ||name^} mean all names
 *       below it as well. A comment starts with # or !.
 *   <li><i>hosts</i>: an address and names on each line, as in /etc/hosts; the address does not
 *       matter. A comment starts with #.
 *   <li><i>rpz</i>: see {@link RpzReader}.
 * </ul>
 */
final class ListReader {
  static final int MAX_NAMES = 16 << 20;

  /** What hosts files say about the machine itself. */
  private static final Set<String> LOCAL =
      Set.of(
          "localhost",
          "localhost.localdomain",
          "local",
          "broadcasthost",
          "ip6-localhost",
          "ip6-loopback",
          "ip6-localnet",
          "ip6-mcastprefix",
          "ip6-allnodes",
          "ip6-allrouters",
          "ip6-allhosts");

  private final Path path;
  private final ListFile.Format format;
  private final boolean below;
  private final NameList.Builder names = new NameList.Builder();
  private @Nullable String remark;

  /** Takes a file; {@code below} says whether names below each are in the list as well. */
  ListReader(Path path, ListFile.Format format, boolean below) {
    this.path = path;
    this.format = format;
    this.below = below;
  }

  /**
   * Reads it.
   *
   * @throws IOException with file and line
   */
  NameList read() throws IOException {
    switch (format == ListFile.Format.AUTO ? guess() : format) {
      case RPZ -> {
        RpzReader rpz = new RpzReader(path, names);
        rpz.read();
        remark = rpz.remark();
      }
      case HOSTS -> readLines(this::hosts);
      default -> readLines(this::domain);
    }
    return names.build();
  }

  /** What the operator should know; null for nothing. */
  @Nullable String remark() {
    return remark;
  }

  /** What a line says. */
  @FunctionalInterface
  private interface Line {
    void take(String text);
  }

  private void readLines(Line taker) throws IOException {
    TextLines.read(
        path,
        (number, text) -> {
          String said = said(text);
          if (!said.isEmpty()) {
            try {
              taker.take(said);
            } catch (IllegalArgumentException e) {
              String what = TextLines.shown(String.valueOf(e.getMessage()));
              throw new IOException(path + ":" + number + ": " + what, e);
            }
            if (names.size() > MAX_NAMES) {
              throw new IOException(path + ": has more than " + MAX_NAMES + " names");
            }
          }
        });
  }

  /** The line without what is around it, and without its comment. */
  private static String said(String text) {
    int hash = text.indexOf('#');
    String said = (hash < 0 ? text : text.substring(0, hash)).strip();
    return said.startsWith("!") ? "" : said;
  }

  private void domain(String text) {
    if (text.startsWith("||") && text.endsWith("^")) {
      add(text.substring(2, text.length() - 1), true);
    } else if (text.startsWith("*.") && text.length() > 2) {
      add(text.substring(2), true);
    } else {
      add(text, below);
    }
  }

  private void hosts(String text) {
    String[] words = text.split("\\s+", -1);
    if (!isAddress(words[0])) {
      throw new IllegalArgumentException("must start with an address, not \"" + words[0] + "\"");
    }
    for (int i = 1; i < words.length; i++) {
      if (!LOCAL.contains(words[i]) && !isAddress(words[i])) {
        add(words[i], below);
      }
    }
  }

  private void add(String text, boolean all) {
    WireName name = WireName.parse(text);
    names.add(name, false, NameList.Word.LISTED);
    if (all) {
      names.add(name, true, NameList.Word.LISTED);
    }
  }

  private static boolean isAddress(String text) {
    char first = text.charAt(0);
    if (!Character.isDigit(first) && text.indexOf(':') < 0) {
      return false;
    }
    try {
      Addresses.literal(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** By the first line that says something. */
  private ListFile.Format guess() throws IOException {
    ListFile.Format[] guessed = {null};
    try {
      TextLines.read(
          path,
          (number, text) -> {
            guessed[0] = guess(said(text));
            if (guessed[0] != null) {
              throw new Enough();
            }
          });
    } catch (Enough e) {
      // The rest of the file does not matter.
    }
    return guessed[0] == null ? ListFile.Format.DOMAINS : guessed[0];
  }

  private static ListFile.@Nullable Format guess(String said) {
    if (said.startsWith("$") || said.startsWith(";") || said.matches(".*\\sSOA\\s.*")) {
      return ListFile.Format.RPZ;
    } else if (said.isEmpty()) {
      return null;
    }
    String[] words = said.split("\\s+", -1);
    boolean hosts = words.length > 1 && isAddress(words[0]);
    return hosts ? ListFile.Format.HOSTS : ListFile.Format.DOMAINS;
  }

  /** Ends the reading of a file early. */
  private static final class Enough extends IOException {
    private static final long serialVersionUID = 1;
  }
}
