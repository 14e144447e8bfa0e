// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import io.anteroom.node.config.SqlSettings;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Opens the connections of the pool, and tells of each attempt. The pool itself would have every
 * statement wait for the whole connect timeout, and then tell only one of them why.
 */
final class JdbcSource implements DataSource {
  /** Results are bounded by Values, at far less; this bounds what is read to learn that. */
  private static final String MAX_RESULT = "1M";

  private final SqlSettings settings;
  private final Driver driver;
  private final Consumer<@Nullable SQLException> attempted;
  private int loginSeconds;

  /**
   * Makes one that has opened nothing.
   *
   * @param attempted called with the failure of an attempt, or null, on the thread that has made it
   * @throws IllegalArgumentException if there is no driver for the URL
   */
  JdbcSource(SqlSettings settings, Consumer<@Nullable SQLException> attempted) {
    this.settings = settings;
    this.attempted = attempted;
    try {
      driver = DriverManager.getDriver(settings.url());
    } catch (SQLException e) {
      throw new IllegalArgumentException("url must be one of H2 or PostgreSQL", e);
    }
  }

  @Override
  public Connection getConnection() throws SQLException {
    try {
      Connection connection = driver.connect(settings.url(), properties());
      if (connection == null) {
        throw new SQLException("the driver does not take this URL");
      }
      if (settings.isPostgresql()) {
        // That of the properties was for the login; statements have deadlines of their own.
        connection.setNetworkTimeout(Runnable::run, 0);
      }
      attempted.accept(null);
      return connection;
    } catch (SQLException e) {
      attempted.accept(e);
      throw e;
    } catch (RuntimeException e) {
      SQLException wrapped = new SQLException(e.toString(), e);
      attempted.accept(wrapped);
      throw wrapped;
    }
  }

  /** Those of the URL precede these. */
  private Properties properties() {
    Properties properties = new Properties();
    if (settings.user() != null) {
      properties.setProperty("user", settings.user());
    }
    if (settings.password() != null) {
      properties.setProperty("password", settings.password());
    }
    if (settings.isPostgresql()) {
      Duration timeout = settings.connectTimeout();
      String seconds = Long.toString(timeout.plusMillis(999).toSeconds());
      properties.setProperty("connectTimeout", seconds);
      properties.setProperty("socketTimeout", seconds);
      properties.setProperty("cancelSignalTimeout", seconds);
      properties.setProperty("sslResponseTimeout", Long.toString(timeout.toMillis()));
      properties.setProperty("maxResultBuffer", MAX_RESULT);
      // The server finds the types of text, as in a literal: policies have no dates or addresses.
      properties.setProperty("stringtype", "unspecified");
      properties.setProperty("tcpKeepAlive", "true");
      properties.setProperty("ApplicationName", "anteroom");
    }
    return properties;
  }

  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    throw new SQLFeatureNotSupportedException();
  }

  @Override
  public @Nullable PrintWriter getLogWriter() {
    return null;
  }

  @Override
  public void setLogWriter(PrintWriter out) {}

  @Override
  public void setLoginTimeout(int seconds) {
    loginSeconds = seconds;
  }

  @Override
  public int getLoginTimeout() {
    return loginSeconds;
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    throw new SQLFeatureNotSupportedException();
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    throw new SQLException("wraps nothing");
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return false;
  }
}
