// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import io.anteroom.node.config.PolicySettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.SpooledFile;
import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaLimits;
import io.anteroom.node.lua.LuaScript;
import io.anteroom.node.lua.LuaState;
import io.anteroom.node.operation.LogLimit;
import io.anteroom.node.operation.LuaWorker;
import io.anteroom.node.operation.WorkerSettings;
import io.anteroom.node.operation.WorkerTasks;
import io.anteroom.protocol.OperationResult;
import io.netty.channel.EventLoop;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The states of one policy: one with a thread, or one for each event loop, so that no state is used
 * by two threads. A state that a call has broken is replaced by a new one; what the script kept in
 * globals is lost then.
 *
 * <p>The states stay as long as something refers to the policy: the rules, a query that waits for
 * an operation, perhaps long after a reload, or an operation or task that is to report to it. Then
 * each is closed on the thread that uses it. The native side of a state refers to this object, so
 * nothing here may refer to the policy for longer than a call takes.
 */
final class LuaStates implements StartedPolicies.Closing {
  private static final Logger LOG = LoggerFactory.getLogger(LuaStates.class);
  private static final Cleaner CLEANER = Cleaner.create();
  private static final WorkerSettings TASKS = WorkerSettings.defaults();
  private static final int MAX_FILES = 1_000;

  /** The table that scripts put their routes into; {@code route("name", q)} calls one. */
  private static final byte[] ROUTES =
      """
      route = setmetatable({}, { __call = function(self, name, ...) return self[name](...) end })
      """
          .getBytes(StandardCharsets.UTF_8);

  private final String name;
  private final PolicySettings.Lua settings;
  private final LuaScript script;
  private final Services services;

  /** States that no call has used yet. */
  private final Queue<Entry> unused = new ConcurrentLinkedQueue<>();

  private final LogLimit failures = new LogLimit(Duration.ofSeconds(10), System::nanoTime);
  private final Queue<Entry> used = new ConcurrentLinkedQueue<>();

  // Not static: each policy has states of its own.
  @SuppressWarnings("ThreadLocalUsage")
  private final ThreadLocal<Entry> ofThread = new ThreadLocal<>();

  private final PolicyLog log = new PolicyLog(LOG, System::nanoTime);
  private final AtomicInteger files = new AtomicInteger();
  private volatile @Nullable PolicyHost host;
  private volatile @Nullable WorkerTasks<LuaWorker> workers;
  private volatile @Nullable EventLoop thread;
  private volatile WeakReference<@Nullable Object> policy = new WeakReference<>(null);
  private final AtomicBoolean closed = new AtomicBoolean();

  /** A state, the query that its script sees, and what its worker tasks need. */
  record Entry(LuaState lua, LuaQuery query, LuaTasks tasks, ReportChain chain, Owner owner) {}

  /** Runs what comes back to a state on the thread that uses it. */
  private final class Owner implements Executor {
    private volatile @Nullable EventLoop loop;

    @Override
    public void execute(Runnable back) {
      EventLoop known = loop;
      if (known == null) {
        throw new RejectedExecutionException("no event loop uses this state yet");
      }
      known.execute(
          () -> {
            Entry state = ofThread.get();
            back.run();
            if (state != null) {
              renewIfBroken(state);
            }
          });
    }
  }

  LuaStates(String name, PolicySettings.Lua settings, LuaScript script, Services services) {
    this.name = name;
    this.settings = settings;
    this.script = script;
    this.services = services;
  }

  /** Has the states closed when nothing refers to this policy any more. */
  void closeAfter(Object user) {
    policy = new WeakReference<>(user);
    CLEANER.register(user, this::close);
  }

  @Override
  public String policy() {
    return name;
  }

  /** Closes each state on the thread that uses it; later calls of the policy fail. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    PolicyHost node = host;
    if (node != null) {
      node.started().remove(this);
    }
    WorkerTasks<LuaWorker> ofWorkers = workers;
    if (ofWorkers != null) {
      ofWorkers.retire();
    }
    unused.forEach(this::closeOnItsThread);
    used.forEach(this::closeOnItsThread);
  }

  private void closeOnItsThread(Entry state) {
    EventLoop loop = state.owner().loop;
    try {
      if (loop != null) {
        loop.execute(() -> close(state));
        return;
      }
    } catch (RejectedExecutionException e) {
      LOG.debug("policy {}: its thread has ended before its state", name);
    }
    close(state);
  }

  private void close(Entry state) {
    if (state.equals(ofThread.get())) {
      ofThread.remove();
    }
    state.tasks().end();
    state.lua().close();
  }

  /** Creates the states. */
  void start(PolicyHost node) throws LuaFailure {
    host = node;
    node.started().add(this);
    workers =
        node.tasks()
            .workers()
            .open(name, TASKS, () -> new LuaWorker(LuaWorker.limits(TASKS, memory(), io())));
    thread = settings.perLoop() ? null : node.loops().get(0);
    int states = settings.perLoop() ? node.loops().size() : 1;
    for (int i = 0; i < states; i++) {
      unused.add(open());
    }
  }

  private long memory() {
    return settings.memoryBytes();
  }

