// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import static io.anteroom.node.policy.PolicyJars.STARTS;
import static io.anteroom.node.policy.PolicyJars.pack;
import static io.anteroom.node.policy.PolicyJars.policy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.anteroom.node.config.Policy;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.PolicyCall;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.testing.Queries;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.policy.PolicyApi;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The start of a policy, and what its code sees of the node. */
class JavaPolicyStartTest {
  @TempDir static Path work;
  private static PolicyJars jars;

  @TempDir Path directory;

  @BeforeAll
  static void compile() throws IOException {
    jars = new PolicyJars(work);
  }

  private static PolicyEnvironment environment() {
    return new PolicyEnvironment(
        Map.of("customers", 8),
        Map.of("judge", 7),
        Set.of("default"),
        (asyncId, operation, done) -> {},
        new StartedPolicies(),
        new Counters<>(Counter.class),
        System::nanoTime);
  }

  private JavaPolicy find(String className) throws PolicyLoadFailure {
    return JavaPolicies.read(directory).find("limit", className, Policy.SERVFAIL);
  }

  private static RuleOutcome run(JavaPolicy policy) throws Exception {
    return policy.run(
        new PolicyCall(Stage.QUERY, Queries.forName("www.example."), policy, 1, 0, null));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "static { Objects.requireNonNull(null, \"no file\"); }"
            + "|java.lang.NullPointerException: no file at"
            + " com.example.Fails.<clinit>(Fails.java:7)",
        "public Fails() { throw new IllegalStateException(\"no file\"); }"
            + "|java.lang.IllegalStateException: no file at"
            + " com.example.Fails.<init>(Fails.java:7)",
        "int x = Integer.parseInt(\"many\\nlines\");"
            + "|java.lang.NumberFormatException: For input string: \"many lines\" at"
            + " com.example.Fails.<init>(Fails.java:7)",
        "Fails(int x) {} public Fails() { this(new int[0][0].length / 0); }"
            + "|java.lang.ArithmeticException: / by zero at com.example.Fails.<init>(Fails.java:7)",
      })
  void start_creationThrows_refusedWithThePlace(String member, String message) throws Exception {
    jars.jar(
        directory.resolve("fails.jar"),
        "com.example.Fails",
        policy("Fails", member + " " + STARTS, "return Outcome.next();"));
    JavaPolicy policy = find("com.example.Fails");

    assertThatThrownBy(() -> policy.start(environment()))
        .isInstanceOf(PolicyLoadFailure.class)
        .hasMessage("policy limit of fails.jar does not start: " + message)
        .hasNoCause();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "throw new PolicyException(\"customers.txt is missing\");|customers.txt is missing",
        "setup.operation(\"customer\");"
            + "|operation unknown: \"customer\"; did you mean \"customers\"?",
        "setup.filter(\"customers\");|filter unknown: \"customers\"",
        "setup.pool(\"family\");|upstream pool unknown: \"family\"",
        "setup.route(\"x\", null);"
            + "|java.lang.NullPointerException: the route is null at"
            + " com.example.Fails.start(Fails.java:7)",
        "setup.route(\"x\", (q, r, v) -> null); setup.route(\"x\", (q, r, v) -> null);"
            + "|java.lang.IllegalArgumentException: the route \"x\" is there already at"
            + " com.example.Fails.start(Fails.java:7)",
        "for (int i = 0; i < 65; i++) setup.variables(\"v\" + i);"
            + "|java.lang.IllegalArgumentException: more than 64 variables at"
            + " com.example.Fails.start(Fails.java:7)",
        "setup.variables(\"\");"
            + "|java.lang.IllegalArgumentException: the name of a variable must have 1 to 255"
            + " characters at com.example.Fails.start(Fails.java:7)",
        "setup.launcher().launch(\"customers\", new Operation(Map.of()));"
            + "|java.lang.IllegalArgumentException: the policy did not name the operation"
            + " \"customers\" when it started at com.example.Fails.start(Fails.java:7)",
        "start(setup);|java.lang.StackOverflowError at com.example.Fails.start(Fails.java:7)",
        "throw new AssertionError();"
            + "|java.lang.AssertionError at com.example.Fails.start(Fails.java:7)",
      })
  void start_startFails_refusedWithTheReason(String body, String message) throws Exception {
    String start = "@Override public void start(PolicySetup setup) throws PolicyException {%s}";
    jars.jar(
        directory.resolve("fails.jar"),
        "com.example.Fails",
        policy("Fails", start.formatted(body), "return Outcome.next();"));
    JavaPolicy policy = find("com.example.Fails");

    Throwable thrown = catchThrowable(() -> policy.start(environment()));

    assertThat(thrown).isInstanceOf(PolicyLoadFailure.class).hasNoCause();
    assertThat(thrown.getMessage())
        .startsWith("policy limit of fails.jar does not start: " + message);
  }

  @Test
  void start_missingOperationThatIsCaught_starts() throws Exception {
    String start =
        "@Override public void start(PolicySetup setup) {"
            + " try { setup.operation(\"other\"); } catch (PolicyException e) { } }";
    jars.jar(
        directory.resolve("a.jar"),
        "com.example.Optional",
        policy("Optional", start, "return Outcome.next();"));
    JavaPolicy policy = find("com.example.Optional");

    policy.start(environment());

    assertThat(run(policy)).isInstanceOf(RuleOutcome.Next.class);
  }

  @Test
  void policy_classesOfTheNode_areNotSeen() throws Exception {
    String sees =
        """
        @Override public void start(PolicySetup setup) throws PolicyException {
          List<String> seen = new ArrayList<>();
          for (String name : List.of("org.slf4j.Logger", "java.sql.Driver", "%s")) {
            try {
              Class.forName(name);
              seen.add(name);
            } catch (ClassNotFoundException e) { }
          }
          throw new PolicyException("sees " + seen);
        }
        """
            .formatted(
                String.join(
                    "\", \"",
                    "org.apache.pekko.actor.ActorRef",
                    "io.netty.buffer.ByteBuf",
                    "org.xbill.DNS.Message",
                    "io.anteroom.node.flow.Query",
                    "io.anteroom.protocol.kryo.FieldReader",
                    "io.anteroom.protocol.sdk.Filter",
                    "ch.qos.logback.classic.Logger"));
    jars.jar(
        directory.resolve("a.jar"),
        "com.example.Sees",
        policy("Sees", sees, "return Outcome.next();"));
    JavaPolicy policy = find("com.example.Sees");

    assertThatThrownBy(() -> policy.start(environment()))
        .hasMessage(
            "policy limit of a.jar does not start: sees [org.slf4j.Logger, java.sql.Driver]");
  }

  @Test
  void policies_twoVersionsOfOneLibrary_eachHasItsOwn() throws Exception {
    for (String version : new String[] {"1", "2"}) {
      Map<String, byte[]> files =
          jars.compile(
              Map.of(
                  "com.example.Library",
                  "package com.example; class Library { static String version() { return \"%s\";} }"
                      .formatted(version),
                  "com.example.Uses" + version,
                  policy(
                      "Uses" + version,
                      STARTS,
                      "return Outcome.next().withTag(\"v\", Library.version());")));
      pack(
          directory.resolve(version + ".jar"),
          PolicyApi.VERSION,
          files,
          "com.example.Uses" + version);
    }

    for (String version : new String[] {"1", "2"}) {
      JavaPolicy policy = find("com.example.Uses" + version);
      policy.start(environment());

      assertThat(((RuleOutcome.Next) run(policy)).query().tags()).isEqualTo(Map.of("v", version));
    }
  }

  @Test
  void policy_jarReplacedAfterItWasRead_keepsItsOwnClassesAndResources() throws Exception {
    Path file = directory.resolve("limit.jar");
    Map<String, byte[]> files =
        jars.compile(
            Map.of(
                "com.example.Late",
                """
                package com.example;
                class Late {
                  static String text() throws java.io.IOException {
                    try (var in = Late.class.getResourceAsStream("text.txt")) {
                      return new String(in.readAllBytes());
                    }
                  }
                }
                """,
                "com.example.Reads",
                policy(
                    "Reads",
                    STARTS,
                    "try { return Outcome.next().withTag(\"text\", Late.text()); }"
                        + " catch (java.io.IOException e) { return null; }")));
    Map<String, byte[]> all = new HashMap<>(files);
    all.put("com/example/text.txt", "first".getBytes(StandardCharsets.UTF_8));
    pack(file, PolicyApi.VERSION, all, "com.example.Reads");
    JavaPolicy policy = find("com.example.Reads");
    policy.start(environment());

    Files.write(file, new byte[10_000]);

    assertThat(((RuleOutcome.Next) run(policy)).query().tags()).isEqualTo(Map.of("text", "first"));
  }

  @Test
  void start_contextClassLoader_isThatOfTheJarAndRestored() throws Exception {
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    String start =
        "@Override public void start(PolicySetup setup) throws PolicyException {"
            + " throw new PolicyException(Thread.currentThread().getContextClassLoader().getName());"
            + " }";
    jars.jar(
        directory.resolve("a.jar"),
        "com.example.Context",
        policy("Context", start, "return Outcome.next();"));
    JavaPolicy policy = find("com.example.Context");

    assertThatThrownBy(() -> policy.start(environment()))
        .hasMessage("policy limit of a.jar does not start: policy:a.jar");
    assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(before);
  }
}
