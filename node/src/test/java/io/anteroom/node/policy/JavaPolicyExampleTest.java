// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.config.Policy;
import io.anteroom.node.flow.Continuation;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.PolicyCall;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.testing.Queries;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import io.anteroom.protocol.Stage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;

/** {@code deploy/examples/java-policy}, built by its own command. */
class JavaPolicyExampleTest {
  private static final Path EXAMPLE = Path.of("..", "deploy", "examples", "java-policy");
  private static final String CLASS = "com.example.CustomerPolicy";

  @TempDir static Path work;
  private static Path policies;

  private JavaPolicy policy;

  @BeforeAll
  static void build() throws Exception {
    policies = work.resolve("policies");
    Path output = work.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(EXAMPLE.resolve("build").toString(), policies.toString());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    // The API alone, so that the example can't use anything of the server.
    builder.environment().put("ANTEROOM_API", new PolicyJars(work).api().toString());
    builder.redirectErrorStream(true).redirectOutput(output.toFile());
    Process process = builder.start();
    boolean ended = process.waitFor(2, TimeUnit.MINUTES);
    process.destroyForcibly();
    assertThat(ended).isTrue();
    assertThat(process.exitValue()).as(Files.readString(output)).isZero();
  }

  @BeforeEach
  void start() throws Exception {
    policy = JavaPolicies.read(policies).find("customers", CLASS, Policy.SERVFAIL);
    policy.start(
        new PolicyEnvironment(
            Map.of("customers", 20),
            Map.of(),
            Set.of("default", "family"),
            (asyncId, operation, done) -> {},
            new StartedPolicies(),
            new Counters<>(Counter.class),
            System::nanoTime));
  }

  private Query asked() throws Exception {
    Query query = Queries.forName("www.example.");
    return suspended(policy.run(new PolicyCall(Stage.QUERY, query, policy, 1, 0, null)));
  }

  private static Query suspended(RuleOutcome outcome) {
    RuleOutcome.Suspend suspend = (RuleOutcome.Suspend) outcome;
    assertThat(suspend.asyncId()).isEqualTo(20);
    return suspend.query();
  }

  private RuleOutcome resume(Query waiting, OperationResult result) throws Exception {
    return policy.run(new PolicyCall(Stage.QUERY, waiting, policy, 1, 0, result));
  }

  private static OperationResult customer(Map<String, ?> body) {
    return OperationResult.done(Map.of("status", 200, "json", body));
  }

  @Test
  void configurationOfItsReadme_findsThePolicy() throws Exception {
    String readme = Files.readString(EXAMPLE.resolve("README.md"));
    int begin = readme.indexOf("anteroom {");
    Path file = work.resolve("anteroom.conf");
    Files.writeString(file, readme.substring(begin, readme.indexOf("```", begin)));

    NodeConfiguration configuration = NodeConfiguration.load(file);

    assertThat(configuration.live().policies().programs().get("customers"))
        .isInstanceOf(JavaPolicy.class);
  }

  @Test
  void query_asksForTheCustomerOfItsAddress() throws Exception {
    Continuation where = Objects.requireNonNull(asked().continuation());

    assertThat(where.operation())
        .isEqualTo(
            new Operation(Map.of("method", "GET", "path", "/customers/127.0.0.1", "json", true)));
    assertThat(where.route()).isEqualTo("answered");
    assertThat(where.timeout()).isEqualTo(Duration.ofMillis(300));
  }

  @Test
  void family_goesToItsPoolWithATag() throws Exception {
    RuleOutcome outcome = resume(asked(), customer(Map.of("plan", "family", "paid", true)));

    Query query = ((RuleOutcome.Next) outcome).query();
    assertThat(query.pool()).isEqualTo("family");
    assertThat(query.tags()).isEqualTo(Map.of("plan", "family"));
    assertThat(query.continuation()).isNull();
  }

  @Test
  void unpaid_getsThePaymentPage() throws Exception {
    RuleOutcome outcome = resume(asked(), customer(Map.of("plan", "basic", "paid", false)));

    RuleOutcome.Answer answer = (RuleOutcome.Answer) outcome;
    ARecord address = (ARecord) new Message(answer.message()).getSection(Section.ANSWER).get(0);
    assertThat(address.getAddress().getHostAddress()).isEqualTo("192.0.2.80");
    assertThat(answer.query().error())
        .isEqualTo(new ExtendedError(ExtendedError.FILTERED, "the bill is not paid"));
  }

  @Test
  void failure_isAskedOnceMore_thenUnknown() throws Exception {
    OperationResult timeout = OperationResult.failed(ResultCode.TIMEOUT, "no answer in time");
    OperationResult error = OperationResult.done(Map.of("status", 503, "body", "later"));

    Query again = suspended(resume(asked(), timeout));
    RuleOutcome outcome = resume(again, error);

    assertThat(((RuleOutcome.Next) outcome).query().tags()).isEqualTo(Map.of("plan", "unknown"));
  }

  @Test
  void unknownAddress_isNotAskedAgain() throws Exception {
    OperationResult missing = OperationResult.done(Map.of("status", 404, "body", ""));

    RuleOutcome outcome = resume(asked(), missing);

    assertThat(((RuleOutcome.Next) outcome).query().tags()).isEqualTo(Map.of("plan", "unknown"));
  }

  @Test
  void bodyThatIsNoCustomer_isUnknown() throws Exception {
    RuleOutcome outcome =
        resume(asked(), OperationResult.done(Map.of("status", 200, "json", "none")));

    assertThat(((RuleOutcome.Next) outcome).query().tags()).isEqualTo(Map.of("plan", "unknown"));
  }
}
