// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.config.SqlSettings;
import io.anteroom.node.testing.Postgres;
import io.anteroom.protocol.ResultCode;
import io.anteroom.protocol.Values;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Statements for real databases: H2 in this process, and a PostgreSQL server. */
class SqlRunnerTest {
  private static Postgres postgres;

  private SqlRunner runner;

  enum Database {
    H2,
    POSTGRESQL;

    private SqlSettings settings() {
      return this == H2
          ? SqlSettings.of("jdbc:h2:mem:sql-runner-test;DB_CLOSE_DELAY=-1")
              .withConnectTimeout(SqlSettings.MAX_CONNECT_TIMEOUT)
          : new SqlSettings(
              postgres.url(),
              Postgres.USER,
              Postgres.PASSWORD,
              SqlSettings.DEFAULT_POOL,
              SqlSettings.MAX_CONNECT_TIMEOUT,
              SqlSettings.DEFAULT_MAX_ROWS);
    }
  }

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

  private void open(Database database) {
    runner = new SqlRunner("credits", database.settings());
    sql("DROP TABLE IF EXISTS users");
    sql("CREATE TABLE users (uid VARCHAR(200), credit INT)");
  }

  private Map<String, Object> sql(String statement, Object... parameters) {
    return Started.outputs(runner, arguments(statement, parameters));
  }

  private Started start(String statement, Object... parameters) {
    return Started.start(runner, arguments(statement, parameters));
  }

  private static Map<String, Object> arguments(String statement, Object... parameters) {
    return Map.of("statement", statement, "parameters", Arrays.asList(parameters));
  }

  @ParameterizedTest
  @EnumSource
  void creditOfTheSeed_isRead(Database database) {
    open(database);

    assertThat(sql("INSERT INTO users VALUES (?, ?), (?, ?)", "alice", 12L, "bob", null))
        .containsEntry("count", 2L)
        .containsEntry("rows", List.of());

    assertThat(sql("SELECT credit FROM users WHERE uid = ?", "alice"))
        .isEqualTo(Map.of("count", 1L, "rows", List.of(Map.of("credit", 12L))));
    assertThat(sql("SELECT credit FROM users WHERE uid = ?", "nobody"))
        .isEqualTo(Map.of("count", 0L, "rows", List.of()));
    assertThat(sql("SELECT uid FROM users WHERE credit IS NULL").toString()).contains("uid=bob");
  }

  @ParameterizedTest
  @EnumSource
  void values_arriveAsTheyAre(Database database) {
    open(database);
    List<String> names =
        List.of(
            "'",
            "\"; DROP TABLE users; --",
            "' OR '1'='1",
            "x'; DELETE FROM users; SELECT '",
            "$(reboot) `reboot` ${x} ?",
            "two\nlines\r\n\tand \\' \\",
            "\u0001\u007f\uffff ä 語 \uD83D\uDE00",
            "");

    names.forEach(name -> sql("INSERT INTO users VALUES (?, ?)", name, (long) name.length()));

    for (String name : names) {
      assertThat(sql("SELECT uid, credit FROM users WHERE uid = ?", name).get("rows"))
          .isEqualTo(List.of(Map.of("uid", name, "credit", (long) name.length())));
    }
    assertThat(sql("SELECT count(*) AS n FROM users").get("rows"))
        .isEqualTo(List.of(Map.of("n", (long) names.size())));
  }

  @Test
  void nul_isRefusedByPostgresql_andTheConnectionGoesOn() {
    runner = new SqlRunner("credits", Database.POSTGRESQL.settings().withPool(1));
    Object before = backend();

    Started failed = start("SELECT ? AS x", "a\0b");

    assertThat(failed.code()).isEqualTo(ResultCode.REFUSED);
    assertThat(failed.error()).contains("0x00");
    assertThat(backend()).isEqualTo(before);
  }

  private Object backend() {
    return sql("SELECT pg_backend_pid() AS pid").get("rows");
  }

  @Test
  void nul_isAValueForH2() {
    open(Database.H2);

    sql("INSERT INTO users VALUES (?, 1)", "a\0b");

    assertThat(sql("SELECT uid FROM users WHERE uid = ?", "a\0b").get("rows"))
        .isEqualTo(List.of(Map.of("uid", "a\0b")));
  }

  @ParameterizedTest
  @EnumSource
  void types_becomeValues(Database database) {
    open(database);
    String binary = database == Database.H2 ? "VARBINARY(10)" : "BYTEA";
    byte[] bytes = {0, 1, -1};
    sql("DROP TABLE IF EXISTS kinds");
    sql(
        "CREATE TABLE kinds (a BOOLEAN, b BIGINT, c DOUBLE PRECISION, d NUMERIC(20, 2),"
            + " e DATE, f "
            + binary
            + ", g NUMERIC(30), h SMALLINT, i UUID)");

    sql(
        "INSERT INTO kinds VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        true,
        Long.MAX_VALUE,
        1.5,
        12.25,
        "2026-01-31",
        bytes,
        12345678901L,
        7L,
        "7b7a1a4e-0d8e-4a53-9c3e-0a6f4a4bb0f1");
    Map<?, ?> row = (Map<?, ?>) ((List<?>) sql("SELECT * FROM kinds").get("rows")).get(0);

    assertThat(new ArrayList<Object>(row.keySet()))
        .asString()
        .isEqualTo("[a, b, c, d, e, f, g, h, i]");
    assertThat(new ArrayList<Object>(row.values()))
        .usingRecursiveComparison()
        .isEqualTo(
            List.of(
                true,
                Long.MAX_VALUE,
                1.5,
                12.25,
                "2026-01-31",
                bytes,
                12345678901L,
                7L,
                "7b7a1a4e-0d8e-4a53-9c3e-0a6f4a4bb0f1"));
  }

