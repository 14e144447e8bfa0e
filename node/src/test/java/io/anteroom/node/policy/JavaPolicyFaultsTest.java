// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import static io.anteroom.node.policy.PolicyJars.STARTS;
import static io.anteroom.node.policy.PolicyJars.pack;
import static io.anteroom.node.policy.PolicyJars.policy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.anteroom.node.config.Policy;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.PolicyCall;
import io.anteroom.node.flow.PolicyFailure;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.testing.Queries;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.policy.PolicyApi;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** Faults of a policy, which cost only the query of the call. */
class JavaPolicyFaultsTest {
  @TempDir static Path work;
  private static PolicyJars jars;
  private static Path directory;

  private ManyPolicy many;

  @BeforeAll
  static void compile() throws IOException {
    jars = new PolicyJars(work);
    directory = work.resolve("policies");
    ManyPolicy.pack(jars, directory);
  }

  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

  @BeforeEach
  void start() throws Exception {
    lines.start();
    logger().addAppender(lines);
    many = new ManyPolicy(directory);
  }

  @AfterEach
  void stopLogging() {
    logger().detachAppender(lines);
  }

  private static Logger logger() {
    return (Logger) LoggerFactory.getLogger(JavaPolicy.class);
  }

  private List<String> logged() {
    return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "null|com.example.Many.onQuery returned null",
        "bad-route|com.example.Many.onQuery has no route \"lost\" for its operation",
        "bad-operation"
            + "|com.example.Many.onQuery did not name the operation \"customer\" when it started",
        "bad-filter|com.example.Many.onQuery did not name the filter \"jury\" when it started",
        "bad-pool|com.example.Many.onQuery chose the upstream pool \"nursery\", which is not there",
        "bad-variable"
            + "|com.example.Many.onQuery did not declare the variable \"pw\" when it started",
        "other-message"
            + "|com.example.Many.onQuery answered with a message that is no answer to the query",
        "throw|java.lang.IllegalStateException: no 1 at com.example.Many.onQuery(Many.java:%d)",
        "odd|com.example.Many$1, which can't be described",
      })
  void run_wrong_failsWithThePlace(String name, String message) {
    Throwable thrown = catchThrowable(() -> many.run(name + ".example."));

    assertThat(thrown)
        .isInstanceOf(PolicyFailure.class)
        .hasMessage(message.formatted(ManyPolicy.lineOf("\"no \" + query.type()")))
        .hasNoCause();
    assertThat(((PolicyFailure) thrown).kind()).isEqualTo(PolicyFailure.Kind.ERROR);
  }

  @Test
  void run_endlessRecursion_costsThatQueryOnly() throws Exception {
    assertThatThrownBy(() -> many.run("deep.example."))
        .isInstanceOf(PolicyFailure.class)
        .hasMessageStartingWith(
            "java.lang.StackOverflowError at com.example.Many.onQuery(Many.java:");

    assertThat(many.run("next.example.")).isInstanceOf(RuleOutcome.Next.class);
  }

  @Test
  void resume_routeReturnsNull_failsWithTheRoute() throws Exception {
    Query waiting = ((RuleOutcome.Suspend) many.run("nothing.example.")).query();

    assertThatThrownBy(() -> many.resume(waiting, OperationResult.done(Map.of())))
        .hasMessage("the route nothing of com.example.Many returned null");
  }

  @Test
  void run_poolInAStageWithAnAnswer_fails() {
    assertThatThrownBy(() -> many.run(Stage.RESPONSE, ManyPolicy.answered("marks.example.")))
        .hasMessage(
            "com.example.Many.onQuery chose a pool, which comes too late in the stage response");
  }

  @Test
  void run_callThatBlocks_isCountedAndLogged() throws Exception {
    JavaPolicy timed =
        JavaPolicies.read(directory).find("timed", ManyPolicy.CLASS, Policy.SERVFAIL);
    timed.start(many.environment(System::nanoTime));
    Query query = Queries.forName("block.example.");

    timed.run(new PolicyCall(Stage.QUERY, query, timed, 1, 0, null));

    assertThat(many.counters.get(Counter.POLICY_SLOW)).isEqualTo(1);
    assertThat(logged())
        .singleElement()
        .asString()
        .matches(
            "policy timed of many\\.jar held up an event loop for \\d+ ms in"
                + " com\\.example\\.Many\\.onQuery");
  }

  @Test
  void launch_report_getsTheResultAndMayFail() throws Exception {
    assertThat(many.run("launch.example.")).isInstanceOf(RuleOutcome.Next.class);
    assertThat(many.launched).hasSize(2);

    many.launched.forEach(done -> done.accept(OperationResult.done(Map.of())));

    assertThat(many.counters.get(Counter.POLICY_REPORTS_FAILED)).isEqualTo(1);
    assertThat(logged())
        .singleElement()
        .asString()
        .startsWith(
            "policy many of many.jar failed in the report of an operation that it launched:"
                + " java.lang.IllegalStateException: report DONE at com.example.Many.lambda");
  }

  @Test
  void close_callsAndReportsAfterwards_doNotReachTheAuthor() throws Exception {
    ManyPolicy loud = new ManyPolicy(directory, "loud");
    loud.run("launch.example.");

    loud.policy.close();
    loud.policy.close();

    assertThat(System.clearProperty("anteroom.test.closed.loud")).isEqualTo("1");
    assertThat(logged())
        .containsExactly(
            "policy loud of many.jar failed when it was closed: java.lang.IllegalStateException:"
                + " not today at com.example.Many.close(Many.java:%d)"
                    .formatted(ManyPolicy.lineOf("not today")));
    assertThatThrownBy(() -> loud.run("next.example.")).hasMessage("the policy has been closed");
    loud.launched.forEach(done -> done.accept(OperationResult.done(Map.of())));
    assertThat(loud.counters.get(Counter.POLICY_REPORTS_FAILED)).isZero();
  }

  @Test
  void run_notStarted_fails() throws Exception {
    JavaPolicy found =
        JavaPolicies.read(directory).find("found", ManyPolicy.CLASS, Policy.SERVFAIL);
    PolicyCall call =
        new PolicyCall(Stage.QUERY, Queries.forName("next.example."), found, 1, 0, null);

    assertThatThrownBy(() -> found.run(call)).hasMessage("the policy has not been started");
    found.close();
  }

  @Test
  void run_firstCallsOnSeveralThreads_loadClassesOnce(@TempDir Path other) throws Exception {
    Map<String, String> sources =
        Map.of(
            "com.example.Table",
            "package com.example; class Table { static final Object ONE = new Object(); }",
            "com.example.Shares",
            policy(
                "Shares",
                STARTS,
                "int id = System.identityHashCode(Table.ONE);"
                    + " return Outcome.next().withTag(\"id\", \"\" + id);"));
    pack(other.resolve("a.jar"), PolicyApi.VERSION, jars.compile(sources), "com.example.Shares");
    JavaPolicy shares = JavaPolicies.read(other).find("shares", "com.example.Shares", Policy.DROP);
    shares.start(many.environment(many.now::get));
    Query query = Queries.forName("x.example.");
    PolicyCall call = new PolicyCall(Stage.QUERY, query, shares, 1, 0, null);
    CyclicBarrier together = new CyclicBarrier(8);
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      Callable<RuleOutcome> task =
          () -> {
            together.await(2, TimeUnit.MINUTES);
            return shares.run(call);
          };
      Set<Object> tags = new HashSet<>();
      for (Future<RuleOutcome> done : threads.invokeAll(Collections.nCopies(8, task))) {
        tags.add(((RuleOutcome.Next) done.get()).query().tags());
      }

      assertThat(tags).hasSize(1);
    } finally {
      threads.shutdownNow();
    }
  }

  /** Otherwise each reload would leave the threads and classes of the old jar behind. */
  @Test
  void policy_thatNobodyUsesAnyMore_isClosedAndUnloaded() throws Exception {
    AtomicReference<WeakReference<Class<?>>> author = new AtomicReference<>();
    useAndForget(
        (asyncId, operation, done) ->
            author.set(
                new WeakReference<>(
                    StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)
                        .walk(JavaPolicyFaultsTest::authorOf))));

    await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () -> {
              System.gc();
              return author.get().get() == null;
            });
    assertThat(System.clearProperty("anteroom.test.closed.used")).isEqualTo("1");
  }

  private static Class<?> authorOf(Stream<StackWalker.StackFrame> frames) {
    return frames
        .<Class<?>>map(StackWalker.StackFrame::getDeclaringClass)
        .filter(type -> type.getName().equals(ManyPolicy.CLASS))
        .findFirst()
        .orElseThrow();
  }

  private void useAndForget(Launches launches) throws Exception {
    JavaPolicy used = JavaPolicies.read(directory).find("used", ManyPolicy.CLASS, Policy.DROP);
    used.start(many.environment(many.now::get, launches));
    for (String name : List.of("throw", "launch", "async")) {
      Query query = Queries.forName(name + ".example.");
      catchThrowable(() -> used.run(new PolicyCall(Stage.QUERY, query, used, 1, 0, null)));
    }
  }

  /** As with a jar that was packed with other versions of its libraries than it was built with. */
  @ParameterizedTest
  @CsvSource({
    "Impl,java.lang.AbstractMethodError",
    "Plan,java.lang.NoSuchMethodError",
    "'',java.lang.NoClassDefFoundError"
  })
  void run_codeThatDoesNotFitTogether_costsThatQueryOnly(
      String older, String error, @TempDir Path other) throws Exception {
    String call = older.isEmpty() ? "new Impl().go();" : "Plan plan = new Impl(); plan.go();";
    Map<String, byte[]> files = new HashMap<>(jars.compile(library("go", call)));
    if (older.isEmpty()) {
      files.remove("com/example/Impl.class");
    } else {
      String file = "com/example/" + older + ".class";
      files.put(file, jars.compile(library("stay", "")).get(file));
    }
    pack(other.resolve("old.jar"), PolicyApi.VERSION, files, "com.example.Uses");
    JavaPolicy uses = JavaPolicies.read(other).find("uses", "com.example.Uses", Policy.DROP);
    uses.start(many.environment(many.now::get));

    for (int i = 0; i < 2; i++) {
      Query query = Queries.forName("x.example.");
      assertThatThrownBy(() -> uses.run(new PolicyCall(Stage.QUERY, query, uses, 1, 0, null)))
          .isInstanceOf(PolicyFailure.class)
          .hasMessageStartingWith(error)
          .hasMessageContaining(" at com.example.Uses.onQuery(Uses.java:9)");
    }
  }

  private static Map<String, String> library(String method, String call) {
    return Map.of(
        "com.example.Plan",
        "package com.example; abstract class Plan { abstract void %s(); }".formatted(method),
        "com.example.Impl",
        "package com.example; class Impl extends Plan { void %s() {} }".formatted(method),
        "com.example.Uses",
        policy("Uses", STARTS, call + " return Outcome.next();"));
  }

  @ParameterizedTest
  @CsvSource({"async, REJECTED", "ask, DONE"})
  void resume_operationsThatAreRefusedAtOnce_endAfterEight(String name, ResultCode code)
      throws Exception {
    Query waiting = ((RuleOutcome.Suspend) many.run(name + "-forever.example.")).query();
    OperationResult result = new OperationResult(code, Map.of());
    for (int row = 1; row < 8; row++) {
      waiting = ((RuleOutcome.Suspend) many.resume(waiting, result)).query();
    }
    Query last = waiting;

    assertThatThrownBy(() -> many.resume(last, result))
        .hasMessage(
            "the route again of com.example.Many started another operation after 8 that ended at once");
  }
}
