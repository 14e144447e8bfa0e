// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.rule.ListSettings.Format;
import io.anteroom.node.zone.BadLines;
import io.anteroom.node.zone.TextLines;
import io.anteroom.node.zone.WrongFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Reads a list file. Lists are written by many hands, and one odd line among 150,000 must not keep
 * an operator from having today's list; so a line that can't be read is left out, and told. A file
 * with more such lines than its settings allow is none of names, or half of one, and is refused.
 *
 * <p>For one file and one thread. {@link LineFormat} and {@link RpzReader} say what lines mean.
 */
final class ListReader {
  static final int MAX_NAMES = 16 << 20;

  /** So many wrong lines are told in words. */
  private static final int MAX_TOLD = 5;

  /** What a zone file is known by, beside how it begins. */
  private static final Pattern RECORD =
      Pattern.compile("\\s(SOA|NS|CNAME)\\s", Pattern.CASE_INSENSITIVE);

  private final ListSettings settings;
  private final Consumer<Path> included;
  private final NameList.Builder names = new NameList.Builder();
  private final BadLines bad = new BadLines(MAX_TOLD);
  private final List<String> remarks = new ArrayList<>();

  /**
   * What was read.
   *
   * @param format how the file holds its names
   * @param remarks what the operator should know
   */
  record Content(NameList names, Format format, int wrongLines, List<String> remarks) {
    static final Content EMPTY = new Content(NameList.EMPTY, Format.AUTO, 0, List.of());

    Content {
      remarks = List.copyOf(remarks);
    }
  }

  /** Takes a file, and who is told of those that it includes. */
  ListReader(ListSettings settings, Consumer<Path> included) {
    this.settings = settings;
    this.included = included;
  }

  /**
   * Reads it.
   *
   * @throws IOException with file and line
   */
  Content read() throws IOException {
    Format format = settings.format() == Format.AUTO ? guess() : settings.format();
    int good = format == Format.RPZ ? readZone() : readLines(format);
    refuseIfTooWrong(good);
    return new Content(names.build(), format, bad.count(), remarks);
  }

  private int readZone() throws IOException {
    RpzReader rpz = new RpzReader(settings, names);
    rpz.read(bad, included);
    if (rpz.otherTriggers() > 0) {
      remark("left out " + rpz.otherTriggers() + " records with triggers other than QNAME");
    }
    return rpz.records();
  }

  private int readLines(Format format) throws IOException {
    LineFormat lines = LineFormat.of(format, names, settings.below());
    int good = 0;
    try (TextLines in = open(bad)) {
      for (String line = in.next(); line != null; line = in.next()) {
        try {
          good += lines.take(line) ? 1 : 0;
        } catch (IllegalArgumentException e) {
          bad.add(settings.file(), in.number(), String.valueOf(e.getMessage()));
        }
        refuseIfTooMany(names, settings.file());
      }
    }
    if (lines.otherRules() > 0) {
      remark("left out " + lines.otherRules() + " rules for URLs or parts of pages");
    }
    return good;
  }

  static void refuseIfTooMany(NameList.Builder names, Path file) throws IOException {
    if (names.size() > MAX_NAMES) {
      throw new IOException(file + ": has more than " + MAX_NAMES + " names");
    }
  }

  private TextLines open(BadLines toldOf) throws IOException {
    return TextLines.open(settings.file(), settings.maxBytes(), toldOf);
  }

  private void refuseIfTooWrong(int good) throws WrongFiles {
    int wrong = bad.count();
    if (wrong == 0) {
      return;
    }
    int all = good + wrong;
    if (wrong > settings.wrongLines() * all) {
      List<String> lines = new ArrayList<>();
      lines.add(
          "%s: can't read %d of %d lines, more than wrong-lines = %s allows"
              .formatted(settings.file(), wrong, all, settings.wrongLines()));
      lines.addAll(bad.first());
      throw new WrongFiles(lines);
    }
    remark(
        "left out %d of %d lines that can't be read: %s"
            .formatted(wrong, all, String.join("; ", bad.first())));
  }

  private void remark(String what) {
    remarks.add(settings.file() + ": " + what);
  }

  /** By the first line that says something. */
  private Format guess() throws IOException {
    try (TextLines in = open(new BadLines(0))) {
      for (String line = in.next(); line != null; line = in.next()) {
        Format format = guess(line.strip());
        if (format != Format.AUTO) {
          return format;
        }
      }
    }
    return Format.DOMAINS;
  }

  private static Format guess(String line) {
    if (line.isEmpty() || line.startsWith("#") || line.startsWith("!")) {
      return Format.AUTO;
    }
    if (line.startsWith("[") || line.startsWith("||") || line.startsWith("@@")) {
      return Format.ADBLOCK;
    }
    if (line.startsWith("$") || line.startsWith(";") || RECORD.matcher(line).find()) {
      return Format.RPZ;
    }
    return LineFormat.isOfHosts(line) ? Format.HOSTS : Format.DOMAINS;
  }
}
