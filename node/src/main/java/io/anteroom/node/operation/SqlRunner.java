// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import io.anteroom.node.config.SqlSettings;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.ResultCode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends statements to a database over JDBC. The arguments are {@code statement} and {@code
 * parameters}, a list of values for the statement's question marks; the outputs are {@code rows}, a
 * list of maps by column, and {@code count}, the number of rows that were returned or changed.
 *
 * <p>Each connection of the pool has a thread, and as many statements are carried out at once. No
 * other thread ever waits for the database. Connections are opened when statements need them, so a
 * database that is down stops nothing, and is used as soon as it is back.
 *
 * <h2>Time</h2>
 *
 * A statement that takes too long, or is cancelled, is first cancelled with the database. If its
 * thread has not come free {@value #GRACE_MILLIS} ms later, because the database hangs, its
 * connection is closed, which ends any wait for the network. Either way that connection is not used
 * again: a cancellation that arrives late would hit the next statement. {@code
 * Statement.setQueryTimeout} counts in seconds, and the driver of PostgreSQL does it for all pools
 * with one thread, which a database that hangs would block.
 *
 * <h2>Transactions</h2>
 *
 * Each statement is a transaction of its own, which its failure ends. The next statement may have
 * another connection, or be that of another query. So a statement that begins a longer transaction,
 * or sets something for its connection, is not sent. If one leaves a transaction open all the same,
 * such as by {@code SELECT 1; BEGIN}, it fails, and its connection is closed, which undoes it.
 */
public final class SqlRunner extends BoundedRunner {
  private static final int GRACE_MILLIS = 500;
  private static final long CLOSE_MILLIS = 2_000;

  private final SqlSettings settings;
  private final ConnectionPool pool;
  private final ThreadPoolExecutor threads;

  /**
   * Cancel statements and close connections, which may block. Each operation has at most three
   * tasks for them, which block for little more than the connect timeout.
   */
  private final ThreadPoolExecutor rescuers;

  /**
   * Makes one that opens its first connection by itself; this does not wait for it.
   *
   * @param name of the service, for the names of threads
   * @throws IllegalArgumentException if there is no driver for the URL
   */
  public SqlRunner(String name, SqlSettings settings) {
    super(name, settings.pool());
    this.settings = settings;
    threads = threads("sql", settings.pool());
    rescuers = threads("cancel", 2 * settings.pool());
    pool = new ConnectionPool(name, settings, daemons("pool"));
    threads.execute(this::openFirst);
  }

  /** Spares the first statement the wait for a connection, and for the driver's classes. */
  private void openFirst() {
    try {
      pool.connection(new ConnectionPool.Wait()).close();
    } catch (ConnectionPool.NoConnection | SQLException e) {
      // The first statement will say so.
    }
  }

  @Override
  Task prepare(Operation operation) {
    Arguments arguments = new Arguments(operation, "statement", "parameters");
    String text = arguments.text("statement");
    List<?> parameters = arguments.list("parameters");
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("statement has a NUL character");
    } else if (SqlTransactions.concernsOthers(text)) {
      throw new IllegalArgumentException(
          "a statement can't begin or end a transaction, nor set anything for later ones");
    }
    SqlValues.check(parameters);
    return new Statement(text, parameters);
  }

  @Override
  void release() throws InterruptedException {
    // It would wait for connections that are being opened.
    Thread closer = daemons("close").newThread(pool::close);
    closer.start();
    closer.join(CLOSE_MILLIS);
    threads.shutdownNow();
    rescuers.shutdown();
  }

  private static String messageOf(Exception e) {
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }

  /** One statement, from its start until its connection is free again. */
  private final class Statement extends Task {
    private final String text;
    private final List<?> parameters;

    private final ConnectionPool.Wait wait = new ConnectionPool.Wait();

    private @Nullable Connection connection;
    private @Nullable PreparedStatement statement;

    private Statement(String text, List<?> parameters) {
      this.text = text;
      this.parameters = parameters;
    }

    @Override
    void begin() {
      threads.execute(this::run);
    }

    private void run() {
      try {
        execute(pool.connection(wait));
      } catch (ConnectionPool.NoConnection e) {
        fail(e.code, messageOf(e));
      } catch (TooLarge e) {
        fail(ResultCode.REJECTED, "the result has " + e.getMessage());
      } catch (SQLTimeoutException e) {
        fail(ResultCode.TIMEOUT, messageOf(e));
      } catch (SQLException e) {
        // Only the driver's own words say so; the name of the property is not translated.
        boolean large = messageOf(e).contains("maxResultBuffer");
        fail(large ? ResultCode.REJECTED : ResultCode.REFUSED, messageOf(e));
      } catch (RuntimeException | Error e) {
        unexpected(e);
      }
    }

    private void execute(Connection opened) throws SQLException, TooLarge {
      Map<String, @Nullable Object> outputs = new HashMap<>();
      boolean executed;
      boolean open;
      try {
        synchronized (this) {
          connection = opened;
        }
        try (PreparedStatement prepared = opened.prepareStatement(text)) {
          executed = cancelable(prepared);
          if (executed) {
            SqlValues.bind(prepared, parameters);
            // One more shows that there are more.
            prepared.setMaxRows(settings.maxRows() + 1);
            readOutputs(prepared, outputs);
          }
        }
      } finally {
        open = giveBack(opened);
      }
      if (open) {
        fail(ResultCode.INTERNAL, "it left a transaction open, which has been undone");
      } else if (executed) {
        succeed(outputs);
      } else {
        fail(ResultCode.CANCELLED, "");
      }
    }

    /** False if it has been stopped before it could be cancelled with the database. */
    private synchronized boolean cancelable(PreparedStatement prepared) {
      statement = prepared;
      return !isStopped();
    }

    private void readOutputs(PreparedStatement prepared, Map<String, @Nullable Object> outputs)
        throws SQLException, TooLarge {
      if (prepared.execute()) {
        try (ResultSet result = prepared.getResultSet()) {
          List<?> rows = SqlValues.read(result, settings.maxRows());
          outputs.put("rows", rows);
          outputs.put("count", rows.size());
        }
      } else {
        outputs.put("rows", List.of());
        outputs.put("count", prepared.getUpdateCount());
      }
    }

    /** True if it has left a transaction open. */
    private boolean giveBack(Connection opened) throws SQLException {
      boolean open = leftOpen(opened);
      boolean late;
      synchronized (this) {
        connection = null;
        statement = null;
        late = isStopped();
      }
      if (late || open) {
        pool.evict(opened);
      }
      opened.close();
      return open;
    }

    /** A connection that is closed or broken has no transaction any more. */
    private boolean leftOpen(Connection opened) {
      try {
        return SqlTransactions.isOpen(opened, settings);
      } catch (SQLException e) {
        return false;
      }
    }

    @Override
    void interrupt() {
      wait.end();
      if (connection != null) {
        rescuers.execute(this::cancelStatement);
        // Again, because the driver ignores it for a statement that is just about to be sent.
        later(GRACE_MILLIS / 2, this::cancelStatement);
        later(GRACE_MILLIS, this::abort);
      }
    }

    private void later(int millis, Runnable rescue) {
      timer().schedule(() -> rescuers.execute(rescue), millis, TimeUnit.MILLISECONDS);
    }

    private void cancelStatement() {
      PreparedStatement running;
      synchronized (this) {
        running = statement;
      }
      if (running != null) {
        try {
          running.cancel();
        } catch (SQLException e) {
          // The statement may have ended; if not, its connection is closed.
        }
      }
    }

    private void abort() {
      Connection stuck;
      synchronized (this) {
        stuck = connection;
      }
      if (stuck != null) {
        try {
          stuck.abort(Runnable::run);
        } catch (SQLException e) {
          // It is closed already.
        }
      }
    }
  }
}
