// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

/** The response codes that Anteroom sends or checks for (RFC 6895 section 2.3). */
public final class Rcodes {
  public static final int NOERROR = 0;
  public static final int FORMERR = 1;
  public static final int SERVFAIL = 2;
  public static final int NXDOMAIN = 3;
  public static final int NOTIMP = 4;
  public static final int REFUSED = 5;

  /** A name that a DNAME record produces is too long (RFC 6672 section 2.2). */
  public static final int YXDOMAIN = 6;

  /** The first code that needs EDNS. */
  public static final int BADVERS = 16;

  /** The cookie is missing or too old (RFC 7873 section 8). */
  public static final int BADCOOKIE = 23;

  private Rcodes() {}
}
