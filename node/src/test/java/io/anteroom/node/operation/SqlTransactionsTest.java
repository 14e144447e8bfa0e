// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.SqlSettings;
import io.anteroom.node.testing.Postgres;
import io.anteroom.protocol.ResultCode;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.h2.tools.Server;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Statements that would concern those after them, for real databases. */
class SqlTransactionsTest {
  private static final String H2 = "jdbc:h2:mem:sql-transactions-test;DB_CLOSE_DELAY=-1";

  private static Postgres postgres;
  private static Server h2Server;

  private SqlRunner runner;

  @BeforeAll
  static void startServers() throws SQLException {
    postgres = Postgres.start();
    h2Server = Server.createTcpServer("-tcpPort", "0", "-ifNotExists", "-tcpDaemon").start();
  }

  @AfterAll
  static void stopServers() throws IOException {
    h2Server.stop();
    postgres.close();
  }

  @AfterEach
  void close() {
    runner.close();
  }

  static List<String> databases() {
    String served = "jdbc:h2:tcp://127.0.0.1:%d/mem:served;DB_CLOSE_DELAY=-1";
    return List.of(H2, postgres.url(), served.formatted(h2Server.getPort()));
  }

  /** With one connection, so that each statement has that of the one before. */
  private void open(String url) {
    boolean h2 = url.startsWith("jdbc:h2:");
    runner =
        new SqlRunner(
            "credits",
            new SqlSettings(
                url,
                h2 ? null : Postgres.USER,
                h2 ? null : Postgres.PASSWORD,
                1,
                SqlSettings.MAX_CONNECT_TIMEOUT,
                100));
  }

  private Map<String, Object> sql(String statement) {
    return Started.outputs(runner, Map.of("statement", statement));
  }

  private Started start(String statement, Object... parameters) {
    return Started.start(
        runner, Map.of("statement", statement, "parameters", Arrays.asList(parameters)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "BEGIN",
        "  begin; SELECT 1",
        "\n Start  Transaction",
        "SAVEPOINT a",
        "-- a comment\nBEGIN",
        "--\r/**/-- x\n\u00a0begin",
        "/* one /* in */ another */ BEGIN",
        "/*/ BEGIN */ COMMIT",
        "// of H2\n rollback",
        "; ;BEGIN",
        "(((SET search_path = x",
        "/**/;reset all"
      })
  void statementThatCantBeOne_isNotSent(String statement) {
    open(H2);

    assertThat(start(statement).code()).isEqualTo(ResultCode.INTERNAL);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"SELECT 1 AS begin", "/* BEGIN */ SELECT 1", "-- SET\nSELECT 1", "((SELECT 1))"})
  void statementThatOnlyLooksLikeOne_isSent(String statement) {
    open(H2);

    assertThat(sql(statement)).containsEntry("count", 1L);
  }

  @ParameterizedTest
  @MethodSource("databases")
  void transactionThatIsLeftOpen_isUndone(String url) {
    open(url);
    sql("DROP TABLE IF EXISTS left_open");
    sql("CREATE TABLE left_open (x INT)");
    List<String> begins =
        url.startsWith("jdbc:h2:")
            ? List.of("BEGIN", "SET AUTOCOMMIT FALSE")
            : List.of("BEGIN", "START TRANSACTION READ WRITE", "COMMIT; BEGIN");

    for (String begin : begins) {
      Started left = start("SELECT 1; " + begin + "; INSERT INTO left_open VALUES (1)");

      assertThat(left.code()).as(begin).isEqualTo(ResultCode.INTERNAL);
      assertThat(left.error()).contains("left a transaction open");
      assertThat(sql("SELECT * FROM left_open")).as(begin).containsEntry("count", 0L);
      sql("INSERT INTO left_open VALUES (2)");
      assertThat(sql("DELETE FROM left_open")).as(begin).containsEntry("count", 1L);
    }
  }

  @ParameterizedTest
  @MethodSource("databases")
  void transactionThatFailsHalfway_isUndone(String url) {
    open(url);
    sql("DROP TABLE IF EXISTS halfway");
    sql("CREATE TABLE halfway (x INT)");

    Started failed = start("SELECT 1; BEGIN; INSERT INTO halfway VALUES (1); SELECT 1 / ?", 0L);

    assertThat(failed.code()).isEqualTo(ResultCode.REFUSED);
    assertThat(sql("SELECT * FROM halfway")).containsEntry("count", 0L);
  }
}
