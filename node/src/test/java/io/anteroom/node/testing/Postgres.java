// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A PostgreSQL server on a port of 127.0.0.1, with a new database in a temporary directory. It
 * needs the server's programs, as Debian's package postgresql installs them. It refuses to run as
 * root, so root starts it as the user postgres.
 */
public final class Postgres implements AutoCloseable {
  public static final String USER = "anteroom";
  public static final String PASSWORD = "it's;secret";

  private static final Path INSTALLED = Path.of("/usr/lib/postgresql");
  private static final String SERVER_USER = "postgres";
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Path directory;
  private final Path programs;
  private final int port;
  private final Thread end = new Thread(this::kill, "end-of-postgres");
  private volatile Process server;

  private Postgres(Path directory, Path programs, int port) {
    this.directory = directory;
    this.programs = programs;
    this.port = port;
  }

  /** Makes an empty database, and starts a server for it. */
  public static Postgres start() {
    try {
      Path directory = Files.createTempDirectory("anteroom-postgres");
      Postgres postgres = new Postgres(directory, programs(), FreePorts.inARow(1));
      Runtime.getRuntime().addShutdownHook(postgres.end);
      postgres.makeDatabase();
      postgres.startAgain();
      return postgres;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Those of the newest version. */
  private static Path programs() throws IOException {
    try (Stream<Path> versions = Files.list(INSTALLED)) {
      return versions
          .max(Comparator.comparingInt(path -> Integer.parseInt(path.getFileName().toString())))
          .orElseThrow()
          .resolve("bin");
    }
  }

  private void makeDatabase() throws IOException {
    Path password = Files.writeString(directory.resolve("password"), PASSWORD + "\n");
    if (isRoot()) {
      for (Path path : List.of(directory, password)) {
        Files.setOwner(
            path,
            path.getFileSystem()
                .getUserPrincipalLookupService()
                .lookupPrincipalByName(SERVER_USER));
      }
    }
    Process made =
        run(
            "initdb",
            "--pgdata=" + data(),
            "--username=" + USER,
            "--pwfile=" + password,
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--no-locale",
            "--no-sync");
    String said = new String(made.getInputStream().readAllBytes());
    assertThat(waitFor(made)).as(said).isTrue();
    assertThat(made.exitValue()).as(said).isZero();
  }

  private Path data() {
    return directory.resolve("data");
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  private Process run(String program, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    if (isRoot()) {
      command.addAll(
          List.of("setpriv", "--reuid=" + SERVER_USER, "--regid=" + SERVER_USER, "--clear-groups"));
    }
    command.add(programs.resolve(program).toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    return builder.redirectErrorStream(true).start();
  }

  /** Starts the server after {@link #stop}; returns when it accepts connections. */
  public void startAgain() {
    try {
      Path log = directory.resolve("log");
      server =
          run(
              "postgres",
              "-D",
              data().toString(),
              "-p",
              Integer.toString(port),
              "-h",
              "127.0.0.1",
              "-k",
              directory.toString(),
              "-c",
              "fsync=off",
              "-c",
              "log_destination=stderr",
              "-c",
              "logging_collector=off");
      new Thread(() -> copy(server, log), "log-of-postgres").start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    await().atMost(PATIENCE).until(() -> !server.isAlive() || accepts());
    assertThat(server.isAlive()).as("see %s/log", directory).isTrue();
  }

  private static void copy(Process process, Path file) {
    try (OutputStream log = Files.newOutputStream(file)) {
      process.getInputStream().transferTo(log);
    } catch (IOException e) {
      // The test has ended.
    }
  }

  private boolean accepts() {
    try (Connection connection = connect()) {
      return connection.isValid(10);
    } catch (SQLException e) {
      return false;
    }
  }

  public String url() {
    return "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
  }

  /** Opens a connection for the test itself. */
  public Connection connect() throws SQLException {
    return DriverManager.getConnection(url(), USER, PASSWORD);
  }

  /** Carries out statements of the test itself. */
  public void execute(String... statements) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      for (String text : statements) {
        statement.execute(text);
      }
    }
  }

  /** Has every login take so long from now on, apart from its work; 0 for no such delay. */
  public void delayLogins(int seconds) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute("ALTER SYSTEM SET pre_auth_delay = " + seconds);
      statement.execute("SELECT pg_reload_conf()");
      // The server tells this process after it has read its configuration itself.
      await().atMost(PATIENCE).until(() -> setting(statement).equals(seconds + "s"));
    }
  }

  private static String setting(Statement statement) throws SQLException {
    try (ResultSet result =
        statement.executeQuery(
            "SELECT setting || unit FROM pg_settings WHERE name = 'pre_auth_delay'")) {
      result.next();
      return result.getString(1);
    }
  }

  /** What the server has logged since its start. */
  public String log() throws IOException {
    return Files.readString(directory.resolve("log"));
  }

  public ProcessHandle handle() {
    return server.toHandle();
  }

  /** Sends a signal to the server and all its processes, such as STOP. */
  public void signalAll(String signal) {
    List<String> command = new ArrayList<>(List.of("kill", "-" + signal));
    Stream.concat(Stream.of(server.toHandle()), server.descendants())
        .forEach(process -> command.add(Long.toString(process.pid())));
    try {
      waitFor(new ProcessBuilder(command).start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Stops the server, which ends all connections; returns when it is gone. */
  public void stop() {
    try {
      // A fast shutdown; after SIGTERM it would wait for its clients.
      waitFor(new ProcessBuilder("kill", "-INT", Long.toString(server.pid())).start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    assertThat(waitFor(server)).as("stopped").isTrue();
  }

  private static boolean waitFor(Process process) {
    try {
      return process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void kill() {
    Process running = server;
    if (running != null) {
      List<ProcessHandle> all =
          Stream.concat(Stream.of(running.toHandle()), running.descendants()).toList();
      all.forEach(ProcessHandle::destroyForcibly);
      all.forEach(process -> process.onExit().orTimeout(1, TimeUnit.MINUTES).join());
    }
  }

  @Override
  public void close() throws IOException {
    kill();
    waitFor(server);
    Runtime.getRuntime().removeShutdownHook(end);
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
