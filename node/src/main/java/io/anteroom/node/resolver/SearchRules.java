// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The names to query for a user's name, one after the other, by the rules of c-ares and
 * resolv.conf(5).
 *
 * @param ndots a name with at least this many dots is first tried unchanged
 * @param domains the domains to append, in order
 * @param enabled false if names are always used unchanged
 * @param bareNames false if a name without dots is never tried unchanged
 */
record SearchRules(int ndots, List<String> domains, boolean enabled, boolean bareNames) {
  SearchRules {
    domains = List.copyOf(domains);
  }

  /** The names to query, at least one; a final dot makes a name absolute. */
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

  /** Whether it is an onion name, which must not be queried in the DNS (RFC 7686 section 2). */
  static boolean isOnion(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    String relative = lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    return relative.equals("onion") || relative.endsWith(".onion");
  }

  /** Whether the name is localhost or below it (RFC 6761 section 6.3). */
  static boolean isLocalhost(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    String relative = lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    return relative.equals("localhost") || relative.endsWith(".localhost");
  }
}
