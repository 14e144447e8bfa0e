// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.config.ConnectorSettings;
import io.anteroom.node.lua.LuaLimits;
import io.anteroom.node.lua.LuaScript;
import io.anteroom.node.lua.LuaState;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkerRunnerTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration LONG = Duration.ofMinutes(10);

  @TempDir private Path temporary;

  private final WorkerPools pools = new WorkerPools();
  private final BlockingQueue<OperationResult> results = new LinkedBlockingQueue<>();

  @AfterEach
  void close() {
    pools.close();
  }

  private WorkerRunner runner(int workers, int queue) {
    return WorkerRunner.open("work", new ConnectorSettings.Worker(workers, queue, true), pools);
  }

  /** What a script's {@code schedule} makes of a function. */
  private static Operation operation(Object data, String function) throws Exception {
    try (LuaState state = new LuaState(LuaLimits.DEFAULT)) {
      String source =
          "task = { onexecute = "
              + function
              + " } function code() return string.dump(task.onexecute) end";
      state.load(LuaScript.compile("p.lua", source.getBytes(StandardCharsets.UTF_8)));
      Object code = Objects.requireNonNull(state.call("code", null));
      return new Operation(Map.of("data", data, "onexecute", code));
    }
  }

  private OperationRunner.Running start(WorkerRunner runner, Operation operation) {
    return runner.start(operation, LONG, results::add);
  }

  private OperationResult result() throws InterruptedException {
    OperationResult result = results.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    assertThat(result).isNotNull();
    return result;
  }

  private String fifo() throws Exception {
    Path fifo = temporary.resolve("fifo");
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
    return fifo.toString();
  }

  @Test
  void codeThatAScriptMadeUp_isNotLoaded() throws Exception {
    WorkerRunner runner = runner(1, 1);
    byte[] real = (byte[]) operation("x", "function() return 'y' end").arguments().get("onexecute");
    byte[] changed = Objects.requireNonNull(real).clone();
    changed[changed.length / 4] ^= 1;
    byte[] unsealed = Arrays.copyOf(real, real.length - 32);

    for (byte[] code : List.of(changed, unsealed, new byte[] {27, 'L', 'J'})) {
      start(runner, new Operation(Map.of("data", "x", "onexecute", code)));

      OperationResult result = result();
      assertThat(result.code()).isEqualTo(ResultCode.INTERNAL);
      assertThat(result.outputs().get("error").toString()).contains("string.dump");
    }
    start(runner, new Operation(Map.of("data", "x", "onexecute", real)));
    assertThat(result().outputs()).containsEntry("response", "y");
  }

  @Test
  void function_getsItsData_andReturnsAResponse() throws Exception {
    WorkerRunner runner = runner(1, 10);

    start(runner, operation("x", "function(data) return data .. data end"));
    assertThat(result()).isEqualTo(OperationResult.done(Map.of("response", "xx")));
    start(runner, operation("x", "function(data) end"));
    assertThat(result()).isEqualTo(OperationResult.done(Map.of()));
    start(runner, operation(new byte[] {(byte) 0xff, 0}, "function(data) return data end"));
    assertThat(result().outputs().get("response")).isEqualTo(new byte[] {(byte) 0xff, 0});
  }

  @Test
  void functionThatFails_isInternal_withItsLine() throws Exception {
    WorkerRunner runner = runner(1, 10);

    start(runner, operation("x", "function(data)\nerror('broken') end"));
    assertThat(result()).isEqualTo(OperationResult.failed(ResultCode.INTERNAL, "p.lua:2: broken"));
    start(runner, operation("x", "function(data) return {} end"));
    assertThat(result().code()).isEqualTo(ResultCode.INTERNAL);
    start(runner, operation("x", "function(data) return ('x'):rep(200000) end"));
    assertThat(result().code()).isEqualTo(ResultCode.INTERNAL);
  }

  @Test
  void wrongArguments_areInternal() throws Exception {
    WorkerRunner runner = runner(1, 10);

    start(runner, new Operation(Map.of("data", "x")));
    assertThat(result())
        .isEqualTo(
            OperationResult.failed(ResultCode.INTERNAL, "schedule needs a string as onexecute"));
    start(runner, new Operation(Map.of("data", "x", "onexecute", "no code")));
    assertThat(result().code()).isEqualTo(ResultCode.INTERNAL);
  }

  @Test
  void timeIsUp_whileItRunsOrWaits_isTimeout() throws Exception {
    WorkerRunner runner = runner(1, 10);
    String fifo = fifo();
    Operation held = operation(fifo, "function(f) io.open(f):read('*a') end");

    runner.start(held, Duration.ofMillis(50), results::add);
    runner.start(operation("x", "function() end"), Duration.ofMillis(10), results::add);
    assertThat(result().code()).isIn(ResultCode.TIMEOUT, ResultCode.DONE);
    assertThat(result().code()).isIn(ResultCode.TIMEOUT, ResultCode.DONE);
    start(runner, operation("x", "function() end"));

    assertThat(result()).isEqualTo(OperationResult.done(Map.of()));
    Files.writeString(Path.of(fifo), "");
    await().atMost(PATIENCE).until(() -> pools.stats().iterator().next().overrun() == 0);
  }

  @Test
  void cancel_endsWhatRunsAndWhatWaits() throws Exception {
    WorkerRunner runner = runner(1, 10);
    String fifo = fifo();
    Operation held = operation(fifo, "function(f) io.open(f):read('*a') end");
    List<OperationRunner.Running> running = new ArrayList<>();
    running.add(start(runner, held));
    await().atMost(PATIENCE).until(() -> pools.stats().iterator().next().running() == 1);
    running.add(start(runner, operation("x", "function() end")));

    running.forEach(OperationRunner.Running::cancel);

    assertThat(result().code()).isEqualTo(ResultCode.CANCELLED);
    assertThat(result().code()).isEqualTo(ResultCode.CANCELLED);
    running.forEach(OperationRunner.Running::cancel);
    assertThat(results).isEmpty();
    Files.writeString(Path.of(fifo), "");
  }

  @Test
  void moreThanTheCapacity_isRejectedAtOnce() throws Exception {
    WorkerRunner runner = runner(1, 2);
    String fifo = fifo();
    Operation held = operation(fifo, "function(f) io.open(f):read('*a') end");
    assertThat(runner.capacity()).isEqualTo(3);
    for (int i = 0; i < 3; i++) {
      start(runner, held);
    }

    OperationRunner.Running rejected = start(runner, held);

    assertThat(result().code()).isEqualTo(ResultCode.REJECTED);
    assertThat(rejected).isSameAs(OperationRunner.NO_ROOM);
    runner.close();
    for (int i = 0; i < 3; i++) {
      assertThat(result().code()).isEqualTo(ResultCode.INTERNAL);
    }
    Files.writeString(Path.of(fifo), "");
  }
}
