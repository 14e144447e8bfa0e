// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import io.anteroom.node.resolver.Reply;
import io.anteroom.node.upstream.AnswerSource;
import io.netty.util.NetUtil;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SPFRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/** Formats answers like dig(1), line by line. */
final class DigText {
  private static final DateTimeFormatter WHEN =
      DateTimeFormatter.ofPattern("EEE MMM dd HH:mm:ss zzz yyyy", Locale.ROOT);
  private static final int TTL_COLUMN = 24;
  private static final int CLASS_COLUMN = 32;
  private static final int TYPE_COLUMN = 40;
  private static final int DATA_COLUMN = 48;
  private static final int TAB = 8;

  /** A part of the output that can be switched on or off. */
  enum Part {
    CMD,
    COMMENTS,
    QUESTION,
    ANSWER,
    AUTHORITY,
    ADDITIONAL,
    STATS;

    /** The part of a flag; null if there is none. */
    static @Nullable Part named(String word) {
      for (Part part : values()) {
        if (part.name().toLowerCase(Locale.ROOT).equals(word)) {
          return part;
        }
      }
      return null;
    }
  }

  private final Set<Part> parts;
  private final List<String> lines = new ArrayList<>();

  private DigText(Set<Part> parts) {
    this.parts = parts;
  }

  /** Only the data of the answer section. */
  static List<String> shortly(Message answer) {
    return answer.getSection(Section.ANSWER).stream().map(DigText::data).toList();
  }

  /** The whole answer. */
  static List<String> of(Reply reply, Set<Part> parts, ZonedDateTime now) {
    DigText text = new DigText(parts);
    text.message(reply.message());
    if (parts.contains(Part.STATS)) {
      text.stats(reply, now);
    }
    return text.lines;
  }

  private void message(Message answer) {
    if (parts.contains(Part.COMMENTS)) {
      lines.add(";; Got answer:");
      header(answer);
      edns(answer.getOPT());
    }
    section(answer, Part.QUESTION, Section.QUESTION);
    section(answer, Part.ANSWER, Section.ANSWER);
    section(answer, Part.AUTHORITY, Section.AUTHORITY);
    section(answer, Part.ADDITIONAL, Section.ADDITIONAL);
  }

  private void header(Message answer) {
    lines.add(
        ";; ->>HEADER<<- opcode: %s, status: %s, id: %d"
            .formatted(
                Opcode.string(answer.getHeader().getOpcode()),
                Rcode.string(answer.getRcode()),
                answer.getHeader().getID()));
    lines.add(
        ";; flags: %s; QUERY: %d, ANSWER: %d, AUTHORITY: %d, ADDITIONAL: %d"
            .formatted(
                answer.getHeader().printFlags().strip(),
                answer.getHeader().getCount(Section.QUESTION),
                answer.getHeader().getCount(Section.ANSWER),
                answer.getHeader().getCount(Section.AUTHORITY),
                answer.getHeader().getCount(Section.ADDITIONAL)));
    boolean asked = answer.getHeader().getFlag(Flags.RD);
    if (asked && !answer.getHeader().getFlag(Flags.RA)) {
      lines.add(";; WARNING: recursion requested but not available");
    }
    lines.add("");
  }

  private void edns(@Nullable OPTRecord opt) {
    if (opt == null) {
      return;
    }
    lines.add(";; OPT PSEUDOSECTION:");
    lines.add(
        "; EDNS: version: %d, flags:%s; udp: %d"
            .formatted(
                opt.getVersion(),
                (opt.getFlags() & ExtendedFlags.DO) == 0 ? "" : " do",
                opt.getPayloadSize()));
    opt.getOptions().forEach(option -> lines.add("; " + option(option)));
  }

  private static String option(EDNSOption option) {
    if (option instanceof ExtendedErrorCodeOption error) {
      String why = error.getText();
      return "EDE: %d (%s)%s"
          .formatted(
              error.getErrorCode(),
              words(ExtendedErrorCodeOption.text(error.getErrorCode())),
              why == null || why.isEmpty() ? "" : ": (" + printable(why) + ")");
    }
    return "OPT=%d: %s"
        .formatted(option.getCode(), HexFormat.of().formatHex(data(option.toWire())));
  }

