// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import io.anteroom.node.zone.HostName;
import org.jspecify.annotations.Nullable;

/** Names as callers write them. */
final class Names {
  private Names() {}

  /**
   * The form in which a name is asked for: a name in Unicode in its {@code xn--} form (RFC 3490), a
   * name in ASCII as it is.
   *
   * @throws ResolverException {@link Status#EBADNAME} if there is no name, or it has no such form
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

  /** With the dot at its end that a name in the DNS has. */
  static String absolute(@Nullable String name) {
    String text = String.valueOf(name);
    return text.endsWith(".") ? text : text + ".";
  }
}
