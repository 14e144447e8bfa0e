// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import io.anteroom.node.flow.SpooledFile;
import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaLimits;
import io.anteroom.node.lua.LuaScript;
import io.anteroom.node.lua.LuaState;
import io.anteroom.node.operation.LazyDirectory;
import io.anteroom.node.operation.LuaWorker;
import io.anteroom.node.operation.TaskCounter;
import io.anteroom.node.operation.TaskStats;
import io.anteroom.node.operation.WorkerPools;
import io.anteroom.node.operation.WorkerSettings;
import io.anteroom.node.operation.WorkerTasks;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A script with worker tasks and a thread of its own. It tells the test what it sees with {@code
 * seen(value)}.
 */
final class TaskScript implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 120;

  final WorkerPools pools = new WorkerPools();
  final PolicyMetrics metrics = new PolicyMetrics(System::nanoTime);
  private final ExecutorService thread = Executors.newSingleThreadExecutor();
  private final BlockingQueue<Object> seen = new LinkedBlockingQueue<>();
  private final LuaState state = new LuaState(LuaLimits.DEFAULT);
  private final WorkerTasks<LuaWorker> workers;
  private final LuaTasks tasks;

  private TaskScript(Path data, WorkerSettings settings, String file, byte[] source)
      throws LuaFailure {
    LuaLimits limits = LuaWorker.limits(settings, 64 << 20, true);
    workers = pools.open("p", settings, () -> new LuaWorker(limits));
    PolicyLog log = new PolicyLog(LoggerFactory.getLogger(TaskScript.class), System::nanoTime);
    LuaTasks.Parts parts =
        new LuaTasks.Parts("p", workers, new LazyDirectory(data), metrics, log, () -> null);
    tasks = LuaTasks.install(parts, state, thread);
    state.define(
        "seen",
        arguments -> {
          seen.add(arguments.length == 0 || arguments[0] == null ? "nil" : arguments[0]);
          return null;
        });
    state.load(LuaScript.compile(file, source));
    tasks.loaded();
  }

  static TaskScript of(Path data, WorkerSettings settings, String source) throws LuaFailure {
    return new TaskScript(data, settings, "p.lua", source.getBytes(StandardCharsets.UTF_8));
  }

  static TaskScript of(Path data, String source) throws LuaFailure {
    return of(data, WorkerSettings.defaults(), source);
  }

  static TaskScript ofFile(Path data, String name, byte[] source) throws LuaFailure {
    return new TaskScript(data, WorkerSettings.defaults(), name, source);
  }

  /** Calls a function on the thread of the script, and returns its result. */
  @Nullable Object call(String function, @Nullable Object... arguments) throws Exception {
    return await(submit(function, arguments));
  }

  Future<@Nullable Object> submit(String function, @Nullable Object... arguments) {
    Callable<@Nullable Object> call = () -> state.call(function, null, arguments);
    return thread.submit(call);
  }

  void onFile(SpooledFile file) throws Exception {
    await(
        thread.submit(
            () -> {
              tasks.onFile(file);
              return null;
            }));
  }

  boolean takesFiles() throws Exception {
    return await(thread.submit(tasks::takesFiles));
  }

  private static <T> T await(Future<T> future) throws Exception {
    try {
      return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  /** What the script told next. */
  Object seen() throws InterruptedException {
    Object next = seen.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (next == null) {
      throw new AssertionError("the script told nothing");
    }
    return next;
  }

  boolean hasSeenAll() {
    return seen.isEmpty();
  }

  TaskStats stats() {
    return pools.stats().iterator().next();
  }

  long count(TaskCounter counter) {
    return stats().get(counter);
  }

  /** The number of tasks that have ended in any way. */
  long ended() {
    return count(TaskCounter.DONE)
        + count(TaskCounter.NOTHING)
        + count(TaskCounter.FAILED)
        + count(TaskCounter.TIMED_OUT)
        + count(TaskCounter.REJECTED);
  }

  @Override
  public void close() {
    pools.close();
    try {
      await(thread.submit(state::close));
    } catch (Exception e) {
      throw new AssertionError("the state does not close", e);
    }
    thread.shutdown();
  }
}
