// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.SpooledFile;
import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaScript;
import io.anteroom.node.operation.TaskCounter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files in deploy/examples with worker tasks. */
class TaskExamplesTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String CONTENT = "abc";

  @TempDir private Path data;

  private static byte[] example(String name) throws Exception {
    return Files.readAllBytes(Path.of("..", "deploy", "examples", name));
  }

  private SpooledFile spooled() throws Exception {
    Path spool = Files.createDirectories(data.resolve("spool"));
    Path file = Files.writeString(spool.resolve("seen-1.dns"), CONTENT);
    return new SpooledFile(
        1, "192.0.2.7:4711 udp www.example", file, "www.example IN A", "NOERROR", 3);
  }

  @Test
  void sha1_computesTheSumOfTheFile_onAWorker() throws Exception {
    byte[] source = example("sha1.lua");
    // The test sees what the example prints.
    byte[] seeing =
        (new String(source, StandardCharsets.UTF_8) + "\nprint = seen")
            .getBytes(StandardCharsets.UTF_8);
    try (TaskScript script = TaskScript.ofFile(data, "sha1.lua", seeing)) {
      SpooledFile file = spooled();
      assertThat(script.takesFiles()).isTrue();
      script.onFile(file);

      assertThat(script.seen())
          .isEqualTo(
              "The SHA1 sum of " + file.path() + " IS a9993e364706816aba3e25717850c26c9cd0d89d");
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(script.metrics.counters())
                      .containsKey(new PolicyMetrics.CounterName("p", "sha1_sums")));
    }
  }

  @Test
  void copy_copiesTheFile_inBothWays() throws Exception {
    try (TaskScript script = TaskScript.ofFile(data, "copy.lua", example("copy.lua"))) {
      script.onFile(spooled());

      await().atMost(PATIENCE).until(() -> script.count(TaskCounter.NOTHING) == 2);
      assertThat(data.resolve("latest.dns")).hasContent(CONTENT);
      assertThat(data.resolve("latest-by-cp.dns")).hasContent(CONTENT);
    }
  }

  @Test
  void blocking_isRefusedWithTheReason() throws Exception {
    byte[] source = example("blocking.lua");

    assertThatThrownBy(() -> LuaScript.compile("blocking.lua", source))
        .isInstanceOf(LuaFailure.class)
        .hasMessageStartingWith("blocking.lua:5: os.execute would block");
  }
}
