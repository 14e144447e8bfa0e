// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.anteroom.node.config.BreakerSettings;
import io.anteroom.node.config.ConnectorSettings;
import io.anteroom.node.config.ExecSettings;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.HttpCallSettings;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.config.Policy;
import io.anteroom.node.config.SqlSettings;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a configuration says about the operations that policies start. */
class OperationsConfigurationTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @TempDir private Path directory;

  @Test
  void operation_isAServiceLikeAFilter_withoutPolicies() throws Exception {
    FilterSettings service =
        service(
            "timeout = 3s, max-suspended = 7, max-per-client = 6, max-queued = 5, breaker = off,"
                + " sleep {}");

    assertThat(service)
        .isEqualTo(
            new FilterSettings(
                "op",
                9,
                Duration.ofSeconds(3),
                Policy.CONTINUE,
                Policy.CONTINUE,
                Policy.CONTINUE,
                7,
                6,
                5,
                null,
                new ConnectorSettings.Sleep(100_000)));
  }

  @Test
  void operation_hasDefaults() throws Exception {
    FilterSettings service = service("sleep { max = 3 }");

    assertThat(service.timeout()).isEqualTo(Duration.ofSeconds(2));
    assertThat(service.breaker()).isEqualTo(BreakerSettings.DEFAULT);
    assertThat(service.operation()).isEqualTo(new ConnectorSettings.Sleep(3));
    assertThat(operation("resolve {}")).isEqualTo(new ConnectorSettings.Resolve("default", 1_000));
    assertThat(operation("worker {}")).isEqualTo(new ConnectorSettings.Worker(1, 1_000, false));
    assertThat(operation("worker { workers = 2, queue = 5, io = on }"))
        .isEqualTo(new ConnectorSettings.Worker(2, 5, true));
    assertThat(operation("sql { url = \"jdbc:h2:mem:a\" }"))
        .isEqualTo(new ConnectorSettings.Sql(SqlSettings.of("jdbc:h2:mem:a")));
    assertThat(operation("exec { command = [cat] }"))
        .isEqualTo(
            new ConnectorSettings.Exec(
                new ExecSettings(List.of("cat"), 4, 16 * 1024), Path.of("").toAbsolutePath()));
    assertThat(operation("http { url = \"http://127.0.0.1:1/a\" }"))
        .isEqualTo(
            new ConnectorSettings.HttpCall(
                new HttpCallSettings(
                    URI.create("http://127.0.0.1:1/a"), null, null, 200, SECOND, 48 * 1024)));
  }

  @Test
  void secrets_areInFilesNextToTheConfiguration_andNotShown() throws Exception {
    Files.writeString(directory.resolve("db.password"), "s3 cret\n");
    Files.writeString(directory.resolve("api.token"), "Bearer t0ken");
    ConnectorSettings.Sql sql =
        (ConnectorSettings.Sql)
            load(
                "sql { url = \"jdbc:postgresql://db/x?password=s3\", user = u, pool = 16,"
                    + " connect-timeout = 2s, max-rows = 5, password-file = db.password }");
    ConnectorSettings.HttpCall http =
        (ConnectorSettings.HttpCall)
            load("http { url = \"https://api.example/\", authorization-file = api.token }");

    assertThat(sql.settings())
        .isEqualTo(
            new SqlSettings(
                "jdbc:postgresql://db/x?password=s3",
                "u",
                "s3 cret",
                16,
                Duration.ofSeconds(2),
                5));
    assertThat(sql.toString()).doesNotContain("s3");
    assertThat(http.settings().authorization()).isEqualTo("Bearer t0ken");
    assertThat(http.toString()).doesNotContain("t0ken");
  }

  @Test
  void relativePaths_startAtTheDirectoryOfTheConfiguration() throws Exception {
    Path program = Files.createFile(directory.resolve("tool"));
    assertThat(program.toFile().setExecutable(true)).isTrue();

    assertThat(load("exec { command = [./tool, -x, ./stays] }"))
        .isEqualTo(
            new ConnectorSettings.Exec(
                new ExecSettings(List.of(program.toString(), "-x", "./stays"), 4, 16 * 1024),
                directory));
    for (String url : List.of("jdbc:h2:./credit;MODE=MySQL", "jdbc:h2:file:./credit;MODE=MySQL")) {
      assertThat(load("sql { url = \"" + url + "\" }"))
          .isEqualTo(
              new ConnectorSettings.Sql(
                  SqlSettings.of("jdbc:h2:file:" + directory + "/credit;MODE=MySQL")));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "timeout = 1s                        | operations.op: has no operation; it must have one of sql",
        "sleep {}, worker {}                 | operations.op: must have one of sql, http, exec, resolve,"
            + " sleep and worker, not sleep and worker",
        "sleep = 3                           | operations.op.sleep: must be a block",
        "sleep {}, on-timeout = drop         | operations.op.on-timeout: is for filters; the policy",
        "sleep {}, on-overload = drop        | operations.op.on-overload: is for filters",
        "sleep {}, on-no-filter = drop       | operations.op.on-no-filter: is for filters",
        "sleep {}, connector {}              | operations.op.connector: is for filters; an operation",
        "sleep {}, members = [a, b]          | operations.op.members: is for filters",
        "sleep {}, decide = all              | operations.op.decide: is for filters",
        "sleep {}, slep {}                   | operations.op.slep: unknown key; did you mean \"sleep\"",
        "sleep {}, timeout = 0               | operations.op.timeout: must be 1ms to 1h",
        "sleep {}, breaker { ratio = 2 }     | operations.op.breaker.ratio: must be",
        "sleep { max = 0 }                   | operations.op.sleep.max: must be 1 to 1000000, not 0",
        "sleep { min = 0 }                   | operations.op.sleep.min: unknown key",
        "resolve { pool = defualt }          | operations.op.resolve.pool: upstream pool unknown:"
            + " \"defualt\"; did you mean \"default\"",
        "resolve { max-lookups = 0 }         | operations.op.resolve.max-lookups: must be 1 to",
        "worker { workers = 17 }             | operations.op.worker.workers: must be 1 to 16",
        "worker { queue = 0 }                | operations.op.worker.queue: must be 1 to",
        "sql {}                              | operations.op.sql.url: is missing",
        "sql { url = \"jdbc:mysql:x\" }      | operations.op.sql.url: must begin with jdbc:h2: or",
        "sql { url = \"jdbc:h2:mem:a\", pool = 65 } | operations.op.sql.pool: must be 1 to 64",
        "sql { url = \"jdbc:h2:mem:a\", max-rows = 0 } | operations.op.sql.max-rows: must be 1 to",
        "sql { url = \"jdbc:h2:mem:a\", connect-timeout = 1ms } | operations.op.sql.connect-timeout:",
        "sql { url = \"jdbc:h2:mem:a\", password = a, password-file = b } | password-file: must not"
            + " be set if password is set too",
        "sql { url = \"jdbc:h2:mem:a\", password-file = nowhere } | password-file: no such file:",
        "http {}                             | operations.op.http.url: is missing",
        "http { url = \"ftp://a/\" }         | operations.op.http.url: must begin with http",
        "http { url = \"http://a.example/\" } | operations.op.http.url: http://a.example/ is neither",
        "http { url = \"http://127.0.0.1/\", max-body = 65k } | operations.op.http.max-body: must be",
        "http { url = \"http://127.0.0.1/\", max-requests = 0 } | operations.op.http.max-requests:",
        "http { url = \"http://127.0.0.1/\", http2 = on } | operations.op.http.http2: unknown key",
        "http { url = \"http://127.0.0.1/\", authorization = \"a\\nb\" } | printable ASCII",
        "exec {}                             | operations.op.exec.command: is missing",
        "exec { command = [] }               | operations.op.exec.command: must have a program",
        "exec { command = [\"\"] }           | operations.op.exec.command: must begin with a program",
        "exec { command = [./nowhere] }      | operations.op.exec.command: no program that may be run:",
        "exec { command = [/etc/passwd] }    | operations.op.exec.command: no program that may be run:",
        "exec { command = [\"a\\u0000\"] }   | operations.op.exec.command[0]: must have no NUL",
        "exec { command = [cat], processes = 0 } | operations.op.exec.processes: must be 1 to",
        "exec { command = [cat], max-output = 1m } | operations.op.exec.max-output: must be 1 to"
      })
  void wrongOperation_isRefused_withTheLine(String settings, String reason) {
    assertThatThrownBy(() -> service(settings))
        .isInstanceOf(InvalidConfiguration.class)
        .hasMessageContaining(reason)
        .hasMessageContaining("2: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "two\nlines\n"})
  void fileOfASecret_hasOneLine(String content) throws Exception {
    Files.writeString(directory.resolve("db.password"), content);

    assertThatThrownBy(() -> load("sql { url = \"jdbc:h2:mem:a\", password-file = db.password }"))
        .hasMessageContaining("sql.password-file: must have one line with the secret: ");
  }

  @Test
  void fileOfASecret_thatIsLongOrNoText_isRefused_withoutItsContent() throws Exception {
    String sql = "sql { url = \"jdbc:h2:mem:a\", password-file = db.password }";
    Files.writeString(directory.resolve("db.password"), "x".repeat(5_000));
    assertThatThrownBy(() -> load(sql))
        .hasMessageContaining("has more than 4096 bytes")
        .hasMessageNotContaining("xx");
    Files.write(directory.resolve("db.password"), new byte[] {(byte) 0xff, 'x', 'x'});
    assertThatThrownBy(() -> load(sql))
        .hasMessageContaining("is no UTF-8 text")
        .hasMessageNotContaining("xx");
  }

  @Test
  void errors_ofSeveralBlocks_areAllReported() {
    var refused =
        catchThrowableOfType(
            InvalidConfiguration.class, () -> service("sleep { max = 0 }, worker { workers = 0 }"));

    assertThat(refused.messages()).hasSize(3);
  }

  @Test
  void nameAndAsyncId_areUniqueOverFiltersAndOperations() {
    assertThatThrownBy(
            () ->
                NodeConfiguration.parse(
                    """
                    anteroom.filters.a.async-id = 1
                    anteroom.operations.a { async-id = 2, sleep {} }
                    anteroom.operations.b { async-id = 1, sleep {} }
                    anteroom.operations.c { async-id = 2, sleep {} }
                    anteroom.operations.d { sleep {} }
                    """))
        .hasMessageContaining("2: anteroom.operations.a: the name is taken by filters.a")
        .hasMessageContaining("3: anteroom.operations.b.async-id: 1 is taken by filters.a")
        .hasMessageContaining("4: anteroom.operations.c.async-id: 2 is taken by operations.a")
        .hasMessageContaining("5: anteroom.operations.d.async-id: is missing");
  }

  @Test
  void rule_thatSuspendsForAnOperation_isRefused() {
    assertThatThrownBy(
            () ->
                NodeConfiguration.parse(
                    """
                    anteroom.operations.op { async-id = 1, sleep {} }
                    anteroom.rules.query = [{ action { suspend = op } }]
                    """))
        .hasMessageContaining("suspend: op is an operation, which only a policy can start");
  }

  @Test
  void group_withAnOperationAsMember_isRefused() {
    assertThatThrownBy(
            () ->
                NodeConfiguration.parse(
                    """
                    anteroom.operations.op { async-id = 1, sleep {} }
                    anteroom.filters.a.async-id = 2
                    anteroom.filters.g { async-id = 3, members = [a, op] }
                    """))
        .hasMessageContaining("filters.g.members: op is an operation, which gives no verdict");
  }

  @Test
  void embeddedFilter_ofAnOperation_isRefused() {
    assertThatThrownBy(
            () ->
                NodeConfiguration.parse(
                    """
                    anteroom.operations.blocklist { async-id = 1, sleep {} }
                    anteroom.embedded-blocklist = on
                    """))
        .hasMessageContaining("embedded-blocklist: needs filters.blocklist");
  }

  @Test
  void reload_takesLimits_butNoOtherKind_noNewOperation_andNoFilterOfThatName() throws Exception {
    String running = "anteroom.operations.op { async-id = 1, sleep {} }\n";

    assertThat(reloaded(running, "anteroom.operations.op { async-id = 1, timeout = 9s, sleep {} }"))
        .isEmpty();
    assertThat(reloaded(running, "anteroom.operations.op { async-id = 1, worker {} }"))
        .anyMatch(line -> line.contains("operations.op.sleep: has changed, which needs a restart"));
    assertThat(reloaded(running, running + "anteroom.operations.more { async-id = 2, sleep {} }"))
        .anyMatch(line -> line.contains("operations.more.sleep: has changed, which needs a rest"));
    assertThat(reloaded(running, "anteroom.filters.op.async-id = 1"))
        .anyMatch(line -> line.contains("filters.op: has changed between filters and operations"));
    assertThat(reloaded(running, "anteroom.filters.other.async-id = 1"))
        .anyMatch(line -> line.contains("async-id: was that of operations.op when the node"));
  }

  private List<String> reloaded(String running, String next) throws Exception {
    Path file = directory.resolve("node.conf");
    Files.writeString(file, running);
    NodeConfiguration before = NodeConfiguration.load(file);
    Files.writeString(file, next);
    try {
      before.loadAgain(before.settings(), before.settings().filters().values());
      return List.of();
    } catch (InvalidConfiguration e) {
      return e.messages();
    }
  }

  /** The example is not a default, so it is a comment; it must be good all the same. */
  @Test
  void reference_hasAnExampleOfEachKind() throws Exception {
    Files.writeString(directory.resolve("credit.password"), "secret");
    Files.writeString(directory.resolve("api.token"), "Bearer x");
    String example = example().replaceAll("ca = .*", "");
    Files.writeString(directory.resolve("node.conf"), "anteroom {\n" + example + "\n}\n");

    NodeSettings settings = NodeConfiguration.load(directory.resolve("node.conf")).settings();

    assertThat(settings.filters().values())
        .extracting(service -> service.operation().key())
        .containsExactlyInAnyOrder("sql", "http", "exec", "resolve", "sleep", "worker");
    assertThat(settings.filters().get("credit"))
        .usingRecursiveComparison()
        .ignoringFields("name", "asyncId", "connector")
        .isEqualTo(service("sleep {}"));
  }

  private static String example() throws Exception {
    String reference;
    try (InputStream in = NodeConfiguration.class.getResourceAsStream("/anteroom-default.conf")) {
      reference = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    int from = reference.indexOf("  #   operations.");
    return reference
        .substring(from, reference.indexOf("\n\n", from))
        .lines()
        .map(line -> line.replaceFirst("^ *#", ""))
        .collect(Collectors.joining("\n"));
  }

  private static ConnectorSettings.Operation operation(String settings) throws Exception {
    return service(settings).operation();
  }

  private static FilterSettings service(String settings) throws InvalidConfiguration {
    String text = "anteroom {\n  operations.op { async-id = 9, " + settings + " }\n}";
    return NodeConfiguration.parse(text).settings().filters().get("op");
  }

  private ConnectorSettings.Operation load(String settings) throws Exception {
    Path file = directory.resolve("node.conf");
    Files.writeString(file, "anteroom.operations.op { async-id = 9, " + settings + " }");
    return NodeConfiguration.load(file).settings().filters().get("op").operation();
  }
}