  /** A name in the notation of the IANA registry, such as "Stale Answer". */
  private static String words(String name) {
    return Arrays.stream(name.split("_"))
        .map(word -> word.charAt(0) + word.substring(1).toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(" "));
  }

  /** The data of an option, without code and length. */
  private static byte[] data(byte[] option) {
    return Arrays.copyOfRange(option, Math.min(4, option.length), option.length);
  }

  /** Escapes control characters, because a server must not control the terminal. */
  private static String printable(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }

  private void section(Message answer, Part part, int section) {
    List<Record> records =
        answer.getSection(section).stream().filter(r -> r.getType() != Type.OPT).toList();
    if (records.isEmpty() || !parts.contains(part)) {
      return;
    }
    if (parts.contains(Part.COMMENTS)) {
      lines.add(";; " + part + " SECTION:");
    }
    for (Record record : records) {
      lines.add(part == Part.QUESTION ? question(record) : record(record));
    }
    if (parts.contains(Part.COMMENTS)) {
      lines.add("");
    }
  }

  /** The data as text, with IPv6 addresses as in RFC 5952 and all strings in quotes. */
  private static String data(Record record) {
    if (record instanceof AAAARecord ipv6) {
      return NetUtil.toAddressString(ipv6.getAddress());
    }
    if (record instanceof TXTRecord txt) {
      return quoted(txt.getStringsAsByteArrays());
    }
    return record instanceof SPFRecord spf
        ? quoted(spf.getStringsAsByteArrays())
        : record.rdataToString();
  }

  /** Quotes all strings; dnsjava quotes only some. */
  private static String quoted(List<byte[]> strings) {
    StringBuilder text = new StringBuilder();
    for (byte[] string : strings) {
      text.append(text.isEmpty() ? "\"" : " \"");
      for (byte b : string) {
        text.append(escaped(b & 0xff));
      }
      text.append('"');
    }
    return text.toString();
  }

  /** Escapes a character as in zone files (RFC 1035 section 5.1). */
  private static String escaped(int letter) {
    if (letter < ' ' || letter > '~') {
      return "\\%03d".formatted(letter);
    }
    return (letter == '"' || letter == '\\' ? "\\" : "") + (char) letter;
  }

  private static String question(Record record) {
    StringBuilder line = new StringBuilder(record.getName().toString());
    to(line, CLASS_COLUMN).append(DClass.string(record.getDClass()));
    // As in dig, the semicolon does not count for the columns.
    return ";" + to(line, TYPE_COLUMN).append(Type.string(record.getType()));
  }

  private static String record(Record record) {
    StringBuilder line = new StringBuilder(record.getName().toString());
    to(line, TTL_COLUMN).append(record.getTTL());
    to(line, CLASS_COLUMN).append(DClass.string(record.getDClass()));
    to(line, TYPE_COLUMN).append(Type.string(record.getType()));
    return to(line, DATA_COLUMN).append(data(record)).toString();
  }

  /** Advances to a column with tabs, or appends a blank if the line is already longer. */
  private static StringBuilder to(StringBuilder line, int column) {
    int width = 0;
    for (int i = 0; i < line.length(); i++) {
      width = line.charAt(i) == '\t' ? (width / TAB + 1) * TAB : width + 1;
    }
    if (width >= column) {
      return line.append(' ');
    }
    for (; width < column; width = (width / TAB + 1) * TAB) {
      line.append('\t');
    }
    return line;
  }

  private void stats(Reply reply, ZonedDateTime now) {
    lines.add(";; Query time: " + reply.took().toMillis() + " msec");
    AnswerSource source = reply.source();
    if (source != null) {
      String host = source.server().getAddress().getHostAddress();
      lines.add(
          ";; SERVER: %s#%d(%s) (%s)"
              .formatted(host, source.server().getPort(), host, source.transport()));
    }
    lines.add(";; WHEN: " + WHEN.format(now));
    lines.add(";; MSG SIZE  rcvd: " + reply.size());
    lines.add("");
  }
}
