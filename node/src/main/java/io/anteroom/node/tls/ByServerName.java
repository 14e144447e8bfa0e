// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.tls;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds what a client gets by the name that it asks for (SNI). Immutable.
 *
 * @param <T> what there is one of for each certificate
 */
final class ByServerName<T> {
  private final Map<String, T> byName = new HashMap<>();
  private final T first;

  /**
   * For these certificates, of which there is at least one.
   *
   * @param all one for each certificate, in the same order; the first is for clients that ask for
   *     no name, or for a name that no certificate has
   */
  ByServerName(List<ServerCertificate> certificates, List<T> all) {
    this.first = all.get(0);
    for (int i = 0; i < all.size(); i++) {
      for (String name : certificates.get(i).names()) {
        byName.putIfAbsent(name, all.get(i));
      }
    }
  }

  /** For a client that asks for this name, in lower case; null for none. */
  T of(@Nullable String name) {
    if (name == null) {
      return first;
    }
    T exact = byName.get(name);
    if (exact != null) {
      return exact;
    }
    int dot = name.indexOf('.');
    T wildcard = dot < 0 ? null : byName.get("*" + name.substring(dot));
    return wildcard == null ? first : wildcard;
  }
}
