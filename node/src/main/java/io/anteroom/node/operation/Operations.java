// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import io.anteroom.node.config.ConnectorSettings;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.NodeSettings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * The runners of a node's operation services, by asyncID: one for each, from the node's start to
 * its end. All cluster parts of the node share them, so their capacity is that of the node.
 * Thread-safe.
 */
public final class Operations {
  private final Map<Integer, OperationRunner> runners;

  private Operations(Map<Integer, OperationRunner> runners) {
    this.runners = Map.copyOf(runners);
  }

  /** Without services. */
  public static Operations none() {
    return new Operations(Map.of());
  }

  /**
   * Opens the runners. Connects to nothing yet, so that a database that is down does not keep the
   * node from starting.
   *
   * @param timer for waits; closed by the caller
   * @param workers where the worker threads are; closed by the caller
   * @param given the runners of operations that come with the configuration, by asyncID
   * @throws IOException if a runner can't be made, as without a file that it needs, with a message
   *     for the operator; nothing is left open
   */
  public static Operations open(
      NodeSettings settings,
      ScheduledExecutorService timer,
      WorkerPools workers,
      Map<Integer, OperationRunner> given)
      throws IOException {
    Map<Integer, OperationRunner> runners = new HashMap<>(given);
    for (FilterSettings service : settings.filters().values()) {
      ConnectorSettings.Operation operation = service.operation();
      try {
        if (operation != null && !(operation instanceof ConnectorSettings.Given)) {
          runners.put(
              service.asyncId(), runner(service.name(), operation, settings, timer, workers));
        }
      } catch (IllegalArgumentException e) {
        new Operations(runners).close();
        throw new IOException("operations.%s: %s".formatted(service.name(), e.getMessage()), e);
      }
    }
    return new Operations(runners);
  }

  private static OperationRunner runner(
      String name,
      ConnectorSettings.Operation operation,
      NodeSettings settings,
      ScheduledExecutorService timer,
      WorkerPools workers) {
    if (operation instanceof ConnectorSettings.Sleep sleep) {
      return new SleepRunner(sleep.max(), timer);
    } else if (operation instanceof ConnectorSettings.Resolve resolve) {
      return new ResolveRunner(
          Objects.requireNonNull(settings.upstreams().get(resolve.pool())), resolve.maxLookups());
    } else if (operation instanceof ConnectorSettings.Worker worker) {
      return WorkerRunner.open(name, worker, workers);
    }
    return external(name, operation);
  }

  /** Runners that use something outside of this process. */
  private static OperationRunner external(String name, ConnectorSettings.Operation operation) {
    if (operation instanceof ConnectorSettings.Sql sql) {
      return new SqlRunner(name, sql.settings());
    } else if (operation instanceof ConnectorSettings.HttpCall http) {
      return new HttpCallRunner(name, http.settings());
    }
    ConnectorSettings.Exec exec = (ConnectorSettings.Exec) operation;
    return new ExecRunner(name, exec.settings(), exec.directory());
  }

  /** The runner of a service; null if the service is not an operation of this node's start. */
  public @Nullable OperationRunner get(int asyncId) {
    return runners.get(asyncId);
  }

  /**
   * Ends all operations, and releases threads and connections. Blocks for at most a few seconds,
   * because the runners close at the same time.
   */
  public void close() {
    List<Thread> closing = new ArrayList<>();
    for (OperationRunner runner : runners.values()) {
      Thread thread = new Thread(runner::close, "anteroom-operation-close");
      thread.setDaemon(true);
      thread.start();
      closing.add(thread);
    }
    try {
      for (Thread thread : closing) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
