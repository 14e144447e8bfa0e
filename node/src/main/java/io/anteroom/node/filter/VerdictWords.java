// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireName;
import io.anteroom.protocol.Decision;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Verdict;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Rcode;

/**
 * Parses verdicts that an operator or an HTTP filter writes as text, such as {@code rcode 3} or
 * {@code pool safe tag why=ticket}.
 *
 * <p>A verdict is a word with its arguments; then tags, each the word {@code tag} and a pair; then
 * an Extended DNS Error, whose text is the rest of the line, including blanks and commas.
 */
public final class VerdictWords {
  /** All forms in one line. */
  public static final String FORMS =
      "continue, refuse, nxdomain, rcode N, addresses A [A...], message hex|base64 DATA, truncate,"
          + " drop, name NAME, pool POOL or ask-again; each followed by tag NAME=VALUE, as often as"
          + " wanted, and extended-error CODE [TEXT]";

  /** All forms with their meanings, for help texts. */
  public static final String HELP =
      """

      Verdicts:
        continue                goes on at the next rule; what happens if there is no verdict
        refuse, nxdomain        answers with that, without records
        rcode N                 the same with this RCODE, 0 to 15 or its name
        addresses A [A...]      answers with those of the addresses that were asked for
        message hex DATA        answers with this DNS message, whose question must be the query's
        message base64 DATA     the same
        truncate                has a client that asked by UDP ask again by TCP
        drop                    does not answer
        name NAME               asks for this name instead
        pool POOL               goes on at the next rule, and to this upstream pool
        ask-again               starts at the first rule again
      Each may be followed by these:
        tag NAME=VALUE          later rules see it; as often as wanted
        extended-error CODE [TEXT]
                                tells the client why (RFC 8914); the text is all that follows
      """;

  private static final int TTL_SECONDS = 60;
  private static final Pattern BLANKS = Pattern.compile("\\s+");
  private static final Pattern BETWEEN_ADDRESSES = Pattern.compile("[\\s,]+");
  private static final Pattern ERROR =
      Pattern.compile("(?:^|\\s)extended-error(?=\\s|$)", Pattern.CASE_INSENSITIVE);

  private VerdictWords() {}

  /**
   * Parses a verdict; an empty text lets the query continue.
   *
   * @throws IllegalArgumentException if the text is no verdict; the message is for the operator
   */
  public static Verdict parse(String text) {
    Matcher error = ERROR.matcher(text);
    if (!error.find()) {
      return tagged(text.strip());
    }
    Verdict verdict = tagged(text.substring(0, error.start()).strip());
    return verdict.withError(extendedError(text.substring(error.end()).strip()));
  }

  private static Verdict tagged(String text) {
    List<String> words = Arrays.asList(BLANKS.split(text, -1));
    int end = 1;
    while (end < words.size() && !words.get(end).equalsIgnoreCase("tag")) {
      end++;
    }
    String word = words.get(0).toLowerCase(Locale.ROOT);
    Verdict verdict = verdict(word, words.subList(1, end));
    return end == words.size() ? verdict : verdict.withTags(tags(words.subList(end, words.size())));
  }

  private static Verdict verdict(String word, List<String> rest) {
    return switch (word) {
      case "", "continue" -> alone(word, Verdict.proceed(), rest);
      case "refuse" -> alone(word, Verdict.rcode(Rcode.REFUSED), rest);
      case "nxdomain" -> alone(word, Verdict.rcode(Rcode.NXDOMAIN), rest);
      case "truncate" -> alone(word, Verdict.truncate(), rest);
      case "drop" -> alone(word, Verdict.drop(), rest);
      case "ask-again" -> alone(word, Verdict.askAgain(), rest);
      case "rcode" -> Verdict.rcode(rcode(rest));
      case "addresses" -> addresses(rest);
      case "message" -> Verdict.answer(message(rest));
      case "name" -> Verdict.changeName(name(rest));
      case "pool" -> Verdict.toPool(one(rest, "pool is followed by the name of one upstream pool"));
      default -> throw new IllegalArgumentException("no verdict: \"" + word + "\"; write " + FORMS);
    };
  }

