// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.config.Addresses;
import java.net.InetAddress;
import java.util.Locale;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.Host;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.jspecify.annotations.Nullable;

/**
 * Rejects unauthorized requests. A malicious web page in a browser that can reach the port is
 * stopped by three checks: it does not have the token; its Origin header differs; and after DNS
 * rebinding the Host header contains the page's own name.
 */
final class Guard {
  private static final String BEARER = "bearer ";

  private final AdminAccess access;

  Guard(AdminAccess access) {
    this.access = access;
  }

  /**
   * The response that rejects the request; null if the request is allowed.
   *
   * @param changes whether the request changes anything
   */
  @Nullable HttpResponse refusal(HttpRequest request, boolean changes) {
    Host host = request.getHeader(Host.class).orElse(null);
    if (host == null || !isOurs(host.host().address())) {
      return Json.error(StatusCodes.FORBIDDEN, "the Host header names another server");
    }
    String origin = header(request, "Origin");
    if (origin != null && !origin.equalsIgnoreCase("http://" + host.value())) {
      return Json.error(StatusCodes.FORBIDDEN, "pages of other servers may not ask here");
    }
    if ((changes || !access.isLoopback()) && !hasToken(request)) {
      return Json.error(StatusCodes.UNAUTHORIZED, "needs the token: Authorization: Bearer TOKEN")
          .addHeader(RawHeader.create("WWW-Authenticate", "Bearer"));
    }
    return null;
  }

  /**
   * A wildcard listener accepts any IP address as Host, but no name except localhost, because an
   * attacker could own the name.
   */
  private boolean isOurs(String host) {
    InetAddress bound = access.address().getAddress();
    if (host.equalsIgnoreCase("localhost")) {
      return bound.isLoopbackAddress() || bound.isAnyLocalAddress();
    }
    try {
      InetAddress named = Addresses.literal(host);
      return bound.isAnyLocalAddress() || named.equals(bound);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private boolean hasToken(HttpRequest request) {
    String given = header(request, "Authorization");
    return given != null
        && given.toLowerCase(Locale.ROOT).startsWith(BEARER)
        && access.token().matches(given.substring(BEARER.length()).strip());
  }

  private static @Nullable String header(HttpRequest request, String name) {
    return request.getHeader(name).map(HttpHeader::value).orElse(null);
  }
}
