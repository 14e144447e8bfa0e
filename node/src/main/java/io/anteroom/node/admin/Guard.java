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
 * Keeps requests out that should not be obeyed. A web page in the browser of somebody who may reach
 * the port is kept out in three ways: it can't read the token; its Origin is another; and when its
 * own name leads here (DNS rebinding), that name is in the Host header.
 */
final class Guard {
  private static final String BEARER = "bearer ";

  private final AdminAccess access;

  Guard(AdminAccess access) {
    this.access = access;
  }

  /**
   * Why this request is not answered; null if it is.
   *
   * @param changes whether it would change something
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

  /** On all addresses of the machine, whatever is an address; a name could be anybody's. */
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
