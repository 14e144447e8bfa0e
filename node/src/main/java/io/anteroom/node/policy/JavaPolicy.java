// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import io.anteroom.node.config.Policy;
import io.anteroom.node.flow.Continuation;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.PolicyCall;
import io.anteroom.node.flow.PolicyFailure;
import io.anteroom.node.flow.PolicyProgram;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.net.Survival;
import io.anteroom.node.policy.JavaPolicySetup.Declared;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.policy.Outcome;
import io.anteroom.protocol.policy.PolicyException;
import io.anteroom.protocol.policy.PolicyQuery;
import io.anteroom.protocol.policy.Route;
import java.lang.ref.Cleaner;
import java.util.ServiceLoader;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A policy in Java. Any event loop may run it, several at once.
 *
 * <p>At first it is only found, and none of its code has run; then it is started, and at last
 * closed. The author's code may throw anything: an {@link OutOfMemoryError} ends the process, and
 * everything else costs only the query of the call. Nothing limits how long a call takes; one of
 * more than 10 ms is counted and logged when it ends.
 */
public final class JavaPolicy implements PolicyProgram, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(JavaPolicy.class);

  /** A longer call is reported, because it delays all clients of an event loop. */
  private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  /** Its default threads refuse to set a context class loader. */
  private static final Cleaner CLEANER =
      Cleaner.create(
          task -> {
            Thread thread = new Thread(task, "anteroom-policy-closer");
            thread.setDaemon(true);
            return thread;
          });

  private final String name;
  private final Policy onError;
  private final ServiceLoader.Provider<io.anteroom.protocol.policy.Policy> provider;
  private final JarClassLoader loader;
  private volatile @Nullable Started started;

  /** The author's policy, and what its calls need. */
  private record Started(
      io.anteroom.protocol.policy.Policy policy,
      Declared declared,
      OutcomeReader outcomes,
      PolicyEnvironment environment,
      Closing closing,
      PolicyLog log) {}

  JavaPolicy(
      String name,
      Policy onError,
      ServiceLoader.Provider<io.anteroom.protocol.policy.Policy> provider,
      JarClassLoader loader) {
    this.name = name;
    this.onError = onError;
    this.provider = provider;
    this.loader = loader;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Policy onError() {
    return onError;
  }

  @Override
  public @Nullable Executor thread() {
    return null;
  }

  /** The jar that it comes from: its path below the directory of policies. */
  public String jar() {
    return loader.jar().name();
  }

  /**
   * Creates the author's policy and starts it. Blocks for as long as the author's code does, so it
   * must not be called on an event loop. Must be called only once.
   *
   * @throws PolicyLoadFailure if its code failed, or needs what the node does not have
   */
  public void start(PolicyEnvironment environment) throws PolicyLoadFailure {
    try {
      inContext(loader, () -> started = create(environment));
    } catch (PolicyException e) {
      throw startFailure(AuthorErrors.oneLine(e.getMessage()));
    } catch (Throwable e) {
      Survival.endIfOutOfMemory(e);
      throw startFailure(AuthorErrors.text(e, loader));
    }
  }

  private Started create(PolicyEnvironment environment) throws PolicyException {
    PolicyLog log = new PolicyLog(LOG, environment.nanoTime());
    JavaLauncher launcher = launcher(name, loader, environment, log);
    JavaPolicySetup setup = new JavaPolicySetup(name, environment, launcher);
    io.anteroom.protocol.policy.Policy policy;
    try {
      policy = provider.get();
      policy.start(setup);
    } catch (Throwable e) {
      launcher.close();
      throw e;
    }
    Declared declared = setup.finish();
    OutcomeReader outcomes = new OutcomeReader(this, provider.type().getName(), declared);
    Closing closing = new Closing(name, loader, policy, launcher, environment.started(), log);
    environment.started().add(closing);
    CLEANER.register(this, closing::close);
    return new Started(policy, declared, outcomes, environment, closing, log);
  }

  /** Static, because the author's code has the launcher, and must not keep this object alive. */
  private static JavaLauncher launcher(
      String name, JarClassLoader loader, PolicyEnvironment environment, PolicyLog log) {
    return new JavaLauncher(
        environment.launches(),
        thrown -> {
          environment.counters().increment(Counter.POLICY_REPORTS_FAILED);
          log.warn(
              "report " + thrown.getClass().getName(),
              () ->
                  "policy %s of %s failed in the report of an operation that it launched: %s"
                      .formatted(name, loader.jar().name(), AuthorErrors.text(thrown, loader)));
        });
  }

  /** Code of the author that may block. */
  private interface Task {
    void run() throws PolicyException;
  }

  /** Runs a task while libraries inside of the jar find their providers there. */
  private static void inContext(JarClassLoader loader, Task task) throws PolicyException {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(loader);
    try {
      task.run();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private PolicyLoadFailure startFailure(String why) {
    return new PolicyLoadFailure("policy %s of %s does not start: %s".formatted(name, jar(), why));
  }

  @Override
  public RuleOutcome run(PolicyCall call) throws PolicyFailure {
    Started now = started;
    if (now == null || now.closing.isClosed()) {
      String state = now == null ? "not been started" : "been closed";
      throw new PolicyFailure(PolicyFailure.Kind.ERROR, "the policy has " + state);
    }
    long begin = now.environment.nanoTime().getAsLong();
    Query query = call.query().withContinuation(null);
    try {
      Outcome outcome = decide(now, call, new JavaPolicyQuery(call.stage(), query));
      return now.outcomes.read(outcome, call, query);
    } catch (PolicyFailure e) {
      throw e;
    } catch (Throwable e) {
      Survival.endIfOutOfMemory(e);
      throw new PolicyFailure(PolicyFailure.Kind.ERROR, AuthorErrors.text(e, loader));
    } finally {
      watch(now, call, now.environment.nanoTime().getAsLong() - begin);
    }
  }

  private static @Nullable Outcome decide(Started now, PolicyCall call, PolicyQuery query)
      throws PolicyFailure {
    OperationResult result = call.result();
    if (result == null) {
      return now.policy.onQuery(query);
    }
    Continuation where = call.query().continuation();
    Route route = where == null ? null : now.declared.routes().get(where.route());
    if (where == null || route == null) {
      throw new PolicyFailure(PolicyFailure.Kind.ERROR, "there is no route for the result");
    }
    return route.resume(query, result, where.variables());
  }

  private void watch(Started now, PolicyCall call, long nanos) {
    if (nanos > SLOW_NANOS) {
      now.environment.counters().increment(Counter.POLICY_SLOW);
      String where = now.outcomes.where(call);
      now.log.warn(
          "slow " + where,
          () ->
              "policy %s of %s held up an event loop for %d ms in %s"
                  .formatted(name, jar(), TimeUnit.NANOSECONDS.toMillis(nanos), where));
    }
  }

  /**
   * Closes the author's policy. Later calls fail, and reports of operations that it launched are
   * not called any more. Blocks for as long as the author's code does. Has no effect the second
   * time, or if the policy has not been started.
   *
   * <p>Nobody has to call it: a policy that a reload has replaced is closed when its last query has
   * gone and its memory is freed, and all are closed when the node ends.
   */
  @Override
  public void close() {
    Started now = started;
    if (now != null) {
      now.closing.close();
    }
  }

  /** Closes the author's policy, once. Does not refer to the {@link JavaPolicy}. */
  private static final class Closing implements StartedPolicies.Closing {
    private final String name;
    private final JarClassLoader loader;
    private final io.anteroom.protocol.policy.Policy policy;
    private final JavaLauncher launcher;
    private final StartedPolicies all;
    private final PolicyLog log;
    private final AtomicBoolean closed = new AtomicBoolean();

    Closing(
        String name,
        JarClassLoader loader,
        io.anteroom.protocol.policy.Policy policy,
        JavaLauncher launcher,
        StartedPolicies all,
        PolicyLog log) {
      this.name = name;
      this.loader = loader;
      this.policy = policy;
      this.launcher = launcher;
      this.all = all;
      this.log = log;
    }

    boolean isClosed() {
      return closed.get();
    }

    @Override
    public String policy() {
      return name + " of " + loader.jar().name();
    }

    @Override
    public void close() {
      if (!closed.compareAndSet(false, true)) {
        return;
      }
      all.remove(this);
      launcher.close();
      try {
        inContext(loader, policy::close);
      } catch (Throwable e) {
        Survival.endIfOutOfMemory(e);
        log.warn(
            "close",
            () ->
                "policy %s of %s failed when it was closed: %s"
                    .formatted(name, loader.jar().name(), AuthorErrors.text(e, loader)));
      }
    }
  }
}
