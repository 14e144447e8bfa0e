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
 * Reads a list file. One invalid line among 150,000 must not keep an operator from using today's
 * list, so invalid lines are skipped and reported. A file with more invalid lines than its settings
 * allow is probably not a list, or incomplete, and is refused.
 *
 * <p>For one file; not thread-safe. {@link LineFormat} and {@link RpzReader} parse the lines.
 */
final class ListReader {
  static final int MAX_NAMES = 16 << 20;

  /** The maximum number of messages for invalid lines. */
  private static final int MAX_TOLD = 5;

  /** A record, which identifies a zone file that starts without a directive. */
  private static final Pattern RECORD =
      Pattern.compile("\\s(SOA|NS|CNAME)\\s", Pattern.CASE_INSENSITIVE);

  private final ListSettings settings;
  private final Consumer<Path> included;
  private final NameList.Builder names = new NameList.Builder();
  private final BadLines bad = new BadLines(MAX_TOLD);
  private final List<String> remarks = new ArrayList<>();

  /**
   * The content of a file.
   *
   * @param format the format of the file
   * @param remarks messages for the operator
   */
  record Content(NameList names, Format format, int wrongLines, List<String> remarks) {
    static final Content EMPTY = new Content(NameList.EMPTY, Format.AUTO, 0, List.of());

    Content {
      remarks = List.copyOf(remarks);
    }
  }

  /** Creates a reader; {@code included} receives the files that the file includes. */
  ListReader(ListSettings settings, Consumer<Path> included) {
    this.settings = settings;
    this.included = included;
  }

  /**
   * Reads the file.
   *
   * @throws IOException if the file is refused, with file and line
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

  /** Guesses the format from the first line with content. */
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
