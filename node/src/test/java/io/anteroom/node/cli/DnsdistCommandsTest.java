// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.ListenerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands that take a dnsdist file. */
class DnsdistCommandsTest {
  private static final String GOOD =
      """
      setLocal("127.0.0.1:5301")
      newServer("192.0.2.1")
      setKey("x")
      addAction("blocked.example.", RCodeAction(DNSRCode.REFUSED))
      """;

  private final Terminal terminal = new Terminal();
  private final FakeStarter starter = new FakeStarter();

  @TempDir private Path directory;

  @AfterEach
  void output_hasNoStackTrace() {
    assertThat(terminal.out() + terminal.err()).doesNotContain("\tat ").doesNotContain("Exception");
  }

  private Path write(String text) throws IOException {
    return Files.writeString(directory.resolve("a.lua"), text);
  }

  private int run(String command, Path file, String... more) {
    String[] args = new String[3 + more.length];
    args[0] = command;
    args[1] = "--dnsdist";
    args[2] = file.toString();
    System.arraycopy(more, 0, args, 3, more.length);
    return terminal.run(starter, args);
  }

  @Test
  void check_good_warnsOfWhatHasNoEffect() throws Exception {
    Path file = write(GOOD);

    assertThat(run("check", file)).isZero();
    assertThat(terminal.out().lines())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("warning: " + file + ":3: setKey"),
            line -> assertThat(line).isEqualTo(file + ": ok"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      quoteCharacter = '`',
      value = {
        "x = = 1 > :1: ",
        "error('no') > :1: no",
        "newSever('192.0.2.1') > :1: ",
        "newServer('nonsense') > :1: ",
        "addAction('a.example.', 7) > :1: ",
        "addAction('a..b', DropAction()) > :1: ",
        "setLocal('127.0.0.1:0x35') > :1: ",
        "newServer('127.0.0.1:53') > :1: 127.0.0.1:53 is one of this node's own",
      })
  void wrongFile_isRefusedByAllCommands_withFileAndLine(String text, String message)
      throws Exception {
    Path file = write(text + "\n");

    for (String command : new String[] {"check", "run", "import"}) {
      Terminal own = new Terminal();
      assertThat(Main.run(own.console, starter, command, "--dnsdist", file.toString()))
          .isEqualTo(1);
      assertThat(own.err()).startsWith(file + message).hasLineCount(1);
      assertThat(own.out()).isEmpty();
    }
    assertThat(starter.configuration).isNull();
  }

  @Test
  void missingFile_isOneLine() {
    assertThat(run("check", directory.resolve("absent.lua"))).isEqualTo(1);
    assertThat(terminal.err()).contains("absent.lua").hasLineCount(1);
  }

  @Test
  void check_withoutAFile_orWithTwo_saysWhichOptions() throws Exception {
    Path file = write(GOOD);

    assertThat(terminal.run(starter, "check")).isEqualTo(2);
    assertThat(terminal.err()).contains("--config", "--dnsdist");
    assertThat(run("check", file, "--config", "x")).isEqualTo(2);
  }

  @Test
  void run_withBothFiles_orWithAnAddressAlone_isWrongUse() throws Exception {
    assertThat(run("run", write(GOOD), "--config", "x")).isEqualTo(2);
    assertThat(terminal.run(starter, "run", "-l", "127.0.0.1")).isEqualTo(2);
    assertThat(run("run", write(GOOD), "-l", "nowhere")).isEqualTo(2);
    assertThat(terminal.err()).contains("not both", "-l is for --dnsdist only", "-l nowhere: ");
  }

  @Test
  void run_listensWhereTheCommandLineSays() throws Exception {
    terminal.interrupt();

    assertThat(run("run", write(GOOD), "-l", "127.0.0.2", "--local", "[::1]:5302")).isZero();
    assertThat(starter.configuration.settings().listeners())
        .extracting(ListenerSettings::name)
        .containsExactly(
            "udp 127.0.0.2:53", "tcp 127.0.0.2:53", "udp [::1]:5302", "tcp [::1]:5302");
    assertThat(terminal.out()).contains("a.lua:3: setKey");
  }

  @Test
  void import_writesWhatCheckAccepts() throws Exception {
    assertThat(run("import", write(GOOD))).isZero();
    Path written = Files.writeString(directory.resolve("a.conf"), terminal.out());
    Terminal second = new Terminal();

    assertThat(Main.run(second.console, starter, "check", "--config", written.toString())).isZero();
    assertThat(second.out()).endsWith(written + ": ok\n");
    assertThat(terminal.out()).contains("a.lua:3: setKey", "suffix = [\"blocked.example.\"]");
  }
}
