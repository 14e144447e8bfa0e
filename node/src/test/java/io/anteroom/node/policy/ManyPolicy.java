// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import static io.anteroom.node.policy.PolicyJars.policy;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.Policy;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.PolicyCall;
import io.anteroom.node.flow.PolicyFailure;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.testing.Queries;
import io.anteroom.node.wire.Answers;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.Stage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.xbill.DNS.Rcode;

/** A started policy whose behaviour is chosen by the first label of the name. */
final class ManyPolicy {
  static final String CLASS = "com.example.Many";

  private static final String MEMBERS =
      """
      static final Operation LOOKUP = new Operation(Map.of("path", "/x"));
      private Launcher launcher;
      private String name;
      @Override public void start(PolicySetup setup) throws PolicyException {
        setup.operation("customers");
        setup.filter("judge");
        setup.pool("family");
        setup.variables("uid", "tries");
        setup.route("found", this::onFound);
        setup.route("again", (query, result, variables) ->
            query.name().startsWith("ask") ? Outcome.ask("judge", "again", variables)
                : Outcome.async("customers", LOOKUP, "again", variables));
        setup.route("nothing", (query, result, variables) -> null);
        launcher = setup.launcher();
        name = setup.name();
      }
      private Outcome onFound(PolicyQuery query, OperationResult result, Map<String, Object> vars) {
        if (result.code() == ResultCode.REJECTED) {
          return Outcome.async("customers", LOOKUP, "found", vars);
        }
        return Outcome.next().withTags(new HashMap<>(Map.of(
            "code", "" + result.code().number(), "out", "" + result.outputs().get("x"),
            "uid", "" + vars.get("uid"), "name", query.name())));
      }
      @Override public void close() {
        System.setProperty("anteroom.test.closed." + name, "1");
        if (name.equals("loud")) {
          throw new IllegalStateException("not today");
        }
      }
      """;

  private static final String ON_QUERY =
      """
      List<InetAddress> addresses = new ArrayList<>();
      try {
        addresses.add(InetAddress.getByName("192.0.2.1"));
        addresses.add(InetAddress.getByName("2001:db8::1"));
      } catch (java.net.UnknownHostException e) { }
      switch (query.name().split("\\\\.", -1)[0]) {
        case "next": return Outcome.next();
        case "marks": return Outcome.next().withPool("family").withTag("a", "1")
            .withExtendedError(new ExtendedError(17, "why"));
        case "rcode": return Outcome.answer(Outcome.NXDOMAIN).withTag("a", "1");
        case "addresses": return Outcome.answer(addresses, 60);
        case "message":
          byte[] message = query.message();
          message[2] |= (byte) 0x80;
          message[3] |= 5;
          return Outcome.answer(message);
        case "other-message": return Outcome.answer(new byte[40]);
        case "truncate": return Outcome.truncate();
        case "drop": return Outcome.drop();
        case "suspend": return Outcome.suspend("judge").withTag("a", "1");
        case "async": return Outcome.async("customers", LOOKUP, "found", Map.of("uid", "bob"))
            .withTimeout(java.time.Duration.ofMillis(200)).withTag("a", "1");
        case "ask": return Outcome.ask("judge", "found", Map.of("uid", "bob"));
        case "bad-ask": return Outcome.ask("judge", "lost", Map.of());
        case "ask-forever": return Outcome.ask("judge", "again", Map.of());
        case "async-forever": return Outcome.async("customers", LOOKUP, "again");
        case "nothing": return Outcome.async("customers", LOOKUP, "nothing");
        case "bad-route": return Outcome.async("customers", LOOKUP, "lost");
        case "bad-operation": return Outcome.async("customer", LOOKUP, "found");
        case "bad-filter": return Outcome.suspend("jury");
        case "bad-pool": return Outcome.next().withPool("nursery");
        case "bad-variable": return Outcome.async("customers", LOOKUP, "found", Map.of("pw", 1));
        case "null": return null;
        case "throw": throw new IllegalStateException("no " + query.type());
        case "deep": return onQuery(query);
        case "odd": throw new RuntimeException() {
          @Override public String toString() { throw new IllegalStateException(); } };
        case "block":
          try { Thread.sleep(15); } catch (InterruptedException e) { }
          return Outcome.next();
        case "launch":
          launcher.launch("customers", LOOKUP);
          launcher.launch("customers", LOOKUP, result -> {
            throw new IllegalStateException("report " + result.code()); });
          return Outcome.next();
        case "view": return Outcome.next().withTags(Map.of(
            "stage", query.stage().word(), "name", query.name(), "type", "" + query.type(),
            "class", "" + query.dnsClass(), "client", "" + query.client(),
            "transport", query.transport().word(), "pool", query.pool(),
            "cached", "" + query.cached(), "rcode", "" + query.rcode(),
            "sizes", query.message().length + " "
                + (query.answer() == null ? "-" : query.answer().length)));
        default: return Outcome.next().withTag("root", query.name());
      }
      """;

  final Counters<Counter> counters = new Counters<>(Counter.class);
  final AtomicLong now = new AtomicLong();
  final List<Consumer<OperationResult>> launched = new ArrayList<>();
  final JavaPolicy policy;

  /** Starts the policy in the jars of this directory. */
  ManyPolicy(Path directory) throws PolicyLoadFailure {
    this(directory, "many");
  }

  /** Starts the policy under this name; as "loud", it fails when it is closed. */
  ManyPolicy(Path directory, String name) throws PolicyLoadFailure {
    policy = JavaPolicies.read(directory).find(name, CLASS, Policy.SERVFAIL);
    policy.start(environment(now::get));
  }

  /** Packs the policy into the jar many.jar. */
  static void pack(PolicyJars jars, Path directory) throws IOException {
    jars.jar(directory.resolve("many.jar"), CLASS, policy("Many", MEMBERS, ON_QUERY));
  }

  /** The number of the line of its source that has this text. */
  static int lineOf(String text) {
    String source = policy("Many", MEMBERS, ON_QUERY);
    return (int) source.substring(0, source.indexOf(text)).lines().count();
  }

  PolicyEnvironment environment(LongSupplier clock) {
    return environment(
        clock,
        (asyncId, operation, done) -> {
          assertThat(asyncId).isEqualTo(8);
          launched.add(done);
        });
  }

  PolicyEnvironment environment(LongSupplier clock, Launches launches) {
    return new PolicyEnvironment(
        Map.of("customers", 8),
        Map.of("judge", 7),
        Set.of("default", "family"),
        launches,
        new StartedPolicies(),
        counters,
        clock);
  }

  RuleOutcome run(String name) throws PolicyFailure {
    return run(Stage.QUERY, Queries.forName(name));
  }

  RuleOutcome run(Stage stage, Query query) throws PolicyFailure {
    return policy.run(new PolicyCall(stage, query, policy, 4, 3, null));
  }

  RuleOutcome resume(Query waiting, OperationResult result) throws PolicyFailure {
    return policy.run(new PolicyCall(Stage.QUERY, waiting, policy, 4, 3, result));
  }

  /** A query whose answer, REFUSED, came from the cache. */
  static Query answered(String name) {
    Query query = Queries.forName(name);
    return query.withCachedAnswer(Answers.rcode(query.wire(), Rcode.REFUSED, null));
  }
}
