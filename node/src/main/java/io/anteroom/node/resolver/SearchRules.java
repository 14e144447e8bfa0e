// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Which names are asked for, one after the other, when a user gives one: c-ares' rules, which are
 * those of resolv.conf(5).
 *
 * @param ndots dots from which on a name is first tried as it is
 * @param domains to be appended, in their order
 * @param enabled false if every name is to be taken as it is
 * @param bareNames false if a name without dots is never to be tried as it is
 */
record SearchRules(int ndots, List<String> domains, boolean enabled, boolean bareNames) {
  SearchRules {
    domains = List.copyOf(domains);
  }

  /** The names to ask for, at least one; a dot at its end makes a name absolute. */
  List<String> candidates(String name) {
    if (!enabled || name.endsWith(".")) {
      return List.of(name);
    }
    long dots = name.chars().filter(c -> c == '.').count();
    List<String> all = new ArrayList<>();
    boolean asIs = bareNames || dots > 0 || domains.isEmpty();
    if (asIs && dots >= ndots) {
      all.add(name);
    }
    for (String domain : domains) {
      all.add(domain.equals(".") ? name + "." : name + "." + domain);
    }
    if (asIs && dots < ndots) {
      all.add(name);
    }
    return all.stream().distinct().toList();
  }

  /** Names of hidden services never go into the DNS (RFC 7686 section 2). */
  static boolean isOnion(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    String relative = lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    return relative.equals("onion") || relative.endsWith(".onion");
  }

  /** This machine, by its name (RFC 6761 section 6.3). */
  static boolean isLocalhost(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    String relative = lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    return relative.equals("localhost") || relative.endsWith(".localhost");
  }
}
