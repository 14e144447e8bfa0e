// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.config.Addresses;
import io.anteroom.protocol.Verdict;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.xbill.DNS.Rcode;

/** Verdicts as an operator writes them, such as {@code rcode 3} or {@code addresses 192.0.2.1}. */
public final class VerdictWords {
  /** What can be written. */
  public static final String FORMS =
      "continue, refuse, nxdomain, rcode N, addresses A [A...], or drop";

  private static final int TTL_SECONDS = 60;
  private static final Pattern BETWEEN = Pattern.compile("[ ,]+");

  private VerdictWords() {}

  /**
   * Reads a verdict; nothing at all lets the query go on.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static Verdict parse(String text) {
    List<String> words = Arrays.asList(BETWEEN.split(text.strip()));
    List<String> rest = words.subList(1, words.size());
    String word = words.get(0).toLowerCase(Locale.ROOT);
    return switch (word) {
      case "", "continue" -> alone(Verdict.proceed(), rest);
      case "refuse" -> alone(Verdict.rcode(Rcode.REFUSED), rest);
      case "nxdomain" -> alone(Verdict.rcode(Rcode.NXDOMAIN), rest);
      case "drop" -> alone(Verdict.drop(), rest);
      case "rcode" -> Verdict.rcode(rcode(rest));
      case "addresses" -> addresses(rest);
      default -> throw new IllegalArgumentException("no verdict: \"" + text + "\"; write " + FORMS);
    };
  }

  private static Verdict alone(Verdict verdict, List<String> rest) {
    if (!rest.isEmpty()) {
      throw new IllegalArgumentException("nothing may follow the verdict, such as " + rest.get(0));
    }
    return verdict;
  }

  private static int rcode(List<String> rest) {
    int rcode = rest.size() == 1 ? Rcode.value(rest.get(0)) : -1;
    if (rcode < 0 && rest.size() == 1 && rest.get(0).matches("[0-9]{1,2}")) {
      rcode = Integer.parseInt(rest.get(0));
    }
    if (rcode < 0) {
      throw new IllegalArgumentException("rcode is followed by one number, 0 to 15, or its name");
    }
    return rcode;
  }

  private static Verdict addresses(List<String> rest) {
    List<InetAddress> addresses = rest.stream().map(Addresses::literal).toList();
    if (addresses.isEmpty()) {
      throw new IllegalArgumentException("addresses is followed by one address at least");
    }
    return new Verdict.Addresses(addresses, TTL_SECONDS, null, Map.of());
  }
}