  private boolean io() {
    return settings.allowIo();
  }

  /** The only thread that may use the state; null if each event loop has its own. */
  @Nullable EventLoop thread() {
    return thread;
  }

  /** The state of the calling thread. */
  Entry get() throws LuaFailure {
    Entry state = ofThread.get();
    if (state == null) {
      if (closed.get()) {
        throw LuaQuery.failure("policy " + name + " has ended");
      }
      Entry next = unused.poll();
      state = next == null ? open() : next;
      state.owner().loop = Objects.requireNonNull(host).here();
      used.add(state);
      ofThread.set(state);
    }
    return state;
  }

  /** Replaces a state by a new one if the call that has just ended has broken it. */
  void renewIfBroken(Entry state) {
    if (state.lua().isBroken()) {
      LOG.warn("policy {}: its state is replaced, and what it kept in globals is lost", name);
      used.remove(state);
      close(state);
    }
  }

  /**
   * Has the script told of a file, on its thread. At most {@value #MAX_FILES} files wait for it;
   * further ones are left out and counted.
   */
  void onFile(SpooledFile file) {
    PolicyHost node = Objects.requireNonNull(host);
    EventLoop one = thread;
    if (files.incrementAndGet() > MAX_FILES) {
      files.decrementAndGet();
      node.tasks().metrics().fileLeftOut(name);
      return;
    }
    try {
      execute(one != null ? one : node.loops().get(0), () -> tell(file));
    } catch (RejectedExecutionException e) {
      LOG.debug("policy {}: is not told of {}, as the node stops", name, file.path());
    }
  }

  /** Runs this on an event loop; until then the policy is in use. */
  private void execute(EventLoop loop, Runnable run) {
    Object user = policy.get();
    loop.execute(
        () -> {
          try {
            run.run();
          } finally {
            Reference.reachabilityFence(user);
          }
        });
  }

  private void tell(SpooledFile file) {
    files.decrementAndGet();
    try {
      Entry state = get();
      state.query().showNone();
      try {
        state.tasks().onFile(file);
      } finally {
        renewIfBroken(state);
      }
    } catch (LuaFailure e) {
      Objects.requireNonNull(host).tasks().metrics().failed(name);
      failures.log(
          more -> LOG.warn("policy {} failed in onfile_http: {}{}", name, e.getMessage(), more));
    }
  }

  /**
   * What runs a route with the result of an operation that no query waits for, on the thread that
   * started it. The policy is in use until then.
   *
   * @param from the thread that started it; null if it was none of the event loops
   */
  private ReportChain.Report reporter(@Nullable EventLoop from, String route) {
    Object user = policy.get();
    return (result, endedAtOnce) -> {
      try {
        report(from, route, result, endedAtOnce);
      } finally {
        Reference.reachabilityFence(user);
      }
    };
  }

  private void report(
      @Nullable EventLoop from, String route, OperationResult result, int endedAtOnce) {
    EventLoop one = thread;
    PolicyHost node = Objects.requireNonNull(host);
    EventLoop loop = one != null ? one : from != null ? from : node.loops().get(0);
    try {
      execute(loop, () -> run(route, result, endedAtOnce));
    } catch (RejectedExecutionException e) {
      LOG.debug("policy {}: route {} is not run, as the node stops", name, route);
    }
  }

  private void run(String route, OperationResult result, int endedAtOnce) {
    try {
      Entry state = get();
      state.query().showNone();
      int outer = state.chain().begin(endedAtOnce);
      try {
        long code = result.code().number();
        state.lua().call("route." + route, state.query(), code, result.outputs());
      } finally {
        state.chain().end(outer);
        renewIfBroken(state);
      }
    } catch (LuaFailure e) {
      Objects.requireNonNull(host).counters().increment(Counter.POLICY_REPORTS_FAILED);
      failures.log(
          more ->
              LOG.warn("policy {} failed in route {}: {}{}", name, route, e.getMessage(), more));
    }
  }

  private Entry open() throws LuaFailure {
    PolicyHost node = host;
    if (node == null) {
      throw LuaQuery.failure("policy " + name + " has not been started");
    }
    LuaState lua =
        new LuaState(
            new LuaLimits(settings.instructions(), settings.memoryBytes(), settings.allowIo()));
    boolean loaded = false;
    try {
      LuaStatements statements = new LuaStatements(services, node, this::reporter);
      statements.define(lua);
      Owner owner = new Owner();
      owner.loop = thread;
      LuaTasks tasks =
          LuaTasks.install(
              new LuaTasks.Parts(
                  name,
                  Objects.requireNonNull(workers),
                  node.tasks().data(),
                  node.tasks().metrics(),
                  log,
                  () -> policy.get()),
              lua,
              owner);
      lua.load(LuaScript.compile("routes", ROUTES));
      lua.load(script);
      tasks.loaded();
      loaded = true;
      LuaQuery query = new LuaQuery(script.variables(), services.pools());
      return new Entry(lua, query, tasks, statements.chain(), owner);
    } finally {
      if (!loaded) {
        lua.close();
      }
    }
  }
}
