// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.operation.TaskCounter;
import io.anteroom.node.operation.WorkerSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LuaTasksTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir private Path data;

  private static WorkerSettings limit(Duration limit) {
    return new WorkerSettings(1_000, 1 << 24, limit, Duration.ofMillis(50));
  }

  private static void awaitCount(TaskScript script, TaskCounter counter, long n) {
    await(counter.word())
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(script.count(counter)).isEqualTo(n));
  }

  @Test
  void schedule_runsOnAWorker_andGivesTheResponseBack() throws Exception {
    try (TaskScript script =
        TaskScript.of(
            data,
            """
            local function report(engine, req, response)
              engine:counter("answers", 2)
              engine.counter("answers")
              seen(req .. " -> " .. response)
            end
            function begin(text)
              seen(T.async:schedule{
                data = text,
                onexecute = function(indata) return indata:upper() end,
                onresult = report,
              })
              seen("scheduled")
            end
            """)) {
      script.call("begin", "a|b");

      assertThat(script.seen()).isEqualTo(true);
      assertThat(script.seen()).isEqualTo("scheduled");
      assertThat(script.seen()).isEqualTo("a|b -> A|B");
      assertThat(script.metrics.counters().get(new PolicyMetrics.CounterName("p", "answers")).sum())
          .isEqualTo(3);
    }
  }

  @Test
  void data_keepsAllBytes() throws Exception {
    try (TaskScript script =
        TaskScript.of(
            data,
            """
            function begin()
              local all = {}
              for i = 0, 255 do all[#all + 1] = string.char(i) end
              T.async.schedule{
                data = table.concat(all),
                onexecute = function(indata) return indata .. indata:reverse() end,
                onresult = function(engine, req, response)
                  seen(#req == 256 and response == req .. req:reverse())
                end,
              }
            end
            """)) {
      script.call("begin");

      assertThat(script.seen()).isEqualTo(true);
    }
  }

  @Test
  void onresult_isCalledOnlyIfThereIsAResponse() throws Exception {
    try (TaskScript script =
        TaskScript.of(
            data,
            """
            local function say(engine, req, response) seen(req) end
            function begin()
              local task = { onresult = say }
              task.data, task.onexecute = "nothing", function() end
              T.async:schedule(task)
              task.data, task.onexecute = "throws", function() error("broken") end
              T.async:schedule(task)
              task.data, task.onexecute = "number", function() return 7 end
              T.async:schedule(task)
              task.data, task.onexecute = "table", function() return {} end
              T.async:schedule(task)
              task.data, task.onexecute = "large", function() return ("x"):rep(200000) end
              T.async:schedule(task)
              task.data, task.onexecute = "global", function() return helper() end
              T.async:schedule(task)
              task.data, task.onexecute = "text", function() return "" end
              T.async:schedule(task)
            end
            function helper() end
            """)) {
      script.call("begin");

      assertThat(script.seen()).isEqualTo("text");
      awaitCount(script, TaskCounter.FAILED, 5);
      awaitCount(script, TaskCounter.NOTHING, 1);
      awaitCount(script, TaskCounter.DONE, 1);
      assertThat(script.hasSeenAll()).isTrue();
    }
  }

  @Test
  void aTable_canBeScheduledAgainWithOtherData() throws Exception {
    try (TaskScript script =
        TaskScript.of(
            data,
            """
            task = {
              onexecute = function(indata) return "did " .. indata end,
              onresult = function(engine, req, response)
                seen(response)
                if req == "1" then
                  task.data = "2"
                  T.async:schedule(task)
                end
              end,
            }
            function begin()
              task.data = "1"
              T.async:schedule(task)
              task.data = "changed afterwards"
            end
            """)) {
      script.call("begin");

      assertThat(script.seen()).isEqualTo("did 1");
      assertThat(script.seen()).isEqualTo("did 2");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "T.async:schedule()|schedule needs a table with data and onexecute",
        "T.async:schedule{onexecute=fine}|data must be a string, not a nil",
        "T.async:schedule{data=1,onexecute=fine}|data must be a string, not a number",
        "T.async:schedule{data={},onexecute=fine}|data must be a string, not a table",
        "T.async:schedule{data='x'}|onexecute is missing; it must be a function",
        "T.async:schedule{data='x',onexecute='f'}|onexecute must be a function, not a string",
        "T.async:schedule{data='x',onexecute=fine,onresult=1}|onresult must be a function, not a n",
        "T.async:schedule{data='x',onexecute=f}|the function at p.lua:1 uses the local variable outer from",
        "T.async:copy('a')|the copy must be a string, not a nil",
        "T.async:cat('a')|the file to append to must be a string, not a nil",
        "T.async:rm()|the file to remove must be a string, not a nil",
        "T.async:copybuffer()|copybuffer needs a string as its buffer, not a nil",
        "T.async:copybuffer('x','f',1.5)|the position must be a whole number, not a number",
        "T.async:copybuffer(('x'):rep(1048577),'f')|the buffer has more than 1048576 bytes",
      })
  void wrongArguments_areAnErrorAtTheirLine(String call, String error) throws Exception {
    try (TaskScript script =
        TaskScript.of(
            data,
            """
            local outer = 1; local f = function() return outer end
            local fine = function() end
            function begin()
              local x = %s
            end
            """
                .formatted(call))) {
      assertThatThrownBy(() -> script.call("begin"))
          .isInstanceOf(LuaFailure.class)
          .hasMessageStartingWith("p.lua:4: " + error);
      assertThat(script.count(TaskCounter.SCHEDULED)).isZero();
    }
  }

  @Test
  void onexecuteWithUpvalues_isRefusedAtLoad_withItsLine() {
    assertThatThrownBy(
            () ->
                TaskScript.of(
                    data,
                    """
                    function onfile_http(engine, timestamp, flowkey, path)
                      T.async:schedule{
                        data = path,
                        onexecute = function(indata) return path end,
                      }
                    end
                    """))
        .isInstanceOf(LuaFailure.class)
        .hasMessageStartingWith("p.lua:4: ")
        .hasMessageContaining("path");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"0|0", "17|17", "1.5|1.5", "[[x]]|x", "{}|{}"})
  void workersThatAreNoNumber_areRefusedAtLoad(String number, String shown) {
    assertThatThrownBy(
            () -> TaskScript.of(data, "TrisulPlugin = { request_async_workers = " + number + " }"))
        .isInstanceOf(LuaFailure.class)
        .hasMessage(
            "TrisulPlugin.request_async_workers must be a whole number from 1 to 16, not " + shown);
  }

  @Test
  void requestAsyncWorkers_isTheNumberOfThreads() throws Exception {
    try (TaskScript script =
        TaskScript.of(
            data,
            """
            TrisulPlugin.request_async_workers = 3
            function begin(fifo)
              for i = 1, 5 do
                T.async:schedule{ data = fifo, onexecute = function(f) io.open(f):read("*a") end }
              end
            end
            function pending() return T.async:pending_items() end
            """)) {
      Path fifo = data.resolve("fifo");
      assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
      script.call("begin", fifo.toString());

      await().atMost(PATIENCE).until(() -> script.stats().running() == 3);
      assertThat(script.call("pending")).isEqualTo(2L);
      assertThat(script.stats().pending()).isEqualTo(2);
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                Files.writeString(fifo, "");
                return script.count(TaskCounter.NOTHING) == 5;
              });
      assertThat(script.call("pending")).isEqualTo(0L);
    }
  }

  /** The task computes for longer than the calls of the policy take that come after it. */
  @Test
  void taskOfTwoSeconds_doesNotHoldUpThePolicy() throws Exception {
    try (TaskScript script =
        TaskScript.of(
            data,
            """
            function begin(file)
              T.async:schedule{
                data = file,
                onexecute = function(file)
                  local start = os.clock()
                  while os.clock() - start < 2 do end
                  -- Not before the calls of the policy have ended.
                  while not io.open(file) do end
                  return "done"
                end,
                onresult = function(engine, req, response) seen(response) end,
              }
            end
            function work(n) return n + 1 end
            """)) {
      Path file = data.resolve("calls-have-ended");
      script.call("begin", file.toString());
      await().atMost(PATIENCE).until(() -> script.stats().running() == 1);

      for (long i = 0; i < 1_000; i++) {
        assertThat(script.call("work", i)).isEqualTo(i + 1);
      }
      assertThat(script.stats().running()).isEqualTo(1);
      assertThat(script.hasSeenAll()).isTrue();
      Files.createFile(file);

      assertThat(script.seen()).isEqualTo("done");
    }
  }

  @Test
  void taskThatNeverEnds_timesOut_isStoppedByItsState_andOthersGoOn() throws Exception {
    try (TaskScript script =
        TaskScript.of(
            data,
            limit(Duration.ofSeconds(3)),
            """
            local function say(engine, req, response) seen(response) end
            function begin()
              T.async:schedule{ data = "", onexecute = function() while true do end end,
                onresult = say }
              T.async:schedule{ data = "", onexecute = function() return "next" end,
                onresult = say }
            end
            """)) {
      script.call("begin");

      assertThat(script.seen()).isEqualTo("next");
      await().atMost(PATIENCE).until(() -> script.stats().overrun() == 0);
      assertThat(script.ended()).isEqualTo(2);
    }
  }

  @Test
  void taskThatForksAndWaits_itsThreadIsReplaced() throws Exception {
    try (TaskScript script =
        TaskScript.of(
            data,
            limit(Duration.ofSeconds(3)),
            """
            function begin(fifo)
              T.async:schedule{ data = fifo, onexecute = function(f) os.execute("cat " .. f) end }
              T.async:schedule{ data = "", onexecute = function() return "next" end,
                onresult = function(engine, req, response) seen(response) end }
            end
            """)) {
      Path fifo = data.resolve("fifo");
      assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
      script.call("begin", fifo.toString());

      assertThat(script.seen()).isEqualTo("next");
      assertThat(script.count(TaskCounter.TIMED_OUT)).isEqualTo(1);
      assertThat(script.count(TaskCounter.OVERRUNS)).isEqualTo(1);
      Files.writeString(fifo, "");
      await().atMost(PATIENCE).until(() -> script.stats().overrun() == 0);
    }
  }

  @Test
  void taskThatUsesUpTheMemory_fails_andTheNextHasANewState() throws Exception {
    try (TaskScript script =
        TaskScript.of(
            data,
            """
            local function say(engine, req, response) seen(response) end
            function begin()
              T.async:schedule{ data = "", onexecute = function()
                local all = {}
                while true do all[#all + 1] = ("x"):rep(1000) .. #all end
              end }
              T.async:schedule{ data = "", onexecute = function() return "next" end,
                onresult = say }
            end
            """)) {
      script.call("begin");

      assertThat(script.seen()).isEqualTo("next");
      assertThat(script.count(TaskCounter.FAILED)).isEqualTo(1);
    }
  }

  @Test
  void hundredThousandTasks_areBounded_andNoneIsLost() throws Exception {
    try (TaskScript script =
        TaskScript.of(
            data,
            """
            TrisulPlugin.request_async_workers = 2
            results, accepted = 0, 0
            task = {
              onexecute = function(indata)
                if indata == "1" then error("one") elseif indata == "2" then return end
                return indata
              end,
              onresult = function() results = results + 1 end,
            }
            function begin(from, to)
              for i = from, to do
                task.data = tostring(i % 10)
                if T.async:schedule(task) then accepted = accepted + 1 end
              end
            end
            function numbers() return results .. " " .. accepted end
            """)) {
      for (long i = 1; i < 100_000; i += 1_000) {
        script.call("begin", i, i + 999);
      }
      await().atMost(PATIENCE).until(() -> script.ended() == 100_000);
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(script.call("numbers"))
                      .isEqualTo(
                          script.count(TaskCounter.DONE)
                              + " "
                              + (100_000 - script.count(TaskCounter.REJECTED))));

      assertThat(script.count(TaskCounter.SCHEDULED)).isEqualTo(100_000);
      assertThat(script.stats().pending()).isZero();
      assertThat(script.stats().running()).isZero();
    }
  }

  @Test
  void rejectedTasks_giveTheirFunctionsBackAtOnce() throws Exception {
    try (TaskScript script =
        TaskScript.of(
            data,
            new WorkerSettings(0, 1, Duration.ofSeconds(60), Duration.ofSeconds(1)),
            """
            function begin()
              local rejected = 0
              for i = 1, 4000 do
                local accepted = T.async:schedule{ data = "", onexecute = work,
                  onresult = function() seen(i) end }
                if not accepted then rejected = rejected + 1 end
                pcall(T.async.schedule, { data = 1, onexecute = work, onresult = work })
                T.async.pending_items(function() end)
              end
              return rejected
            end
            function work() end
            """)) {
      assertThat(script.call("begin")).isEqualTo(4_000L);
      assertThat(script.hasSeenAll()).isTrue();
    }
  }

  @Test
  void fileOperations_workBelowTheDataDirectory() throws Exception {
    try (TaskScript script =
        TaskScript.of(
            data,
            """
            function begin()
              T.async:copybuffer("hello", "a")
              T.async:copybuffer(" world", "a")
              T.async:copybuffer("J", "a", 0)
              T.async:copy("a", "b")
              T.async:cat("a", "b")
              T.async:rm("a")
              T.async:copybuffer(("0123456789"):rep(100000), "large")
            end
            """)) {
      script.call("begin");
      awaitCount(script, TaskCounter.NOTHING, 7);

      assertThat(data.resolve("b")).hasContent("Jello worldJello world");
      assertThat(data.resolve("a")).doesNotExist();
      assertThat(data.resolve("large")).hasContent("0123456789".repeat(100_000));
    }
  }

  @Test
  void fileOperationsElsewhere_fail_andTouchNothing() throws Exception {
    Path outside = Files.writeString(data.resolve("outside"), "secret");
    Path inside = Files.createDirectory(data.resolve("inside"));
    Files.createSymbolicLink(inside.resolve("link"), outside);
    try (TaskScript script =
        TaskScript.of(
            inside,
            """
            function begin(outside)
              T.async:copybuffer("x", outside)
              T.async:copybuffer("x", "../outside")
              T.async:copybuffer("x", "link")
              T.async:copy("link", "stolen")
              T.async:copy("a\\0b", "stolen")
              T.async:rm("../outside")
            end
            """)) {
      script.call("begin", outside.toString());
      awaitCount(script, TaskCounter.FAILED, 6);

      assertThat(outside).hasContent("secret");
      assertThat(inside.resolve("stolen")).doesNotExist();
    }
  }

  @Test
  void engine_refusesWrongCounters_andTooManyOfThem() throws Exception {
    try (TaskScript script =
        TaskScript.of(
            data,
            """
            function begin(f)
              T.async:schedule{ data = f, onexecute = function(f) return f end,
                onresult = function(engine, req, response)
                  local function try(...) seen(select(2, pcall(engine.counter, ...))) end
                  try("Bad")
                  try("ok", -1)
                  try("ok", "x")
                  try()
                  for i = 1, 100 do engine:counter("c" .. i) end
                  try("one_more")
                  for i = 1, 25 do engine:alert("line\\nof " .. i) end
                  seen("end")
                end }
            end
            """)) {
      script.call("begin", "x");

      assertThat(script.seen()).asString().contains("the name of a counter is 1 to 63 lower-case");
      assertThat(script.seen()).asString().contains("a counter can't be increased by -1.0");
      assertThat(script.seen()).asString().contains("the number for a counter is a string");
      assertThat(script.seen()).asString().contains("the name of a counter must be a string");
      assertThat(script.seen()).asString().contains("policies have 100 counters already");
      assertThat(script.seen()).isEqualTo("end");
      Map<String, PolicyMetrics.Alerts> alerts = script.metrics.alerts();
      assertThat(alerts.get("p").all()).isEqualTo(25);
      assertThat(alerts.get("p").unlogged()).isBetween(0L, 15L);
    }
  }

  @Test
  void onresultThatFails_isCounted_andHurtsNobodyElse() throws Exception {
    try (TaskScript script =
        TaskScript.of(
            data,
            """
            function begin()
              T.async:schedule{ data = "", onexecute = function() return "x" end,
                onresult = function() error("broken") end }
              T.async:schedule{ data = "", onexecute = function() return "x" end,
                onresult = function() seen("next") end }
            end
            """)) {
      script.call("begin");

      assertThat(script.seen()).isEqualTo("next");
      assertThat(script.metrics.failures().get("p").sum()).isEqualTo(1);
    }
  }

  @Test
  void workers_haveTheirOwnGlobals_andNoExit() throws Exception {
    try (TaskScript script =
        TaskScript.of(
            data,
            """
            outer = "of the policy"
            function begin()
              T.async:schedule{ data = "", onexecute = function()
                return tostring(outer) .. " " .. tostring(T) .. " " .. tostring(os["ex" .. "it"])
              end, onresult = function(engine, req, response) seen(response) end }
            end
            """)) {
      script.call("begin");

      assertThat(script.seen()).isEqualTo("nil nil nil");
    }
  }

  @Test
  void close_whileCallsAndTasksGoOn_endsEverything() throws Exception {
    TaskScript script =
        TaskScript.of(
            data,
            """
            function begin()
              for i = 1, 100 do
                T.async:schedule{ data = "x", onexecute = function(x) return x end,
                  onresult = function() end }
              end
            end
            """);
    Future<?> call = script.submit("begin");
    script.close();

    assertThat(call).isDone();
    assertThat(script.ended()).isEqualTo(script.count(TaskCounter.SCHEDULED));
  }
}
