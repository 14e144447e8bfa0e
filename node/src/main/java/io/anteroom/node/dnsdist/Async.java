// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaRef;
import io.anteroom.node.lua.LuaState;
import io.anteroom.node.operation.LogLimit;
import io.anteroom.node.operation.OperationRunner;
import io.anteroom.node.policy.PolicyHost;
import io.anteroom.node.policy.PolicyMetrics;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What of a dnsdist file happens besides the queries' own actions: suspended questions, sockets of
 * filters, maintenance, and the functions for the exit. All calls of the script are made on the
 * first event loop of the node.
 */
final class Async {
  private static final Logger LOG = LoggerFactory.getLogger(Async.class);
  private static final String PREFIX = "dnsdist_";
  private static final long SWEEP_MS = 10;
  private static final long MAINTENANCE_MS = 1_000;
  private static final Duration EXIT = Duration.ofSeconds(5);

  private final Counters<AsyncCounter> counters = new Counters<>(AsyncCounter.class);
  private final LogLimit log;
  private final MessageIdPool ids;
  private final AsyncObjects objects;
  private ScriptSockets sockets;
  private List<LuaRef> maintenance = List.of();
  private Runnable memoryEnded = () -> {};
  private AsyncServices services = AsyncServices.of("", Set.of());
  private @Nullable LuaState state;
  private @Nullable EventLoop loop;
  private List<LuaRef> exits = List.of();
  private final List<Future<?>> timers = new ArrayList<>();

  Async(LongSupplier nanoTime) {
    this.log = new LogLimit(Duration.ofSeconds(10), nanoTime);
    this.ids = new MessageIdPool(counters, new SecureRandom(), nanoTime);
    this.objects = new AsyncObjects(counters, ids, id -> services.of(id), nanoTime);
    this.sockets = newSockets();
  }

  /** Sockets for the file that is to be loaded. */
  ScriptSockets newSockets() {
    return new ScriptSockets(counters, this::received);
  }

  /** Its functions, for the first load of the file. */
  LibraryPart library() {
    return library(sockets);
  }

  /** Its functions, for the file that is to be loaded with these sockets. */
  LibraryPart library(ScriptSockets of) {
    return new AsyncLibrary(objects, of, counters);
  }

  /** Has this run, on the thread of Lua, when a call has failed for a lack of memory. */
  void onMemoryEnd(Runnable then) {
    memoryEnded = then;
  }

  /**
   * Goes on with the functions of the same file, which was loaded anew. On the thread of Lua.
   *
   * @param of the sockets with which it was loaded
   */
  void renew(LuaState lua, Model model, ScriptSockets of) {
    of.takeOver(sockets, Objects.requireNonNull(loop));
    sockets = of;
    state = lua;
    exits = model.exits();
    maintenance = model.maintenance();
  }

  /** What suspends questions. */
  Suspender suspender() {
    return objects;
  }

  /** The message IDs that scripts see. */
  MessageIds ids() {
    return ids;
  }

  Counters<AsyncCounter> counters() {
    return counters;
  }

  AsyncObjects objects() {
    return objects;
  }

  /**
   * Decides which services suspend queries for the script. To be called once, when it was loaded.
   *
   * @param source its text
   */
  void use(String source) {
    services = AsyncServices.of(source, Set.of());
  }

  /** The services that suspend queries for the script. */
  List<FilterSettings> services() {
    return services.settings();
  }

  /** What waits for the script in the name of these services. */
  Map<Integer, OperationRunner> runners() {
    Map<Integer, OperationRunner> runners = new LinkedHashMap<>();
    ScriptRunner runner = new ScriptRunner(objects);
    services.asyncIds().forEach(id -> runners.put(id, runner));
    return runners;
  }

  /**
   * Opens the sockets and starts the timers. Blocks, so not for an event loop.
   *
   * @param lua the state in which the file was loaded; not used by the caller any more
   * @throws InvalidConfiguration if a socket can't be opened; nothing is left open
   */
  void start(PolicyHost host, LuaState lua, Model model) throws InvalidConfiguration {
    EventLoop on = host.loops().get(0);
    state = lua;
    loop = on;
    exits = model.exits();
    maintenance = model.maintenance();
    try {
      sockets.open(on);
    } catch (IOException e) {
      on.execute(sockets::close);
      throw new InvalidConfiguration(List.of(String.valueOf(e.getMessage())));
    }
    host.tasks().metrics().give(metrics());
    timers.add(on.scheduleAtFixedRate(objects::sweep, SWEEP_MS, SWEEP_MS, MILLISECONDS));
    timers.add(
        on.scheduleWithFixedDelay(
            () -> maintenance.forEach(this::maintain),
            MAINTENANCE_MS,
            MAINTENANCE_MS,
            MILLISECONDS));
  }

  private List<PolicyMetrics.Given> metrics() {
    List<PolicyMetrics.Given> all = new ArrayList<>();
    for (AsyncCounter counter : AsyncCounter.values()) {
      all.add(
          new PolicyMetrics.Given(
              PREFIX + counter.word(), counter.help(), false, () -> counters.get(counter)));
    }
    all.add(
        new PolicyMetrics.Given(
            PREFIX + "objects", "Questions that scripts have suspended now", true, objects::live));
    return all;
  }

  private void received(LuaRef function, int endpointId, byte[] payload, String from) {
    try {
      Objects.requireNonNull(state).call(function, null, (long) endpointId, payload, from);
    } catch (LuaFailure e) {
      tellOfMemory(e);
      counters.increment(AsyncCounter.CALLBACKS_FAILED);
      log.log(more -> LOG.warn("the function for a datagram failed: {}{}", e.getMessage(), more));
    }
  }

  private void maintain(LuaRef function) {
    try {
      Objects.requireNonNull(state).call(function, null);
    } catch (LuaFailure e) {
      tellOfMemory(e);
      counters.increment(AsyncCounter.MAINTENANCE_FAILED);
      log.log(more -> LOG.warn("maintenance failed: {}{}", e.getMessage(), more));
    }
  }

  private void tellOfMemory(LuaFailure failure) {
    if (failure.kind() == LuaFailure.Kind.MEMORY) {
      memoryEnded.run();
    }
  }

  /** Calls the functions for the exit, and closes the sockets. Blocks for at most a few seconds. */
  void close() {
    EventLoop on = loop;
    if (on == null) {
      return;
    }
    try {
      await(on.submit(this::exit));
    } catch (RejectedExecutionException e) {
      LOG.warn("the functions for the exit are not called, as their thread has ended");
    }
  }

  private void exit() {
    timers.forEach(timer -> timer.cancel(false));
    exits.forEach(this::maintain);
    exits = List.of();
    sockets.close();
  }

  private static void await(Future<?> exit) {
    try {
      exit.get(EXIT.toMillis(), MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("the functions for the exit have not ended well: {}", e.toString());
    }
  }
}
