// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import io.anteroom.node.zone.HostName;
import org.jspecify.annotations.Nullable;

/** Conversions of names from callers. */
final class Names {
  private Names() {}

  /**
   * The form of a name in queries: the {@code xn--} form (RFC 3490) of a Unicode name; an ASCII
   * name unchanged.
   *
   * @throws ResolverException {@link Status#EBADNAME} if the name is null or has no such form
   */
  static String ascii(@Nullable String name) throws ResolverException {
    if (name == null) {
      throw new ResolverException(Status.EBADNAME, "null");
    }
    try {
      return HostName.toAscii(name);
    } catch (IllegalArgumentException e) {
      throw new ResolverException(Status.EBADNAME, name);
    }
  }

  /** Appends the final dot of an absolute name. */
  static String absolute(@Nullable String name) {
    String text = String.valueOf(name);
    return text.endsWith(".") ? text : text + ".";
  }
}
