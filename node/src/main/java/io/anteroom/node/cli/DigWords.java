// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import io.anteroom.node.zone.HostName;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.ReverseMap;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * Parses the arguments of a command line like dig(1): {@code @server}, {@code +flag}, names, types
 * and classes. A type or class belongs to the name before it, or otherwise to the first name.
 */
final class DigWords {
  private static final int MAX_SECONDS = 300;
  private static final int MAX_TRIES = 10;
  private static final int MAX_NDOTS = 15;

  private final List<Asked> names = new ArrayList<>();
  private final Set<DigText.Part> parts = EnumSet.allOf(DigText.Part.class);
  private final DigTls tls = new DigTls();
  private @Nullable String server;
  private @Nullable String domain;
  private int type = Type.A;
  private int dnsClass = DClass.IN;
  private boolean shortly;
  private boolean tcp;
  private boolean recurse = true;
  private boolean dnssec;
  private boolean checkingDisabled;
  private boolean authenticData = true;
  private boolean edns = true;
  private boolean ignoreTruncation;
  private boolean search;
  private OptionalInt seconds = OptionalInt.empty();
  private OptionalInt tries = OptionalInt.empty();
  private OptionalInt ndots = OptionalInt.empty();

  /** A name to query, with type and class. */
  static final class Asked {
    private final String name;
    private final boolean reverse;
    private int type;
    private int dnsClass;

    private Asked(String name, int type, int dnsClass, boolean reverse) {
      this.name = name;
      this.type = type;
      this.dnsClass = dnsClass;
      this.reverse = reverse;
    }

    String name() {
      return name;
    }

    int type() {
      return type;
    }

    int dnsClass() {
      return dnsClass;
    }

    /** Whether it is a reverse name, for which search domains are not used. */
    boolean isReverse() {
      return reverse;
    }

    @Override
    public String toString() {
      return name + " " + Type.string(type);
    }
  }

  /**
   * Parses an argument.
   *
   * @throws IllegalArgumentException if it is invalid; the message says why
   */
  void take(String word) {
    if (word.startsWith("@")) {
      server = word.substring(1);
    } else if (word.startsWith("+")) {
      flag(word.substring(1));
    } else if (!takeType(word) && !takeClass(word)) {
      name(word);
    }
  }

  private boolean takeType(String word) {
    int value = Type.value(word);
    if (value < 0) {
      return false;
    }
    type(word);
    return true;
  }

  /** Sets the type, as with option -t. */
  void type(String word) {
    int value = Type.value(word);
    if (value < 0) {
      throw new IllegalArgumentException("no type of record: \"" + word + "\"");
    }
    if (value == Type.AXFR || value == Type.IXFR) {
      throw new IllegalArgumentException("zone transfers are not done here");
    }
    if (value == 0 || value == Type.OPT || value == Type.TSIG || value == Type.TKEY) {
      throw new IllegalArgumentException("nobody can be asked for type " + word);
    }
    if (names.isEmpty()) {
      type = value;
    } else {
      last().type = value;
    }
  }

  private boolean takeClass(String word) {
    int value = DClass.value(word);
    if (value < 0) {
      return false;
    }
    dnsClass(word);
    return true;
  }

  /** Sets the class, as with option -c. */
  void dnsClass(String word) {
    int value = DClass.value(word);
    if (value <= 0 || value == DClass.NONE) {
      throw new IllegalArgumentException("no class that can be asked for: \"" + word + "\"");
    }
    if (names.isEmpty()) {
      dnsClass = value;
    } else {
      last().dnsClass = value;
    }
  }

  /** Adds a name; a Unicode name is converted to its {@code xn--} form. */
  void name(String word) {
    String ascii = HostName.toAscii(word);
    try {
      Name.fromString(ascii, Name.root);
    } catch (TextParseException e) {
      throw new IllegalArgumentException("no domain name: \"" + word + "\"", e);
    }
    names.add(new Asked(ascii, type, dnsClass, false));
  }

  void address(InetAddress address) {
    names.add(new Asked(ReverseMap.fromAddress(address).toString(), Type.PTR, dnsClass, true));
  }

  private Asked last() {
    return names.get(names.size() - 1);
  }

  private void flag(String text) {
    int equals = text.indexOf('=');
    String word = (equals < 0 ? text : text.substring(0, equals)).toLowerCase(Locale.ROOT);
    String value = equals < 0 ? null : text.substring(equals + 1);
    if (tls.take(word, value)) {
      return;
    }
    switch (word) {
      case "time", "timeout" -> seconds = OptionalInt.of(number(word, value, 1, MAX_SECONDS));
      case "tries" -> tries = OptionalInt.of(number(word, value, 1, MAX_TRIES));
      case "retry" -> tries = OptionalInt.of(1 + number(word, value, 0, MAX_TRIES - 1));
      case "ndots" -> {
        ndots = OptionalInt.of(number(word, value, 0, MAX_NDOTS));
        search = true;
      }
      case "domain" -> {
        domain = value;
        search = true;
      }
      default -> {
        if (value != null) {
          throw new IllegalArgumentException("+" + word + " takes no value");
        }
        boolean off = word.startsWith("no");
        toggle(off ? word.substring(2) : word, !off);
      }
    }
  }

  private static int number(String word, @Nullable String text, int least, int most) {
    if (text != null && text.matches("[0-9]{1,5}")) {
      int number = Integer.parseInt(text);
      if (number >= least && number <= most) {
        return number;
      }
    }
    throw new IllegalArgumentException("+%s= must be %d to %d".formatted(word, least, most));
  }

  private void toggle(String word, boolean on) {
    switch (word) {
      case "short" -> shortly = on;
      case "tcp", "vc" -> tcp = on;
      case "recurse", "rec", "rdflag" -> recurse = on;
      case "dnssec", "do" -> dnssec = on;
      case "cdflag", "cd" -> checkingDisabled = on;
      case "adflag", "ad" -> authenticData = on;
      case "edns" -> edns = on;
      case "ignore" -> ignoreTruncation = on;
      case "search", "defname" -> search = on;
      case "all" -> show(EnumSet.allOf(DigText.Part.class), on);
      default -> {
        DigText.Part part = DigText.Part.named(word);
        if (part == null) {
          throw new IllegalArgumentException("unknown flag: \"+" + (on ? "" : "no") + word + "\"");
        }
        show(EnumSet.of(part), on);
      }
    }
  }

  private void show(Set<DigText.Part> some, boolean on) {
    if (on) {
      parts.addAll(some);
    } else {
      parts.removeAll(some);
    }
  }

  /** The names to query; the NS records of the root if none was given. */
  List<Asked> names() {
    return names.isEmpty()
        ? List.of(new Asked(".", type == Type.A ? Type.NS : type, dnsClass, true))
        : names;
  }

  Set<DigText.Part> parts() {
    return parts;
  }

  @Nullable String server() {
    return server;
  }

  @Nullable String domain() {
    return domain;
  }

  DigTls tls() {
    return tls;
  }

  boolean isShort() {
    return shortly;
  }

  boolean tcp() {
    return tcp;
  }

  boolean recurse() {
    return recurse;
  }

  boolean dnssec() {
    return dnssec;
  }

  boolean checkingDisabled() {
    return checkingDisabled;
  }

  boolean authenticData() {
    return authenticData;
  }

  boolean edns() {
    return edns;
  }

  boolean ignoreTruncation() {
    return ignoreTruncation;
  }

  boolean search() {
    return search;
  }

  OptionalInt seconds() {
    return seconds;
  }

  OptionalInt tries() {
    return tries;
  }

  OptionalInt ndots() {
    return ndots;
  }
}
