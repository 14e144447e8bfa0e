// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Generator;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.TTL;
import org.xbill.DNS.Tokenizer;
import org.xbill.DNS.Type;

/**
 * Parses the entries of one zone file (master file) one by one: records and directives. It keeps
 * the state that an entry sets for later ones: origin, owner and TTL. dnsjava's {@code Master}
 * stops at the first error, and has no limits.
 */
final class ZoneEntries {
  private static final long MAX_TTL = 0x7fff_ffffL;

  private Name origin;
  private @Nullable Name owner;

  /** The TTL of {@code $TTL}, or otherwise of the SOA record; negative if there is neither. */
  private long ttl;

  private long lastTtl = -1;

  /** An entry of the file. */
  sealed interface Entry {}

  /** An empty line, or a directive that only affects later entries. */
  record Nothing() implements Entry {}

  record One(Record record) implements Entry {}

  /** {@code $INCLUDE}; without an origin, that of the including file. */
  record Include(String file, @Nullable Name origin) implements Entry {}

  /** {@code $GENERATE}, which creates this many records. */
  record Generate(long count, Generator generator) implements Entry {
    /**
     * The next record; null if there are no more.
     *
     * @throws IllegalArgumentException if it is invalid
     */
    @Nullable Record next() {
      try {
        return generator.nextRecord();
      } catch (IOException | RuntimeException e) {
        throw wrong(e);
      }
    }
  }

  ZoneEntries(Name origin, long ttl) {
    this.origin = origin;
    this.ttl = ttl;
  }

  Name origin() {
    return origin;
  }

  /** The TTL in seconds of records that have none of their own; negative if there is none. */
  long ttl() {
    return ttl < 0 ? lastTtl : ttl;
  }

