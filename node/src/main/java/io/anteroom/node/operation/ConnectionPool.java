// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.anteroom.node.config.SqlSettings;
import io.anteroom.protocol.ResultCode;
import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Connections to a database, opened when they are needed, one after the other, by a thread of the
 * pool's own.
 *
 * <p><b>Down.</b> Nobody waits for a connection while the database is known to be down: while there
 * is no connection at all, all who wait are told when one can't be opened, and so is anybody who
 * comes within {@value #RETRY_MILLIS} ms after that. Then it is tried again, so the database is
 * used as soon as it is back.
 *
 * <p><b>Busy.</b> While there are connections, an attempt that fails says nothing about them: the
 * server may be slow under load, or may permit no more. So whoever waits goes on to wait, and gets
 * the next connection that is given back.
 */
final class ConnectionPool {
  private static final long VALIDATION_MILLIS = 1_000;
  private static final long RETRY_MILLIS = 100;

  private final HikariDataSource pool;
  private final Duration connectTimeout;
  private final Set<Wait> waits = ConcurrentHashMap.newKeySet();

  /** The last attempt to open a connection, if it has failed. */
  private volatile @Nullable Failure last;

  /** The number of connections that have been opened. */
  private final AtomicLong opened = new AtomicLong();

  private record Failure(SQLException why, long atNanos) {}

  /** There is no connection, for a reason that the code and the message say. */
  static final class NoConnection extends Exception {
    private static final long serialVersionUID = 1L;

    final ResultCode code;

    private NoConnection(ResultCode code, String message) {
      super(message);
      this.code = code;
    }

    private static NoConnection because(SQLException why) {
      ResultCode code = ResultCode.REFUSED;
      for (Throwable e = why; e != null; e = e.getCause()) {
        if (e instanceof SocketTimeoutException) {
          code = ResultCode.CONNECT_TIMEOUT;
        }
      }
      return new NoConnection(code, String.valueOf(why.getMessage()));
    }
  }

  /** Makes one that has opened no connection yet. */
  ConnectionPool(String name, SqlSettings settings, ThreadFactory threads) {
    connectTimeout = settings.connectTimeout();
    long connectMillis = connectTimeout.toMillis();
    HikariConfig config = new HikariConfig();
    config.setPoolName(name);
    config.setDataSource(new JdbcSource(settings, this::attempted));
    config.setMaximumPoolSize(settings.pool());
    // Otherwise the pool would try for ever, and with pauses of seconds, while nobody asks.
    config.setMinimumIdle(0);
    config.setInitializationFailTimeout(-1);
    config.setConnectionTimeout(connectMillis);
    config.setValidationTimeout(Math.min(VALIDATION_MILLIS, connectMillis));
    config.setThreadFactory(threads);
    pool = new HikariDataSource(config);
  }

  /**
   * Blocks for about the connect timeout at most, and for as much longer as other connections are
   * being opened, because each has to wait for those before it; less if the wait is ended by
   * another thread.
   */
  Connection connection(Wait wait) throws NoConnection {
    Failure recent = last;
    if (recent != null
        && System.nanoTime() - recent.atNanos < Duration.ofMillis(RETRY_MILLIS).toNanos()
        && isEmpty()) {
      throw NoConnection.because(recent.why);
    }
    waits.add(wait);
    try {
      Connection connection = await(wait);
      if (connection != null) {
        return connection;
      }
    } finally {
      waits.remove(wait);
      wait.over();
    }
    Failure failure = last;
    throw failure == null
        ? new NoConnection(ResultCode.CONNECT_TIMEOUT, "no connection within " + connectTimeout)
        : NoConnection.because(failure.why);
  }

  private @Nullable Connection await(Wait wait) {
    long before;
    do {
      before = opened.get();
      try {
        if (wait.begin()) {
          return pool.getConnection();
        }
      } catch (SQLException e) {
        // It comes too late for the pool to say why.
      }
    } while (!wait.isEnded() && opened.get() != before);
    return null;
  }

  private boolean isEmpty() {
    return pool.getHikariPoolMXBean().getTotalConnections() == 0;
  }

  private void attempted(@Nullable SQLException failure) {
    if (failure == null) {
      opened.incrementAndGet();
      last = null;
      return;
    }
    last = new Failure(failure, System.nanoTime());
    if (isEmpty()) {
      waits.forEach(Wait::end);
    }
  }

  /** Closes a connection; called by its owner, instead of giving it back. */
  void evict(Connection connection) {
    pool.evictConnection(connection);
  }

  /** Closes all connections. May block for seconds. */
  void close() {
    pool.close();
  }

  /** A thread's wait for a connection, which others can end. */
  static final class Wait {
    private @Nullable Thread thread;
    private boolean ended;

    private synchronized boolean isEnded() {
      return ended;
    }

    private synchronized boolean begin() {
      thread = ended ? null : Thread.currentThread();
      return !ended;
    }

    /** The thread may have been interrupted just as it got a connection. */
    private synchronized void over() {
      thread = null;
      Thread.interrupted();
    }

    /** Has the thread wait no longer, now or later. */
    synchronized void end() {
      ended = true;
      if (thread != null) {
        thread.interrupt();
      }
    }
  }
}
