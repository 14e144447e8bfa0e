// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.netty.util.NetUtil;

/**
 * The parts of an https URI (RFC 3986) that names a server for DNS over HTTPS (RFC 8484).
 *
 * @param authority host and port, as written
 * @param host a name, or an address without brackets, as written
 * @param path begins with a slash
 * @param query what follows the question mark; empty for nothing
 */
record HttpsUrl(String authority, String host, String path, String query) {
  private static final String SCHEME = "https://";
  private static final int MAX_PATH = 1_024;

  /** The variable of a URI template (RFC 8484 section 4.1.1), which only GET needs. */
  private static final String TEMPLATE = "{?dns}";

  /**
   * Parses one.
   *
   * @throws IllegalArgumentException says what is wrong
   */
  static HttpsUrl parse(String text) {
    String template = text.substring(SCHEME.length());
    String rest = template.replace(TEMPLATE, "");
    int question = rest.indexOf('?');
    String query = question < 0 ? "" : rest.substring(question + 1);
    String place = question < 0 ? rest : rest.substring(0, question);
    int slash = place.indexOf('/');
    if (slash < 0 || slash == place.length() - 1) {
      throw new IllegalArgumentException(
          "has no path, which is often /dns-query: \"" + text + "\"");
    }
    String authority = place.substring(0, slash);
    String path = place.substring(slash);
    if (!path.matches("[A-Za-z0-9/._~!$&'()*+;=:@%-]{2," + MAX_PATH + "}")
        || path.matches(".*%(?![0-9A-Fa-f]{2}).*")) {
      throw new IllegalArgumentException(
          "the path must have no characters but those of a URI, and %XX for others: \""
              + text
              + "\"");
    }
    return new HttpsUrl(authority, host(authority, text), path, query);
  }

  private static String host(String authority, String text) {
    if (authority.indexOf('@') >= 0) {
      throw new IllegalArgumentException("takes no user before the host: \"" + text + "\"");
    }
    if (authority.startsWith("[")) {
      int end = authority.indexOf(']');
      return authority.substring(1, end < 0 ? authority.length() : end);
    }
    if (authority.indexOf('%') >= 0) {
      throw new IllegalArgumentException("the host must be written without %: \"" + text + "\"");
    }
    int colon = authority.indexOf(':');
    if (colon != authority.lastIndexOf(':')) {
      throw new IllegalArgumentException(
          "write IPv6 in brackets, as https://[2001:db8::1]/dns-query: \"" + text + "\"");
    }
    String host = colon < 0 ? authority : authority.substring(0, colon);
    if (host.isEmpty()) {
      throw new IllegalArgumentException("has no host: \"" + text + "\"");
    }
    return host;
  }

  /** Whether the host is an address and not a name. */
  boolean isAddress() {
    return authority.startsWith("[") || NetUtil.isValidIpV4Address(host);
  }

  /** The port as written; the default if there is none. */
  int port(int fallback) {
    int colon = authority.lastIndexOf(':');
    if (colon < 0) {
      return fallback;
    }
    String digits = authority.substring(colon + 1);
    if (digits.matches("[0-9]{1,5}")) {
      int port = Integer.parseInt(digits);
      if (port >= 1 && port <= 0xffff) {
        return port;
      }
    }
    throw new IllegalArgumentException(
        "the port must be 1 to 65535 in \"" + SCHEME + authority + "\"");
  }
}
