// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import io.anteroom.node.config.ConnectorSettings;
import io.anteroom.node.lua.LuaLimits;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import io.anteroom.protocol.Values;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs Lua functions on worker threads, each with a Lua state of its own: the operation {@code
 * schedule}. Its arguments are {@code data}, a string for the function, and {@code onexecute}, the
 * code of the function. Its output is {@code response}, if the function returned a string.
 *
 * <p>A function that fails ends as INTERNAL, one that goes on too long as TIMEOUT. A thread that a
 * function holds all the same is replaced, as {@link WorkerTasks} explains.
 */
public final class WorkerRunner implements OperationRunner {
  /** The argument that the function gets. */
  public static final String DATA = "data";

  /** The argument with the code of the function. */
  public static final String ONEXECUTE = "onexecute";

  /** The output with what the function returned. */
  public static final String RESPONSE = "response";

  /** A service's own timeout is shorter. */
  private static final Duration LIMIT = Duration.ofMinutes(10);

  private final WorkerTasks<LuaWorker> tasks;
  private final int capacity;

  private WorkerRunner(WorkerTasks<LuaWorker> tasks, int capacity) {
    this.tasks = tasks;
    this.capacity = capacity;
  }

  /** Creates a runner, without threads as long as it has nothing to do. */
  static WorkerRunner open(String name, ConnectorSettings.Worker settings, WorkerPools pools) {
    WorkerSettings defaults = WorkerSettings.defaults();
    int capacity = settings.workers() + settings.queue();
    WorkerSettings bounds =
        new WorkerSettings(capacity, defaults.maxBytes(), LIMIT, defaults.grace());
    LuaLimits limits = LuaWorker.limits(bounds, LuaLimits.DEFAULT.memoryBytes(), settings.io());
    WorkerTasks<LuaWorker> tasks = pools.open(name, bounds, () -> new LuaWorker(limits));
    tasks.setWorkers(settings.workers());
    return new WorkerRunner(tasks, capacity);
  }

  @Override
  public int capacity() {
    return capacity;
  }

  @Override
  public Running start(Operation operation, Duration timeLeft, Consumer<OperationResult> done) {
    Map<String, @Nullable Object> arguments = operation.arguments();
    byte[] data = bytes(arguments.get(DATA));
    byte[] code = bytes(arguments.get(ONEXECUTE));
    if (data == null || code == null) {
      String missing = data == null ? DATA : ONEXECUTE;
      done.accept(
          OperationResult.failed(ResultCode.INTERNAL, "schedule needs a string as " + missing));
      return () -> {};
    }
    AtomicBoolean cancelled = new AtomicBoolean();
    Running running =
        tasks.schedule(
            worker -> worker.run(code, data),
            data.length + code.length,
            timeLeft,
            result -> done.accept(cancelled.get() ? CANCELLED : result(result)));
    if (running == NO_ROOM) {
      return NO_ROOM;
    }
    return () -> {
      cancelled.set(true);
      running.cancel();
    };
  }

  private static final OperationResult CANCELLED =
      OperationResult.failed(ResultCode.CANCELLED, "cancelled");

  private static byte @Nullable [] bytes(@Nullable Object argument) {
    return argument instanceof String text
        ? text.getBytes(StandardCharsets.UTF_8)
        : argument instanceof byte[] bytes ? bytes : null;
  }

  private static OperationResult result(TaskResult result) {
    if (result instanceof TaskResult.Done done) {
      return response(done.response());
    } else if (result instanceof TaskResult.Nothing) {
      return OperationResult.done(Map.of());
    } else if (result instanceof TaskResult.TimedOut) {
      return OperationResult.failed(ResultCode.TIMEOUT, "the task did not end in time");
    } else if (result instanceof TaskResult.Rejected rejected) {
      return OperationResult.failed(ResultCode.REJECTED, rejected.why());
    }
    return OperationResult.failed(ResultCode.INTERNAL, ((TaskResult.Failed) result).why());
  }

  /** A response is text if it is UTF-8, and bytes if it is not. */
  private static OperationResult response(byte[] response) {
    Object value = response;
    try {
      value = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(response)).toString();
    } catch (CharacterCodingException e) {
      // It stays bytes.
    }
    try {
      return OperationResult.done(Map.of(RESPONSE, value));
    } catch (IllegalArgumentException e) {
      return OperationResult.failed(
          ResultCode.REJECTED,
          "the response has %d bytes, more than fit into %d"
              .formatted(response.length, Values.MAX_BYTES));
    }
  }

  @Override
  public void close() {
    tasks.close();
  }
}
