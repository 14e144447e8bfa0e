// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.config.SettingsReader;
import io.anteroom.protocol.Stage;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Type;

/** Parses words in rules that are neither a selector nor an action. */
final class RuleWords {
  private static final int MAX_RCODE = 0xfff;

  private static final Map<String, Integer> RCODES = rcodes();

  private RuleWords() {}

  private static Map<String, Integer> rcodes() {
    Map<String, Integer> words = new TreeMap<>();
    String[] inOrder = {
      "noerror",
      "formerr",
      "servfail",
      "nxdomain",
      "notimp",
      "refused",
      "yxdomain",
      "yxrrset",
      "nxrrset",
      "notauth",
      "notzone"
    };
    for (int i = 0; i < inOrder.length; i++) {
      words.put(inOrder[i], i);
    }
    return words;
  }

  /** Whether queries have an answer in this stage. */
  static boolean hasAnswer(Stage stage) {
    return stage != Stage.QUERY && stage != Stage.CACHE_MISS;
  }

  static int type(String name) {
    int type = Type.value(name.toUpperCase(Locale.ROOT), false);
    if (type < 0) {
      throw new IllegalArgumentException("unknown DNS type \"" + name + "\"");
    }
    return type;
  }

  static int dnsClass(String name) {
    int dnsClass = DClass.value(name.toUpperCase(Locale.ROOT));
    if (dnsClass < 0) {
      throw new IllegalArgumentException("unknown DNS class \"" + name + "\"");
    }
    return dnsClass;
  }

  /** Parses a response code: a word, or a number for codes without one. */
  static int rcode(String text) {
    Integer word = RCODES.get(text.toLowerCase(Locale.ROOT));
    if (word != null) {
      return word;
    }
    if (!text.matches("[0-9]{1,4}") || Integer.parseInt(text) > MAX_RCODE) {
      throw new IllegalArgumentException(SettingsReader.unknown(text, RCODES.keySet()));
    }
    return Integer.parseInt(text);
  }

  static int number16(String text) {
    if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) > 0xffff) {
      throw new IllegalArgumentException("must be 0 to 65535, not \"" + text + "\"");
    }
    return Integer.parseInt(text);
  }
}