  @ParameterizedTest
  @EnumSource
  void wrongStatement_isRefused_inTheWordsOfTheDatabase(Database database) {
    open(database);

    Started failed = start("SELECT credit FROM nowhere WHERE uid = ?", "alice");

    assertThat(failed.code()).isEqualTo(ResultCode.REFUSED);
    assertThat(failed.error()).containsIgnoringCase("nowhere");
    assertThat(start("SELECT ?").code()).isEqualTo(ResultCode.REFUSED);
    assertThat(start("SELECT credit FROM users", "too", "many").code())
        .isEqualTo(ResultCode.REFUSED);
    assertThat(sql("SELECT credit FROM users")).containsEntry("count", 0L);
  }

  @ParameterizedTest
  @EnumSource
  void failedStatement_leavesNothing(Database database) {
    open(database);
    sql("CREATE UNIQUE INDEX IF NOT EXISTS one ON users (uid)");

    Started failed = start("INSERT INTO users VALUES (?, 1), (?, 2)", "same", "same");

    assertThat(failed.code()).isEqualTo(ResultCode.REFUSED);
    assertThat(sql("SELECT * FROM users")).containsEntry("count", 0L);
    // Nobody holds a lock.
    sql("DROP TABLE users");
  }

  @Test
  void nulInAStatement_isNotSent() {
    open(Database.H2);

    assertThat(start("SELECT \0").code()).isEqualTo(ResultCode.INTERNAL);
  }

  @Test
  void wrongArguments_areNamed() {
    open(Database.H2);

    assertThat(Started.start(runner, Map.of()).error()).isEqualTo("statement is missing");
    assertThat(Started.start(runner, Map.of("statement", 1L)).error())
        .isEqualTo("statement must be text");
    assertThat(Started.start(runner, Map.of("statement", "SELECT 1", "parameters", "x")).error())
        .isEqualTo("parameters must be a list");
    assertThat(Started.start(runner, Map.of("query", "SELECT 1")).error())
        .isEqualTo("no such argument: query; there are statement, parameters");
    Started nested = start("SELECT ?", List.of(1L));
    assertThat(nested.error()).isEqualTo("parameter 1 is no single value");
    assertThat(nested.code()).isEqualTo(ResultCode.INTERNAL);
  }

  @ParameterizedTest
  @EnumSource
  void result_isBounded(Database database) {
    open(database);
    String rows =
        database == Database.H2
            ? "SELECT x FROM system_range(1, ?)"
            : "SELECT x FROM generate_series(1, ?) AS x";

    assertThat(sql(rows, 100L)).containsEntry("count", 100L);
    assertRejected(start(rows, 101L), "100 rows");
    assertRejected(start(rows, 50_000_000L), "100 rows");
    assertRejected(start("SELECT repeat('x', 140000) AS x"), Values.MAX_BYTES + " bytes");
    assertRejected(start("SELECT repeat('x', 10000000) AS x"), "");
    assertRejected(
        start("SELECT repeat('x', 70000) AS x, repeat('x', 70000) AS y"),
        Values.MAX_BYTES + " bytes");
    assertThat(sql("SELECT 1 AS x")).containsEntry("count", 1L);
  }

  private static void assertRejected(Started started, String why) {
    assertThat(started.code()).isEqualTo(ResultCode.REJECTED);
    assertThat(started.error()).contains(why);
  }

  @ParameterizedTest
  @EnumSource
  void poolOfAnySize_carriesOutAsManyAtOnce(Database database) throws Exception {
    for (int size : new int[] {1, 4, 16}) {
      runner = new SqlRunner("credits", database.settings().withPool(size));
      assertThat(runner.capacity()).isEqualTo(size);
      List<Started> all = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        all.add(start("SELECT 1 AS x"));
      }
      assertThat(all)
          .allMatch(each -> each.code() == ResultCode.DONE || each.code() == ResultCode.REJECTED);
      assertThat(all.stream().filter(each -> each.code() == ResultCode.DONE).count())
          .isGreaterThanOrEqualTo(size);
      assertThat(all).allMatch(each -> each.results() == 1);
      runner.close();
    }
  }

  @Test
  void secrets_areNotShown() {
    SqlSettings settings =
        new SqlSettings(
            "jdbc:postgresql://h/db?password=hidden",
            "me",
            "secret",
            4,
            SqlSettings.DEFAULT_CONNECT_TIMEOUT,
            100);

    assertThat(settings.toString()).isEqualTo("Sql[jdbc:postgresql://h/db]");
  }

  @Test
  void otherDatabases_areRefused() {
    assertThatThrownBy(() -> new SqlRunner("x", SqlSettings.of("jdbc:mysql://h/db")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("H2 or PostgreSQL");
  }

  @ParameterizedTest
  @EnumSource
  void closing_endsAll(Database database) {
    open(database);

    runner.close();

    await().until(() -> threads().isEmpty());
    assertThat(start("SELECT 1").code()).isEqualTo(ResultCode.CANCELLED);
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("credits-"))
        .toList();
  }
}
