// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.config.ExecSettings;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.ResultCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real programs, among them some that do not want to end. */
class ExecRunnerTest {
  private static final Duration SHORT = Duration.ofMillis(500);
  private static final AtomicInteger NUMBERS = new AtomicInteger();

  /** A time to sleep that no other process sleeps, by which those of a test are found. */
  private final String forLong =
      "9" + ProcessHandle.current().pid() + "." + NUMBERS.incrementAndGet();

  @TempDir private Path directory;

  private ExecRunner runner;

  @AfterEach
  void close() {
    if (runner != null) {
      runner.close();
    }
    await().until(() -> sleepers() == 0);
  }

  private long sleepers() {
    return ProcessHandle.allProcesses()
        .filter(process -> process.info().commandLine().orElse("").contains(forLong))
        .count();
  }

  private void open(String... command) {
    open(10_000, command);
  }

  private void open(int maxOutput, String... command) {
    runner =
        new ExecRunner("programs", new ExecSettings(List.of(command), 4, maxOutput), directory);
  }

  /** Uses a script as the program. */
  private void script(String text) throws IOException {
    Path file = Files.writeString(directory.resolve("program"), "#!/bin/sh\n" + text + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    open(file.toString());
  }

  private Map<String, Object> run(Object... arguments) {
    return Started.outputs(runner, Map.of("arguments", List.of(arguments)));
  }

  private Started start(Duration timeLeft) {
    return Started.start(runner, Map.of(), timeLeft);
  }

  @Test
  void arguments_arriveAsTheyAre() {
    open("/usr/bin/printf", "<%s>");
    List<String> names =
        List.of(
            "'", "\"; reboot; \"", "$(reboot)", "`reboot`", "a\nb\r\n", "-n", "--", "", "* ?", "ü");

    assertThat(run(names.toArray()))
        .isEqualTo(
            Map.of("status", 0L, "stdout", "<" + String.join("><", names) + ">", "stderr", ""));
    assertThat(run(1L, 2.5)).containsEntry("stdout", "<1><2.5>");
  }

  @Test
  void wrongArguments_areNamed() {
    open("/bin/echo");

    assertInternal(Map.of("arguments", List.of("a\0b")), "NUL");
    assertInternal(Map.of("arguments", List.of(List.of())), "text or numbers");
    assertInternal(Map.of("arguments", "x"), "arguments must be a list");
    assertInternal(Map.of("stdin", 1L), "stdin must be text");
    assertInternal(Map.of("command", "reboot"), "no such argument: command");
  }

  private void assertInternal(Map<String, ?> arguments, String why) {
    Started failed = Started.start(runner, arguments);
    assertThat(failed.code()).isEqualTo(ResultCode.INTERNAL);
    assertThat(failed.error()).contains(why);
  }

  @Test
  void environment_hasNothingOfTheNode() throws IOException {
    script("env | cut -d= -f1 | grep -v -e '^PWD$' -e '^_$' -e '^SHLVL$' | sort; pwd");

    assertThat(run().get("stdout"))
        .isEqualTo("ANTEROOM_OPERATION\nLANG\nPATH\n" + directory.toRealPath() + "\n");
  }

  @Test
  void stdin_isRead_orNot() {
    String text = "line\n".repeat(20_000);
    open(200_000, "/usr/bin/wc", "-c");
    assertThat(Started.outputs(runner, Map.of("stdin", text)).get("stdout").toString().strip())
        .isEqualTo("100000");
    assertThat(run().get("stdout").toString().strip()).isEqualTo("0");
    runner.close();

    open("/bin/true");
    assertThat(Started.outputs(runner, Map.of("stdin", text))).containsEntry("status", 0L);
  }

  @Test
  void exitCodeAndErrors_areOutputs() throws IOException {
    script("echo some; echo 'went wrong' >&2; exit 3");

    assertThat(run()).isEqualTo(Map.of("status", 3L, "stdout", "some\n", "stderr", "went wrong\n"));
  }

  @Test
  void bytes_stayBytes() {
    open("/usr/bin/printf", "\\377\\000");

    assertThat(run().get("stdout")).isEqualTo(new byte[] {(byte) 0xff, 0});
  }

  @Test
  void missingProgram_isRefused() throws IOException {
    for (String name : List.of("/nowhere/program", "no-such-program", directory.toString())) {
      open(name);
      Started failed = start(Started.LONG);
      assertThat(failed.code()).isEqualTo(ResultCode.REFUSED);
      assertThat(failed.error()).isEqualTo("no program that may be run: " + name);
      runner.close();
    }
    open("echo", "found in PATH");
    assertThat(run()).containsEntry("stdout", "found in PATH\n");
    runner.close();

    script("");
    Files.writeString(directory.resolve("program"), "#!/nowhere/interpreter\n");
    assertThat(start(Started.LONG).code()).isEqualTo(ResultCode.REFUSED);
  }

  @Test
  void output_isBounded() throws IOException {
    script("head -c $1 /dev/zero; head -c $2 /dev/zero >&2");
    assertThat(run(10_000L, 10_000L)).containsEntry("status", 0L);
    for (List<Long> sizes : List.of(List.of(10_001L, 0L), List.of(0L, 10_001L))) {
      Started failed = Started.start(runner, Map.of("arguments", sizes));
      assertThat(failed.code()).isEqualTo(ResultCode.REJECTED);
      assertThat(failed.error()).contains("10000 bytes");
    }
    runner.close();

    script("yes & sleep " + forLong);
    assertThat(start(Started.LONG).code()).isEqualTo(ResultCode.REJECTED);
    assertThat(sleepers()).isZero();
  }

  @Test
  void program_mayEndInOrder() throws IOException {
    script("trap 'echo > ended; exit' TERM; sleep " + forLong + " & echo > ready; wait");
    Started hanging = start(Started.LONG);
    await().until(() -> Files.exists(directory.resolve("ready")));

    hanging.cancel();

    assertThat(hanging.code()).isEqualTo(ResultCode.CANCELLED);
    assertThat(directory.resolve("ended")).exists();
    assertThat(sleepers()).isZero();
  }

  /** The sleeping process is FOR_LONG in these. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "exec sleep FOR_LONG",
        "trap '' TERM; sleep FOR_LONG; sleep FOR_LONG",
        // A grandchild that has lost its parent.
        "trap '' TERM; (sleep FOR_LONG &) ; sleep FOR_LONG",
        // A daemon: a session of its own, and no parent.
        "trap '' TERM; (setsid sh -c 'sleep FOR_LONG; sleep FOR_LONG' &) ; sleep FOR_LONG",
        "(setsid setsid sleep FOR_LONG < /dev/null > /dev/null 2>&1 &) ; sleep FOR_LONG",
        // No parent and no environment.
        "trap '' TERM; (env -i sleep FOR_LONG &) ; sleep FOR_LONG",
        // Forks all the time.
        "trap '' TERM; for i in $(seq 100); do (sleep FOR_LONG &) ; done; sleep FOR_LONG",
        "f() { (sleep FOR_LONG &) ; sleep 0.01; (f &) ; }; trap '' TERM; f; sleep FOR_LONG",
      })
  void programThatDoesNotEnd_isKilledWithAllItHasStarted(String text) throws IOException {
    script(text.replace("FOR_LONG", forLong));

    Started hanging = start(SHORT);

    assertThat(hanging.code()).isEqualTo(ResultCode.TIMEOUT);
    assertThat(sleepers()).isZero();
    assertThat(hanging.results()).isEqualTo(1);
  }

  @Test
  void grandchildThatHoldsTheOutput_isNotWaitedFor() throws IOException {
    script("sleep " + forLong + " & echo done; exit 0");

    assertThat(run()).containsEntry("stdout", "done\n");
    assertThat(sleepers()).isZero();
  }

  @Test
  void processesAtOnce_areBounded_andCloseEndsThem() throws IOException {
    script("exec sleep " + forLong);
    List<Started> all = IntStream.range(0, 4).mapToObj(i -> start(Started.LONG)).toList();
    await().until(() -> sleepers() == 4);

    assertThat(start(Started.LONG).code()).isEqualTo(ResultCode.REJECTED);
    runner.close();

    assertThat(all).allMatch(each -> each.code() == ResultCode.CANCELLED);
    assertThat(sleepers()).isZero();
    assertThat(start(Started.LONG).code()).isEqualTo(ResultCode.CANCELLED);
  }

  @Test
  void hundredThousandStarts_eachEndOnce() throws Exception {
    open("/bin/true");
    AtomicInteger done = new AtomicInteger();
    AtomicInteger others = new AtomicInteger();
    List<Thread> callers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Thread caller =
          new Thread(
              () -> {
                for (int n = 0; n < 25_000; n++) {
                  runner.start(
                      new Operation(Map.of()),
                      Started.LONG,
                      result -> {
                        if (result.code() != ResultCode.DONE
                            && result.code() != ResultCode.REJECTED) {
                          others.incrementAndGet();
                        }
                        done.incrementAndGet();
                      });
                }
              });
      callers.add(caller);
      caller.start();
    }
    for (Thread caller : callers) {
      caller.join();
    }

    await().until(() -> done.get() == 100_000);
    assertThat(others.get()).isZero();
    assertThat(run()).containsEntry("status", 0L);
    assertThat(done.get()).isEqualTo(100_000);
  }
}
