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
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Finding policies in jars. */
class JavaPoliciesTest {
  private static final String PASSES = policy("Passes", STARTS, "return Outcome.next();");

  @TempDir static Path work;
  private static PolicyJars jars;
  private static Map<String, byte[]> passes;

  @TempDir Path directory;

  @BeforeAll
  static void compile() throws IOException {
    jars = new PolicyJars(work);
    passes = jars.compile(Map.of("com.example.Passes", PASSES));
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

  @Test
  void find_policyInAJar_runs() throws Exception {
    pack(directory.resolve("limit.jar"), PolicyApi.VERSION, passes, "com.example.Passes");

    JavaPolicy policy = find("com.example.Passes");
    policy.start(environment());

    assertThat(policy.name()).isEqualTo("limit");
    assertThat(policy.jar()).isEqualTo("limit.jar");
    assertThat(policy.onError()).isEqualTo(Policy.SERVFAIL);
    assertThat(policy.thread()).isNull();
    assertThat(run(policy)).isInstanceOf(RuleOutcome.Next.class);
  }

  @Test
  void read_subdirectoriesAndHiddenOnes_onlyTheFormer() throws Exception {
    pack(directory.resolve("a/b/limit.jar"), PolicyApi.VERSION, passes, "com.example.Passes");
    pack(directory.resolve("..data/limit.jar"), PolicyApi.VERSION, passes, "com.example.Passes");
    Files.writeString(directory.resolve("notes.txt"), "not a jar");

    JavaPolicies policies = JavaPolicies.read(directory);

    assertThat(policies.problems()).isEmpty();
    assertThat(policies.find("limit", "com.example.Passes", Policy.DROP).jar())
        .isEqualTo("a/b/limit.jar");
  }

  @Test
  void find_runsNoCodeOfThePolicy() throws Exception {
    String loud = "static { System.setProperty(\"anteroom.test.loud\", \"1\"); }";
    jars.jar(
        directory.resolve("loud.jar"),
        "com.example.Loud",
        policy("Loud", loud + STARTS, "return Outcome.next();"));

    JavaPolicy policy = find("com.example.Loud");

    assertThat(System.getProperty("anteroom.test.loud")).isNull();
    policy.start(environment());
    assertThat(System.clearProperty("anteroom.test.loud")).isEqualTo("1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2|limit.jar is for version 2 of the policy API, but this node has version 1",
        "''|limit.jar has no attribute Anteroom-Policy-Api in its manifest, so it is no jar of a"
            + " policy"
      })
  void find_otherVersionOfTheApi_refused(String version, String message) throws Exception {
    pack(directory.resolve("limit.jar"), version, passes, "com.example.Passes");

    assertThatThrownBy(() -> find("com.example.Passes"))
        .isInstanceOf(PolicyLoadFailure.class)
        .hasMessage(message)
        .hasNoCause();
  }

  @Test
  void find_fileThatIsNoJar_refused() throws Exception {
    Files.writeString(directory.resolve("limit.jar"), "#!/bin/sh\nexit 1\n");

    assertThatThrownBy(() -> find("com.example.Passes")).hasMessage("limit.jar is no jar");
  }

  @Test
  void find_emptyFile_refused() throws Exception {
    Files.createFile(directory.resolve("limit.jar"));

    assertThatThrownBy(() -> find("com.example.Passes")).hasMessage("limit.jar is no jar");
  }

  /** As if it were still being copied, cut at each byte. */
  @Test
  void find_jarThatIsCut_alwaysRefused() throws Exception {
    Path file = directory.resolve("limit.jar");
    byte[] whole = Files.readAllBytes(pack(file, PolicyApi.VERSION, passes, "com.example.Passes"));

    for (int length = 1; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));

      Throwable thrown = catchThrowable(() -> find("com.example.Passes"));

      assertThat(thrown)
          .as("cut after %d of %d bytes", length, whole.length)
          .isInstanceOf(PolicyLoadFailure.class);
      assertThat(thrown.getMessage())
          .matches("limit\\.jar is (no jar|damaged or not complete: .*)");
    }
  }

  @Test
  void find_jarThatUnpacksToTooMuch_refused() throws Exception {
    Map<String, byte[]> files = new HashMap<>(passes);
    files.put("zeros", new byte[PolicyJar.MAX_BYTES]);
    pack(directory.resolve("limit.jar"), PolicyApi.VERSION, files, "com.example.Passes");

    assertThatThrownBy(() -> find("com.example.Passes"))
        .hasMessage("limit.jar is larger than 64 MB, or unpacks to more");
  }

  @Test
  void find_classThatIsNoProvider_refused() throws Exception {
    Map<String, byte[]> files = new HashMap<>(passes);
    files.putAll(
        jars.compile(
            Map.of(
                "com.example.Forgotten", policy("Forgotten", STARTS, "return Outcome.next();"))));
    pack(directory.resolve("limit.jar"), PolicyApi.VERSION, files, "com.example.Passes");

    assertThatThrownBy(() -> find("com.example.Forgotten"))
        .hasMessage(
            "limit.jar has the class com.example.Forgotten, but does not name it in"
                + " META-INF/services/io.anteroom.protocol.policy.Policy");
  }

  @Test
  void find_jarWithoutProviders_refused() throws Exception {
    pack(directory.resolve("limit.jar"), PolicyApi.VERSION, passes);

    assertThatThrownBy(() -> find("com.example.Passes"))
        .hasMessage(
            "limit.jar names no policy in META-INF/services/io.anteroom.protocol.policy.Policy");
  }

  @Test
  void find_providerThatIsNotThereOrNoPolicy_refused() throws Exception {
    Path file = directory.resolve("limit.jar");
    pack(file, PolicyApi.VERSION, passes, "com.example.Passed");
    assertThatThrownBy(() -> find("com.example.Passes"))
        .isInstanceOf(PolicyLoadFailure.class)
        .hasMessageStartingWith("limit.jar can't be used:")
        .hasMessageContaining("com.example.Passed not found");

    pack(
        file,
        PolicyApi.VERSION,
        jars.compile(Map.of("com.example.Other", "package com.example; public class Other {}")),
        "com.example.Other");
    assertThatThrownBy(() -> find("com.example.Other"))
        .isInstanceOf(PolicyLoadFailure.class)
        .hasMessageStartingWith("limit.jar can't be used:")
        .hasMessageContaining("com.example.Other not a subtype");
  }

  @Test
  void find_unknownClass_namesASimilarOne() throws Exception {
    pack(directory.resolve("limit.jar"), PolicyApi.VERSION, passes, "com.example.Passes");

    assertThatThrownBy(() -> find("com.example.Pases"))
        .isInstanceOf(PolicyLoadFailure.class)
        .hasMessage(
            "in the jars of "
                + directory
                + ", policy unknown: \"com.example.Pases\"; did you mean \"com.example.Passes\"?");
  }

  @Test
  void find_noDirectory_refused() {
    Path none = directory.resolve("none");

    JavaPolicies policies = JavaPolicies.read(none);

    assertThat(policies.problems()).isEmpty();
    assertThatThrownBy(() -> policies.find("limit", "com.example.Passes", Policy.DROP))
        .hasMessage("there is no directory " + none + " for the jar of policy com.example.Passes");
  }

  @Test
  void find_twoJarsWithOnePolicy_refused() throws Exception {
    pack(directory.resolve("a.jar"), PolicyApi.VERSION, passes, "com.example.Passes");
    pack(directory.resolve("b.jar"), PolicyApi.VERSION, passes, "com.example.Passes");

    assertThatThrownBy(() -> find("com.example.Passes"))
        .hasMessage("both a.jar and b.jar have the policy com.example.Passes");
  }

  @Test
  void find_classOfANewerJava_refused() throws Exception {
    Map<String, byte[]> files = new HashMap<>();
    byte[] newer = passes.get("com/example/Passes.class").clone();
    newer[7] = (byte) 200;
    files.put("com/example/Passes.class", newer);
    pack(directory.resolve("limit.jar"), PolicyApi.VERSION, files, "com.example.Passes");

    assertThatThrownBy(() -> find("com.example.Passes"))
        .isInstanceOf(PolicyLoadFailure.class)
        .hasMessageStartingWith(
            "limit.jar can't be used: java.lang.UnsupportedClassVersionError: com/example/Passes");
  }

  @Test
  void find_classFileThatIsGarbage_refused() throws Exception {
    Map<String, byte[]> files =
        Map.of("com/example/Passes.class", "garbage".getBytes(StandardCharsets.US_ASCII));
    pack(directory.resolve("limit.jar"), PolicyApi.VERSION, files, "com.example.Passes");

    assertThatThrownBy(() -> find("com.example.Passes"))
        .isInstanceOf(PolicyLoadFailure.class)
        .hasMessageStartingWith("limit.jar can't be used: java.lang.ClassFormatError");
  }
}
