// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import static io.anteroom.node.policy.ScriptFunctions.argument;
import static io.anteroom.node.policy.ScriptFunctions.bytes;
import static io.anteroom.node.policy.ScriptFunctions.text;

import io.anteroom.node.flow.SpooledFile;
import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaRef;
import io.anteroom.node.lua.LuaScript;
import io.anteroom.node.lua.LuaState;
import io.anteroom.node.lua.LuaTypes;
import io.anteroom.node.operation.DataDirectory;
import io.anteroom.node.operation.LazyDirectory;
import io.anteroom.node.operation.LuaWorker;
import io.anteroom.node.operation.TaskResult;
import io.anteroom.node.operation.Work;
import io.anteroom.node.operation.WorkerSettings;
import io.anteroom.node.operation.WorkerTasks;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.Reference;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Worker tasks for the script in one Lua state: {@code T.async}, {@code TrisulPlugin}, and the
 * {@code engine} that callbacks get. {@code tasks.lua} has what the script sees.
 *
 * <p>Only strings get to a worker thread and back. Functions go there as code, so one that uses
 * local variables from outside of it is refused when it is scheduled. {@code onresult} runs on the
 * thread of the state, and only if there was a response; all other results are counted, and those
 * that are errors are logged with the line that scheduled the task.
 *
 * <p>For the thread of the state.
 */
final class LuaTasks {
  /** The table of functions that {@code tasks.lua} uses. */
  static final String HOST = "anteroom_tasks.";

  /** The name by which the engine leaves the file out when it looks for the line of an error. */
  private static final String HIDDEN = "[engine]";

  private static final LuaScript SCRIPT = script();

  private final Parts parts;
  private final LuaState state;
  private final Executor thread;
  private boolean ended;
  private final ByteArrayOutputStream buffer = new ByteArrayOutputStream();

  /**
   * What the states of one policy share.
   *
   * @param policy its name
   * @param user what keeps the states open as long as something refers to it
   */
  record Parts(
      String policy,
      WorkerTasks<LuaWorker> workers,
      LazyDirectory data,
      PolicyMetrics metrics,
      PolicyLog log,
      Supplier<@Nullable Object> user) {}

  private LuaTasks(Parts parts, LuaState state, Executor thread) {
    this.parts = parts;
    this.state = state;
    this.thread = thread;
  }

  /**
   * Gives the scripts of a state what they need for worker tasks; to be called before they are
   * loaded.
   *
   * @param thread runs what it gets while nothing else uses the state; may reject it
   */
  static LuaTasks install(Parts parts, LuaState state, Executor thread) throws LuaFailure {
    LuaTasks tasks = new LuaTasks(parts, state, thread);
    state.define(HOST + "schedule", tasks::schedule);
    state.define(HOST + "copy", tasks::copy);
    state.define(HOST + "cat", tasks::cat);
    state.define(HOST + "rm", tasks::rm);
    state.define(HOST + "part", tasks::part);
    state.define(HOST + "copybuffer", tasks::copyBuffer);
    state.define(HOST + "pending_items", arguments -> (long) parts.workers().pendingItems());
    state.define(HOST + "counter", tasks::counter);
    state.define(HOST + "alert", tasks::alert);
    state.define(HOST + "fail", LuaTasks::fail);
    state.load(SCRIPT);
    return tasks;
  }

