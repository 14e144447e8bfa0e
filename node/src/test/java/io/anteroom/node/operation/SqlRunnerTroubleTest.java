// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.config.SqlSettings;
import io.anteroom.node.testing.Postgres;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.ResultCode;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Databases that are down, hang, or are asked for too much. */
class SqlRunnerTroubleTest {
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final Map<String, Object> ONE = Map.of("statement", "SELECT 1 AS x");
  private static final Map<String, Object> SLEEP =
      Map.of("statement", "SELECT 1 AS hang FROM pg_sleep(60)");

  private static Postgres postgres;

  private SqlRunner runner;

  @BeforeAll
  static void startServer() {
    postgres = Postgres.start();
  }

  @AfterAll
  static void stopServer() throws IOException {
    postgres.close();
  }

  @AfterEach
  void close() {
    if (runner != null) {
      runner.close();
    }
  }

  private SqlRunner open(int pool, Duration connectTimeout) {
    runner =
        new SqlRunner(
            "credits",
            new SqlSettings(
                postgres.url(), Postgres.USER, Postgres.PASSWORD, pool, connectTimeout, 100));
    return runner;
  }

  private SqlRunner open(int pool) {
    return open(pool, SqlSettings.MAX_CONNECT_TIMEOUT);
  }

  private int statementsThatHang() throws SQLException {
    try (Connection connection = postgres.connect();
        var statement = connection.createStatement();
        var result =
            statement.executeQuery(
                "SELECT count(*) FROM pg_stat_activity"
                    + " WHERE query LIKE '%AS hang%' AND state = 'active'"
                    + " AND pid <> pg_backend_pid()")) {
      result.next();
      return result.getInt(1);
    }
  }

  @Test
  void databaseThatIsDown_isUsedWhenItIsBack() {
    postgres.stop();
    try {
      open(4);
      Supplier<Started> one = () -> Started.start(runner, ONE);
      List<Started> refused = List.of(one.get(), one.get(), one.get(), one.get());
      assertThat(refused).allMatch(each -> each.code() == ResultCode.REFUSED);
      assertThat(refused.get(3).error()).contains("refused");
    } finally {
      postgres.startAgain();
    }
    // It has just been started, so this is the first time that it is asked.
    assertThat(Started.outputs(runner, ONE)).containsEntry("count", 1L);

    postgres.stop();
    postgres.startAgain();

    // The connections of before have ended, which the first to use them may learn from the server.
    await().until(() -> Started.start(runner, ONE).code() == ResultCode.DONE);
  }

  @Test
  void statementThatHangs_isEndedWithTheDatabase_andItsThreadIsFree() throws Exception {
    open(1);
    Started.outputs(runner, ONE);

    Started hanging = Started.start(runner, SLEEP, SHORT);

    assertThat(hanging.code()).isEqualTo(ResultCode.TIMEOUT);
    assertThat(Started.outputs(runner, ONE)).containsEntry("count", 1L);
    await().until(() -> statementsThatHang() == 0);
    assertThat(hanging.results()).isEqualTo(1);
  }

  @Test
  void statement_isCancelled() throws Exception {
    open(1);
    Started hanging = Started.start(runner, SLEEP);
    await().until(() -> statementsThatHang() == 1);

    hanging.cancel();
    hanging.cancel();

    assertThat(hanging.code()).isEqualTo(ResultCode.CANCELLED);
    await().until(() -> statementsThatHang() == 0);
    assertThat(Started.outputs(runner, ONE)).containsEntry("count", 1L);
  }

  @Test
  void databaseThatHangs_holdsNoThread() {
    open(2, Duration.ofSeconds(1));
    Started.outputs(runner, ONE);
    Started working = Started.start(runner, SLEEP, Duration.ofSeconds(2));
    postgres.signalAll("STOP");
    try {
      for (int i = 0; i < 5; i++) {
        Started hanging = Started.start(runner, ONE, SHORT);
        assertThat(hanging.code()).isIn(ResultCode.TIMEOUT, ResultCode.CONNECT_TIMEOUT);
      }
      assertThat(working.code()).isEqualTo(ResultCode.TIMEOUT);
    } finally {
      postgres.signalAll("CONT");
    }
    await().until(() -> Started.start(runner, ONE).code() == ResultCode.DONE);
  }

  @Test
  void hundredThousandStarts_eachEndOnce() throws Exception {
    open(4);
    int callers = 4;
    int each = 25_000;
    AtomicInteger done = new AtomicInteger();
    AtomicInteger carriedOut = new AtomicInteger();
    AtomicInteger others = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < callers; i++) {
      Thread thread = new Thread(() -> startMany(each, done, carriedOut, others));
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }

    await().until(() -> done.get() == callers * each);
    assertThat(carriedOut.get()).isPositive();
    assertThat(others.get()).isZero();
    assertThat(Started.outputs(runner, connections()).get("rows").toString())
        .matches(".*n=[1-4]}.*");
    assertThat(done.get()).isEqualTo(callers * each);
  }

  @Test
  void receiverThatThrows_holdsNoRoom() {
    open(1);
    for (int i = 0; i < 3; i++) {
      AtomicInteger done = new AtomicInteger();
      runner.start(
          new Operation(ONE),
          Started.LONG,
          result -> {
            done.incrementAndGet();
            throw new IllegalStateException("thrown by a test");
          });
      await().until(() -> done.get() == 1);
    }
    await().until(() -> Started.start(runner, ONE).code() == ResultCode.DONE);
  }

  private static Map<String, Object> connections() {
    return Map.of(
        "statement",
        "SELECT count(*) AS n FROM pg_stat_activity WHERE application_name = 'anteroom'");
  }

  private void startMany(
      int many, AtomicInteger done, AtomicInteger carriedOut, AtomicInteger others) {
    Operation one = new Operation(ONE);
    for (int i = 0; i < many; i++) {
      runner.start(
          one,
          Started.LONG,
          result -> {
            done.incrementAndGet();
            if (result.code() == ResultCode.DONE) {
              carriedOut.incrementAndGet();
            } else if (result.code() != ResultCode.REJECTED) {
              others.incrementAndGet();
            }
          });
    }
  }

  @Test
  void closing_endsStatements() throws Exception {
    open(4);
    List<Started> all = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      all.add(Started.start(runner, SLEEP));
    }
    await().until(() -> statementsThatHang() == 4);

    runner.close();

    assertThat(all).allMatch(each -> each.code() == ResultCode.CANCELLED);
    await().until(() -> statementsThatHang() == 0);
  }
}