  private static Verdict alone(String word, Verdict verdict, List<String> rest) {
    if (!rest.isEmpty()) {
      throw new IllegalArgumentException(
          "only tag and extended-error may follow " + word + ", not \"" + rest.get(0) + "\"");
    }
    return verdict;
  }

  private static String one(List<String> rest, String wanted) {
    if (rest.size() != 1) {
      throw new IllegalArgumentException(wanted);
    }
    return rest.get(0);
  }

  private static int rcode(List<String> rest) {
    String wanted = "rcode is followed by one number, 0 to 15, or its name";
    String text = one(rest, wanted);
    int rcode = text.matches("[0-9]{1,2}") ? Integer.parseInt(text) : Rcode.value(text);
    if (rcode < 0 || rcode > 15) {
      throw new IllegalArgumentException(wanted + ", not \"" + text + "\"");
    }
    return rcode;
  }

  private static Verdict addresses(List<String> rest) {
    List<InetAddress> addresses = new ArrayList<>();
    for (String text : BETWEEN_ADDRESSES.split(String.join(" ", rest), -1)) {
      if (!text.isEmpty()) {
        addresses.add(Addresses.literal(text));
      }
    }
    if (addresses.isEmpty()) {
      throw new IllegalArgumentException("addresses is followed by one address at least");
    }
    return Verdict.of(new Decision.Addresses(addresses, TTL_SECONDS));
  }

  private static String name(List<String> rest) {
    String name = one(rest, "name is followed by one domain name");
    // Checked here because the node would reject it without giving the reason.
    var unused = WireName.parse(name);
    return name;
  }

  private static byte[] message(List<String> rest) {
    if (rest.size() == 2) {
      byte[] message = decoded(rest.get(0).toLowerCase(Locale.ROOT), rest.get(1));
      if (message != null) {
        return answer(message);
      }
    }
    throw new IllegalArgumentException(
        "message is followed by hex or base64, and by a DNS message in that form without blanks");
  }

  /** Decodes hex or base64 text; null if the word is no such form. */
  private static byte @Nullable [] decoded(String form, String text) {
    try {
      return switch (form) {
        case "hex" -> HexFormat.of().parseHex(text);
        case "base64" -> Base64.getDecoder().decode(text);
        default -> null;
      };
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("the message is no " + form, e);
    }
  }

  private static byte[] answer(byte[] message) {
    if (WireAnswer.parse(message) == null) {
      throw new IllegalArgumentException(
          "the message is no DNS answer with one question, or is broken");
    }
    return message;
  }

  private static Map<String, String> tags(List<String> words) {
    Map<String, String> tags = new HashMap<>();
    for (int i = 0; i < words.size(); i += 2) {
      String pair = i + 1 < words.size() ? words.get(i + 1) : "";
      int equals = pair.indexOf('=');
      if (!words.get(i).equalsIgnoreCase("tag") || equals < 1) {
        throw new IllegalArgumentException(
            "a tag is written tag NAME=VALUE, without blanks; not \""
                + String.join(" ", words.subList(i, Math.min(i + 2, words.size())))
                + "\"");
      }
      if (tags.put(pair.substring(0, equals), pair.substring(equals + 1)) != null) {
        throw new IllegalArgumentException(
            "the tag " + pair.substring(0, equals) + " is there twice");
      }
    }
    return tags;
  }

  private static ExtendedError extendedError(String text) {
    String[] parts = BLANKS.split(text, 2);
    if (!parts[0].matches("[0-9]{1,5}")) {
      throw new IllegalArgumentException(
          "extended-error is followed by a number, 0 to 65535, and perhaps a text");
    }
    return new ExtendedError(Integer.parseInt(parts[0]), parts.length == 1 ? "" : parts[1]);
  }
}