  private static LuaScript script() {
    try (InputStream in = LuaTasks.class.getResourceAsStream("tasks.lua")) {
      return LuaScript.compile(HIDDEN, Objects.requireNonNull(in).readAllBytes());
    } catch (IOException | LuaFailure e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Takes over the number of workers that the script asks for; to be called after it was loaded.
   *
   * @throws LuaFailure if it is no whole number from 1 to 16
   */
  void loaded() throws LuaFailure {
    Object number = state.call(HOST + "workers", null);
    if (number instanceof Long n && n >= 1 && n <= WorkerSettings.MAX_WORKERS) {
      parts.workers().setWorkers(n.intValue());
    } else if (number != null) {
      throw new LuaFailure(
          "TrisulPlugin.request_async_workers must be a whole number from 1 to %d, not %s"
              .formatted(WorkerSettings.MAX_WORKERS, number));
    }
  }

  /** Calls nothing of the state any more, which will be closed. */
  void end() {
    ended = true;
  }

  /** Whether the script defines {@code onfile_http}. */
  boolean takesFiles() {
    return state.has("onfile_http");
  }

  /** Calls {@code onfile_http} of the script. */
  void onFile(SpooledFile file) throws LuaFailure {
    state.call(
        HOST + "file",
        null,
        file.timestamp(),
        file.flowKey(),
        file.path().toString(),
        file.request(),
        file.response(),
        (long) file.length());
  }

  private Object schedule(@Nullable Object[] arguments) throws LuaFailure {
    byte[] data = bytes(argument(arguments, 1), "data");
    LuaRef onResult = ScriptFunctions.function(argument(arguments, 3), "onresult");
    byte[] code = bytes(argument(arguments, 2), "the code");
    TaskReport report = new TaskReport(place(arguments), data, onResult);
    return schedule(worker -> worker.run(code, data), data.length + code.length, report);
  }

  private Object copy(@Nullable Object[] arguments) throws LuaFailure {
    String from = text(argument(arguments, 1), "the file to copy");
    String to = text(argument(arguments, 2), "the copy");
    return change(arguments, from.length() + to.length(), data -> data.copy(from, to));
  }

  private Object cat(@Nullable Object[] arguments) throws LuaFailure {
    String from = text(argument(arguments, 1), "the file to append");
    String to = text(argument(arguments, 2), "the file to append to");
    return change(arguments, from.length() + to.length(), data -> data.append(from, to));
  }

  private Object rm(@Nullable Object[] arguments) throws LuaFailure {
    String file = text(argument(arguments, 1), "the file to remove");
    return change(arguments, file.length(), data -> data.remove(file));
  }

  /** Keeps a part of a buffer, or without an argument forgets the parts of before. */
  private @Nullable Object part(@Nullable Object[] arguments) throws LuaFailure {
    if (arguments.length == 0) {
      buffer.reset();
      return null;
    }
    byte[] part = bytes(arguments[0], "a buffer");
    if (buffer.size() + part.length > WorkerTasks.MAX_DATA) {
      throw new LuaFailure("the buffer has more than " + WorkerTasks.MAX_DATA + " bytes");
    }
    buffer.writeBytes(part);
    return null;
  }

  private Object copyBuffer(@Nullable Object[] arguments) throws LuaFailure {
    byte[] content = buffer.toByteArray();
    buffer.reset();
    String file = text(argument(arguments, 1), "the file to write to");
    Object position = argument(arguments, 2);
    if (position == null) {
      return change(arguments, content.length, data -> data.append(content, file));
    } else if (position instanceof Long at) {
      return change(arguments, content.length, data -> data.write(content, file, at));
    }
    throw new LuaFailure("the position must be a whole number, not a " + LuaTypes.nameOf(position));
  }

  private Object change(@Nullable Object[] arguments, int size, FileChange change)
      throws LuaFailure {
    TaskReport report = new TaskReport(place(arguments), new byte[0], null);
    return schedule(
        worker -> {
          change.in(parts.data().get());
          return null;
        },
        size,
        report);
  }

  /** Something that is done with files. */
  @FunctionalInterface
  private interface FileChange {
    void in(DataDirectory data) throws IOException;
  }

  /** Returns whether the task was accepted. */
  private Object schedule(Work<LuaWorker> work, int size, TaskReport report) {
    parts.workers().schedule(work, size, report, report::take);
    return !report.rejected;
  }

  /** The place that scheduled a task, which {@code tasks.lua} passes as the first argument. */
  private static String place(@Nullable Object[] arguments) throws LuaFailure {
    return text(argument(arguments, 0), "the place");
  }

  /** What becomes of the result of one task. */
  private final class TaskReport implements Executor {
    private final String place;
    private final byte[] request;
    private final @Nullable LuaRef onResult;
    private final @Nullable Object user = parts.user().get();
    private boolean rejected;

    TaskReport(String place, byte[] request, @Nullable LuaRef onResult) {
      this.place = place;
      this.request = request;
      this.onResult = onResult;
      if (onResult != null) {
        onResult.keep();
      }
    }

    /** Runs {@link #take} on the thread of the state. */
    @Override
    public void execute(Runnable take) {
      try {
        thread.execute(take);
      } catch (RejectedExecutionException e) {
        release();
        throw e;
      }
    }

    /** Takes the result. The thread of the state does so, unless the task was rejected. */
    void take(TaskResult result) {
      try {
        tell(result);
        release();
      } finally {
        Reference.reachabilityFence(user);
      }
    }

    private void tell(TaskResult result) {
      if (result instanceof TaskResult.Done done) {
        respond(done.response());
      } else if (result instanceof TaskResult.Failed failed) {
        warn("a worker task failed", place + failed.why());
      } else if (result instanceof TaskResult.TimedOut) {
        warn("a worker task did not end in time", place + "it was stopped");
      } else if (result instanceof TaskResult.Rejected) {
        rejected = true;
      }
    }

    private void respond(byte[] response) {
      if (onResult == null) {
        return;
      } else if (ended) {
        parts.metrics().failed(parts.policy());
        warn("onresult was not called", place + "its state has been replaced");
        return;
      }
      try {
        state.call(HOST + "result", null, onResult, request, response);
      } catch (LuaFailure e) {
        parts.metrics().failed(parts.policy());
        warn("onresult failed", e.getMessage());
      }
    }

    private void warn(String what, String line) {
      parts.log().warn(what, () -> "policy %s: %s: %s".formatted(parts.policy(), what, line));
    }

    void release() {
      if (onResult != null) {
        onResult.release();
      }
    }
  }

  private @Nullable Object counter(@Nullable Object[] arguments) throws LuaFailure {
    String name = text(argument(arguments, 0), "the name of a counter");
    Object n = argument(arguments, 1);
    if (n != null && !(n instanceof Number)) {
      throw new LuaFailure("the number for a counter is a " + LuaTypes.nameOf(n));
    }
    try {
      parts.metrics().count(parts.policy(), name, n == null ? 1 : ((Number) n).doubleValue());
      return null;
    } catch (IllegalArgumentException e) {
      throw new LuaFailure(String.valueOf(e.getMessage()));
    }
  }

  private @Nullable Object alert(@Nullable Object[] arguments) throws LuaFailure {
    parts.metrics().alert(parts.policy(), text(argument(arguments, 0), "an alert"));
    return null;
  }

  private static @Nullable Object fail(@Nullable Object[] arguments) throws LuaFailure {
    throw new LuaFailure(text(argument(arguments, 0), "an error"));
  }
}
