// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A database that statements are sent to.
 *
 * @param url JDBC URL, for H2 or PostgreSQL
 * @param user null for the one in the URL
 * @param password null for the one in the URL, or none
 * @param pool maximum number of connections, and of statements at once; 1 to {@value #MAX_POOL}
 * @param connectTimeout time to open a connection, between {@link #MIN_CONNECT_TIMEOUT} and {@link
 *     #MAX_CONNECT_TIMEOUT}
 * @param maxRows maximum number of rows of a result; more are an error. 1 to {@value #MAX_ROWS}
 */
public record SqlSettings(
    String url,
    @Nullable String user,
    @Nullable String password,
    int pool,
    Duration connectTimeout,
    int maxRows) {
  public static final int DEFAULT_POOL = 4;
  public static final int MAX_POOL = 64;
  public static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(1);
  public static final Duration MIN_CONNECT_TIMEOUT = Duration.ofMillis(250);
  public static final Duration MAX_CONNECT_TIMEOUT = Duration.ofMinutes(1);
  public static final int DEFAULT_MAX_ROWS = 100;
  public static final int MAX_ROWS = 10_000;

  /** Settings with the defaults, for a URL that names user and password if they are needed. */
  public static SqlSettings of(String url) {
    return new SqlSettings(
        url, null, null, DEFAULT_POOL, DEFAULT_CONNECT_TIMEOUT, DEFAULT_MAX_ROWS);
  }

  public SqlSettings withPool(int other) {
    return new SqlSettings(url, user, password, other, connectTimeout, maxRows);
  }

  public SqlSettings withConnectTimeout(Duration other) {
    return new SqlSettings(url, user, password, pool, other, maxRows);
  }

  /** Whether the database is PostgreSQL, not H2. */
  public boolean isPostgresql() {
    return url.startsWith("jdbc:postgresql:");
  }

  /** Whether the database is that of a server of H2, not one in this process. */
  public boolean isH2Server() {
    return url.startsWith("jdbc:h2:tcp:") || url.startsWith("jdbc:h2:ssl:");
  }

  /** Omits the password, and the URL's parameters, which may have one. */
  @Override
  public String toString() {
    return "Sql[" + place() + "]";
  }

  /** The URL without parameters, for logs and errors. */
  public String place() {
    return url.split("[?;]", 2)[0];
  }
}