  /** The number of open parentheses after a line, from that before it. */
  static int depthBehind(String line, int before) {
    int depth = before;
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (!quoted && c == ';') {
        break;
      } else if (!quoted) {
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      }
    }
    return depth;
  }

  /**
   * Reads an entry, which may have several lines.
   *
   * @throws IllegalArgumentException if it is invalid; the message says why
   */
  Entry parse(String text) {
    byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
    try (Tokenizer words =
        new Tokenizer(new BufferedInputStream(new ByteArrayInputStream(bytes), bytes.length))) {
      return parse(words);
    } catch (IOException | RuntimeException e) {
      throw wrong(e);
    }
  }

  private Entry parse(Tokenizer words) throws IOException {
    Tokenizer.Token first = words.get(true, false);
    boolean sameOwner = first.type() == Tokenizer.WHITESPACE;
    if (sameOwner) {
      first = words.get();
    }
    if (first.isEOL()) {
      return new Nothing();
    }
    String word = String.valueOf(first.value());
    if (!sameOwner && word.startsWith("$")) {
      return directive(word, words);
    }
    if (sameOwner) {
      words.unget();
    } else {
      owner = Name.fromString(inAscii(word), origin);
    }
    return record(words);
  }

  /** A word in the form for names; dnsjava makes a character of each byte. */
  private static String inAscii(String word) {
    byte[] utf8 = word.getBytes(StandardCharsets.ISO_8859_1);
    return utf8.length < 1_000 ? HostName.toAscii(new String(utf8, StandardCharsets.UTF_8)) : word;
  }

  private Entry record(Tokenizer words) throws IOException {
    Name name = owner;
    if (name == null) {
      throw new IllegalArgumentException("has no owner name, and there is none before it");
    }
    Kind kind = kind(words);
    boolean soaWithoutTtl = kind.ttl() < 0 && kind.type() == Type.SOA;
    if (kind.ttl() < 0 && !soaWithoutTtl) {
      throw new IllegalArgumentException("has no TTL, and there is none before it");
    }
    long seconds = Math.max(0, kind.ttl());
    Record record = Record.fromString(name, kind.type(), kind.dclass(), seconds, words, origin);
    if (soaWithoutTtl && record instanceof SOARecord soa) {
      ttl = soa.getMinimum();
      return new One(withTtl(soa));
    }
    lastTtl = seconds;
    return new One(record);
  }

  private static SOARecord withTtl(SOARecord soa) {
    return new SOARecord(
        soa.getName(),
        soa.getDClass(),
        soa.getMinimum(),
        soa.getHost(),
        soa.getAdmin(),
        soa.getSerial(),
        soa.getRefresh(),
        soa.getRetry(),
        soa.getExpire(),
        soa.getMinimum());
  }

  private record Kind(int type, int dclass, long ttl) {}

  /** Reads TTL, class and type; TTL and class are optional and may be in either order. */
  private Kind kind(Tokenizer words) throws IOException {
    String word = words.getString();
    long seconds = ttl();
    int dclass = -1;
    for (int i = 0; i < 2; i++) {
      int maybe = dclass < 0 ? DClass.value(word) : -1;
      if (maybe >= 0) {
        dclass = maybe;
        word = words.getString();
      } else if (!word.isEmpty() && Character.isDigit(word.charAt(0))) {
        seconds = seconds(word);
        word = words.getString();
      }
    }
    int type = Type.value(word);
    if (type < 0) {
      throw new IllegalArgumentException("Invalid type '" + word + "'");
    }
    return new Kind(type, dclass < 0 ? DClass.IN : dclass, seconds);
  }

  private static long seconds(String text) {
    try {
      return Math.min(TTL.parseTTL(text), MAX_TTL);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + text + "' is no TTL", e);
    }
  }

  private Entry directive(String word, Tokenizer words) throws IOException {
    switch (word.toUpperCase(Locale.ROOT)) {
      case "$ORIGIN" -> {
        origin = words.getName(origin.labels() == 0 ? Name.root : origin);
        words.getEOL();
        return new Nothing();
      }
      case "$TTL" -> {
        ttl = seconds(words.getString());
        words.getEOL();
        return new Nothing();
      }
      case "$INCLUDE" -> {
        return include(words);
      }
      case "$GENERATE" -> {
        return generate(words);
      }
      default -> throw new IllegalArgumentException("unknown directive " + word);
    }
  }

  private Entry include(Tokenizer words) throws IOException {
    String file = words.getString();
    try {
      Path unused = Path.of(file);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("$INCLUDE of what is no name of a file", e);
    }
    Tokenizer.Token next = words.get();
    return new Include(
        file, next.isString() ? Name.fromString(String.valueOf(next.value()), origin) : null);
  }

  /** {@code $GENERATE START-END[/STEP] OWNER [TTL] [CLASS] TYPE DATA}, as BIND has it. */
  private Entry generate(Tokenizer words) throws IOException {
    String range = words.getIdentifier();
    if (!range.matches("[0-9]{1,10}-[0-9]{1,10}(/[0-9]{1,10})?")) {
      throw new IllegalArgumentException("$GENERATE: no range: " + range);
    }
    String[] numbers = range.split("[-/]", -1);
    long start = Long.parseLong(numbers[0]);
    long end = Long.parseLong(numbers[1]);
    long step = numbers.length < 3 ? 1 : Long.parseLong(numbers[2]);
    if (start > end || step == 0) {
      throw new IllegalArgumentException("$GENERATE: no range: " + range);
    }
    String names = words.getIdentifier();
    Kind kind = kind(words);
    if (!Generator.supportedType(kind.type())) {
      throw new IllegalArgumentException(
          "$GENERATE does not support " + Type.string(kind.type()) + " records");
    }
    if (kind.ttl() < 0) {
      throw new IllegalArgumentException("has no TTL, and there is none before it");
    }
    String data = words.getIdentifier();
    words.getEOL();
    return new Generate(
        (end - start) / step + 1,
        new Generator(
            start, end, step, names, kind.type(), kind.dclass(), kind.ttl(), data, origin));
  }

  /** The error message of dnsjava without its position, which is not that in the file. */
  private static IllegalArgumentException wrong(Exception e) {
    String message = String.valueOf(e.getMessage());
    return new IllegalArgumentException(message.replaceFirst("^<none>:[0-9]+: ", ""), e);
  }
}
