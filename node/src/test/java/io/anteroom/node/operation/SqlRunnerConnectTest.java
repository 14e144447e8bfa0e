// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.config.SqlSettings;
import io.anteroom.node.testing.Blackhole;
import io.anteroom.node.testing.FreePorts;
import io.anteroom.node.testing.Postgres;
import io.anteroom.protocol.ResultCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Connections to databases: slow, refused, or not answered at all. */
class SqlRunnerConnectTest {
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

  private static SqlRunner at(int port, Duration connectTimeout) {
    return new SqlRunner(
        "credits",
        SqlSettings.of("jdbc:postgresql://127.0.0.1:" + port + "/postgres")
            .withConnectTimeout(connectTimeout));
  }

  private static int statementsThatHang(Connection connection) throws SQLException {
    try (var statement = connection.createStatement();
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
  void statementsAtTheStart_waitForTheFirstConnection() throws Exception {
    postgres.delayLogins(1);
    try {
      open(4);
      List<Started> all = startMany(4, ONE);

      assertThat(all).allMatch(each -> each.code() == ResultCode.DONE);
    } finally {
      postgres.delayLogins(0);
    }
  }

  @Test
  void connectTimeout_isThatOfOneConnection_notOfAllBeforeIt() throws Exception {
    try (Connection watch = postgres.connect()) {
      postgres.delayLogins(2);
      open(4, Duration.ofSeconds(5));

      List<Started> all = startMany(4, SLEEP);

      await()
          .atMost(Started.LONG)
          .until(() -> statementsThatHang(watch) == 4 || all.stream().anyMatch(Started::isDone));
      assertThat(all).noneMatch(Started::isDone);
    } finally {
      postgres.delayLogins(0);
    }
  }

  @Test
  void serverThatPermitsNoMoreConnections_hasStatementsWaitForOne() throws Exception {
    postgres.execute(
        "CREATE ROLE few LOGIN PASSWORD 'few' CONNECTION LIMIT 2", "CREATE TABLE busy (x INT)");
    try (Connection lock = postgres.connect()) {
      lock.setAutoCommit(false);
      lock.createStatement().execute("GRANT SELECT ON busy TO few; LOCK TABLE busy");
      runner =
          new SqlRunner(
              "credits",
              new SqlSettings(
                  postgres.url(), "few", "few", 4, SqlSettings.MAX_CONNECT_TIMEOUT, 100));

      List<Started> all = startMany(4, Map.of("statement", "SELECT x FROM busy"));
      await().atMost(Started.LONG).until(() -> postgres.log().contains("too many connections"));
      lock.commit();

      assertThat(all).allMatch(each -> each.code() == ResultCode.DONE);
    }
  }

  @Test
  void connectThatHangs_isAConnectTimeout() throws Exception {
    try (Blackhole blackhole = new Blackhole()) {
      runner = at(blackhole.port(), SHORT);

      List<Started> all = new ArrayList<>();
      for (int i = 0; i < runner.capacity(); i++) {
        all.add(Started.start(runner, ONE));
      }

      assertThat(all).allMatch(each -> each.code() == ResultCode.CONNECT_TIMEOUT);
    }
  }

  @Test
  void deadlineWhileItConnects_isATimeout() throws Exception {
    try (Blackhole blackhole = new Blackhole()) {
      runner = at(blackhole.port(), SqlSettings.MAX_CONNECT_TIMEOUT);

      assertThat(Started.start(runner, ONE, SHORT).code()).isEqualTo(ResultCode.TIMEOUT);
    }
  }

  @Test
  void serverThatSaysNothing_isAConnectTimeout() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      runner = at(silent.getLocalPort(), SHORT);

      assertThat(Started.start(runner, ONE).code()).isEqualTo(ResultCode.CONNECT_TIMEOUT);
    }
  }

  @Test
  void refusedConnection_isSaidAtOnce() {
    // Waiting for the whole time would exceed the patience of the test.
    runner = at(FreePorts.inARow(1), SqlSettings.MAX_CONNECT_TIMEOUT);

    for (int i = 0; i < 20; i++) {
      assertThat(Started.start(runner, ONE).code()).isEqualTo(ResultCode.REFUSED);
    }
  }

  @Test
  void wrongPassword_isRefused_andNotShown() {
    runner =
        new SqlRunner(
            "credits",
            new SqlSettings(
                postgres.url(),
                Postgres.USER,
                "wrong-one",
                1,
                SqlSettings.MAX_CONNECT_TIMEOUT,
                100));

    Started refused = Started.start(runner, ONE);

    assertThat(refused.code()).isEqualTo(ResultCode.REFUSED);
    assertThat(refused.error()).contains("password").doesNotContain("wrong-one");
  }

  private List<Started> startMany(int many, Map<String, Object> arguments) {
    List<Started> all = new ArrayList<>();
    for (int i = 0; i < many; i++) {
      all.add(Started.start(runner, arguments));
    }
    return all;
  }
}
