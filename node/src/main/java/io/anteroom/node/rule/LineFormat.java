// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.rule.NameList.Word;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.zone.HostName;
import io.netty.util.NetUtil;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.StringTokenizer;

/** Parses the lines of a list format. For one file; not thread-safe. */
abstract class LineFormat {
  private static final String BLANK = " \t\f\r\u000b";

  private final NameList.Builder names;
  private final boolean below;

  /** Creates a format that adds names to this builder, optionally with all names below them. */
  private LineFormat(NameList.Builder names, boolean below) {
    this.names = names;
    this.below = below;
  }

  static LineFormat of(ListSettings.Format format, NameList.Builder names, boolean below) {
    return switch (format) {
      case HOSTS -> new Hosts(names, below);
      case ADBLOCK -> new Adblock(names, below);
      default -> new Domains(names, below);
    };
  }

  /**
   * Parses a line.
   *
   * @return whether the line has content
   * @throws IllegalArgumentException if the line is invalid; the message says why
   */
  abstract boolean take(String line);

  /** The number of valid lines that are not about names. */
  int otherRules() {
    return 0;
  }

  /** Adds a name, or with a leading asterisk the names below it. */
  final void add(String text, Word word) {
    boolean all = text.startsWith("*.");
    add(all ? text.substring(2) : text, all || below, word);
  }

  final void add(String text, boolean all, Word word) {
    if (isAddress(text)) {
      throw new IllegalArgumentException("\"" + text + "\" is an address, not a name");
    }
    WireName name = HostName.parse(text);
    names.list(name, false, word);
    if (all) {
      names.list(name, true, word);
    }
  }

  private static boolean isAddress(String text) {
    char last = text.isEmpty() ? 0 : text.charAt(text.length() - 1);
    boolean maybeIpv4 = last >= '0' && last <= '9';
    return (maybeIpv4 && NetUtil.isValidIpV4Address(text))
        || (text.indexOf(':') >= 0 && NetUtil.isValidIpV6Address(withoutZone(text)));
  }

  private static String withoutZone(String address) {
    int zone = address.indexOf('%');
    return zone < 0 ? address : address.substring(0, zone);
  }

  private static String withoutComment(String line) {
    int hash = line.indexOf('#');
    return (hash < 0 ? line : line.substring(0, hash)).strip();
  }

  /** Whether the line starts with an address. */
  static boolean isOfHosts(String line) {
    StringTokenizer words = new StringTokenizer(withoutComment(line), BLANK);
    return words.countTokens() > 1 && isAddress(words.nextToken());
  }

  /**
   * A name on each line; {@code *.name} and {@code ||name^} also mean all names below. A comment
   * starts with # or !.
   */
  private static final class Domains extends LineFormat {
    Domains(NameList.Builder names, boolean below) {
      super(names, below);
    }

    @Override
    boolean take(String line) {
      String text = withoutComment(line);
      if (text.isEmpty() || text.startsWith("!")) {
        return false;
      }
      if (text.startsWith("||") && text.endsWith("^")) {
        add(text.substring(2, text.length() - 1), true, Word.LISTED);
      } else {
        add(text, Word.LISTED);
      }
      return true;
    }
  }

  /**
   * An address and names on each line, as in /etc/hosts. The address is ignored, except that lines
   * with link-local and multicast addresses, which are about the machine itself, are skipped. A
   * comment starts with #.
   */
  private static final class Hosts extends LineFormat {
    /** Names for the machine itself in hosts files. */
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

    private String lastAddress = "";

    Hosts(NameList.Builder names, boolean below) {
      super(names, below);
    }

    @Override
    boolean take(String line) {
      StringTokenizer words = new StringTokenizer(withoutComment(line), BLANK);
      if (!words.hasMoreTokens()) {
        return false;
      }
      String address = words.nextToken();
      if (!address.equals(lastAddress)) {
        if (!isAddress(address)) {
          throw new IllegalArgumentException("must start with an address, not \"" + address + "\"");
        }
        lastAddress = address;
      }
      if (!isOfLink(address)) {
        while (words.hasMoreTokens()) {
          takeName(words.nextToken());
        }
      }
      return true;
    }

