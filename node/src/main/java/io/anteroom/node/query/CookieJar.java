// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.config.CookieSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.wire.ServerCookies;
import io.anteroom.node.wire.ServerCookies.Cookie;
import io.anteroom.node.wire.WireQuery;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The server cookies of a node (RFC 7873, RFC 9018), with the secrets that it has now. One for all
 * event loops; thread-safe. A query without a cookie costs a look at its EDNS options.
 */
public final class CookieJar implements AutoCloseable {
  private final @Nullable CookieSettings settings;
  private final Counters<Counter> counters;
  private final Clock clock;
  private final byte[] own;
  private volatile ServerCookies cookies;
  private @Nullable CookieFile file;

  /**
   * A jar with a random secret.
   *
   * @param settings null for no cookies
   */
  public CookieJar(@Nullable CookieSettings settings, Counters<Counter> counters, Clock clock) {
    this.settings = settings;
    this.counters = counters;
    this.clock = clock;
    this.own = secret(new SecureRandom());
    this.cookies = new ServerCookies(List.of(own));
  }

  /**
   * A jar with the secrets in the file of the settings, which it watches until it is closed; or
   * with a random secret, if there is no such file.
   *
   * @throws IOException if the file can't be used, with file and line
   */
  public static CookieJar open(
      @Nullable CookieSettings settings, Counters<Counter> counters, Clock clock)
      throws IOException {
    CookieJar jar = new CookieJar(settings, counters, clock);
    Path secrets = settings == null ? null : settings.secretFile();
    if (secrets != null) {
      jar.file = CookieFile.open(secrets, counters, jar::use);
    }
    return jar;
  }

  static byte[] secret(SecureRandom random) {
    byte[] secret = new byte[ServerCookies.SECRET];
    random.nextBytes(secret);
    return secret;
  }

  /** The random secret that it began with, which must not be changed. */
  byte[] own() {
    return own;
  }

  /** Makes cookies with the first of these secrets from now on, and accepts those of all. */
  void use(List<byte[]> secrets) {
    cookies = new ServerCookies(secrets);
  }

  /** The cookie for the answer to a query of this client. Counts it. */
  Cookie answer(WireQuery query, InetAddress client) {
    if (settings == null || !query.hasCookie()) {
      return Cookie.NONE;
    }
    Cookie cookie = cookies.answer(query, client, (int) (clock.millis() / 1000));
    switch (cookie.state()) {
      case NONE -> {}
      case FIRST -> counters.increment(Counter.COOKIES_FIRST);
      case VALID -> counters.increment(Counter.COOKIES_VALID);
      case INVALID -> counters.increment(Counter.COOKIES_INVALID);
    }
    return cookie;
  }

  /** The limit in bytes of an answer over UDP to this query, before its cookie is added. */
  int udpLimit(WireQuery query, Cookie cookie) {
    int client = query.udpLimit();
    int limit =
        settings == null || cookie.isValid() ? client : Math.min(client, settings.udpSize());
    return limit - cookie.option().length;
  }

  /** Stops watching the file. */
  @Override
  public void close() {
    if (file != null) {
      file.close();
    }
  }
}