    private void takeName(String name) {
      if (!LOCAL.contains(name.toLowerCase(Locale.ROOT)) && !isAddress(name)) {
        add(name, Word.LISTED);
      }
    }

    /** Link-local (fe80::/10) and multicast (ff00::/8) addresses. */
    private static boolean isOfLink(String address) {
      String start = address.length() < 4 ? "" : address.substring(0, 4).toLowerCase(Locale.ROOT);
      return address.indexOf(':') >= 0 && start.matches("ff..|fe[89ab].");
    }
  }

  /**
   * Rules of ad blockers. Only rules about whole names are used: {@code ||name^} for a name and all
   * names below it, {@code ||*.name^} for the names below it, a plain name, and {@code @@} before
   * any of these for an exception. Rules for URLs and for parts of pages are counted and skipped,
   * and so are rules that an option limits to some requests, because a DNS query does not tell its
   * purpose. A comment starts with ! or #.
   */
  private static final class Adblock extends LineFormat {
    /** Options that don't change what a rule means for names. */
    private static final Set<String> KEPT = Set.of("important", "all", "document", "doc");

    /** Separators in rules for parts of pages. */
    private static final String[] PARTS = {"##", "#@", "#?", "#$", "#%", "$$", "$@$"};

    private final NameList.Builder names;
    private int others;

    Adblock(NameList.Builder names, boolean below) {
      super(names, below);
      this.names = names;
    }

    @Override
    int otherRules() {
      return others;
    }

    @Override
    boolean take(String line) {
      String text = line.strip();
      if (text.isEmpty() || text.startsWith("!") || text.startsWith("[")) {
        return false;
      }
      if (isForParts(text)) {
        others++;
        return true;
      }
      String rule = withoutComment(text);
      if (!rule.isEmpty()) {
        takeRule(rule);
      }
      return !rule.isEmpty();
    }

    private static boolean isForParts(String text) {
      for (String mark : PARTS) {
        if (text.contains(mark)) {
          return true;
        }
      }
      return false;
    }

    private void takeRule(String rule) {
      boolean exception = rule.startsWith("@@");
      String pattern = exception ? rule.substring(2) : rule;
      int dollar = pattern.indexOf('$');
      Set<String> options = Set.of();
      if (dollar >= 0) {
        options = Set.copyOf(Arrays.asList(pattern.substring(dollar + 1).split(",", -1)));
        pattern = pattern.substring(0, dollar);
      }
      if (!KEPT.containsAll(options) || !takePattern(pattern, word(exception, options))) {
        others++;
      }
    }

    private static Word word(boolean exception, Set<String> options) {
      if (options.contains("important")) {
        return exception ? Word.EXCEPTED_AT_LAST : Word.LISTED_ANYWAY;
      }
      return exception ? Word.EXCEPTED : Word.LISTED;
    }

    /** Adds a pattern; false if it is not about whole names. */
    private boolean takePattern(String pattern, Word word) {
      boolean domain = pattern.startsWith("||");
      int end = pattern.endsWith("^|") ? 2 : pattern.endsWith("^") ? 1 : 0;
      String name =
          pattern.substring(domain ? 2 : 0, Math.max(domain ? 2 : 0, pattern.length() - end));
      boolean wild = name.startsWith("*.");
      String plain = wild ? name.substring(2) : name;
      if (domain != (end > 0) || isOfUrl(plain) || (!domain && plain.indexOf('.') < 0)) {
        return false;
      }
      if (domain && wild) {
        names.list(HostName.parse(plain), true, word);
      } else if (domain) {
        add(plain, true, word);
      } else {
        add(name, word);
      }
      return true;
    }

    /** Whether the text has characters of a URL that names don't have, or is an address. */
    private static boolean isOfUrl(String text) {
      for (int i = 0; i < text.length(); i++) {
        if ("/:*?=&%^|~[]@,;+!".indexOf(text.charAt(i)) >= 0) {
          return true;
        }
      }
      return isAddress(text);
    }
  }
}
