// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.testing.FreePorts;
import io.anteroom.node.testing.HttpCaller;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.Stage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Rules of two nodes that operators change through either. */
final class RulesClusterTest {
  private static final String RULES = "/api/v1/rules";
  private static final String A =
      "name = a, match { suffix = [a.dept] }, action { rcode = notimp }";
  private static final String B =
      "name = b, match { suffix = [a.dept] }, action { rcode = refused }";

  @TempDir private static Path directory;
  private static TestNode one;
  private static TestNode two;
  private static HttpCaller throughOne;
  private static HttpCaller throughTwo;

  @BeforeAll
  static void start() throws Exception {
    one = TestNode.start(settings("one", ""), Map.of());
    int seed = one.node().system().address().getPort().orElseThrow();
    two = TestNode.start(settings("two", "\"127.0.0.1:" + seed + "\""), Map.of());
    String token = Files.readString(directory.resolve("token")).strip();
    throughOne = new HttpCaller(one.node().adminAddress()).withToken(token);
    throughTwo = new HttpCaller(two.node().adminAddress()).withToken(token);
    soon().until(() -> throughTwo.get(RULES).json().path("unanswered").isEmpty());
    soon().until(() -> throughTwo.post(RULES + "/reset", "").status() == 200);
    soon().until(() -> throughOne.post(RULES + "/reset", "").status() == 200);
  }

  @AfterAll
  static void stop() {
    two.close();
    one.close();
  }

  @AfterEach
  void reset() {
    assertThat(throughOne.post(RULES + "/reset", "").status()).isEqualTo(200);
    soon()
        .until(() -> names(one).equals(List.of("first", "last")) && names(two).equals(names(one)));
  }

  private static String settings(String name, String seeds) {
    return """
    upstreams.default.servers = []
    rules.query = [
      { name = first, match { suffix = [x.dept] }, action = drop }
      { name = last, match = all, action { rcode = nxdomain } }
    ]
    rules-file = "%s"
    admin { address = "127.0.0.1:0", token-file = "%s" }
    cluster.seeds = [%s]
    """
        .formatted(directory.resolve(name + ".conf"), directory.resolve("token"), seeds);
  }

  private static ConditionFactory soon() {
    return await().atMost(Duration.ofMinutes(2)).pollInterval(Duration.ofMillis(20));
  }

  private static List<String> names(TestNode node) {
    return node.node().rules().of(Stage.QUERY).rules().stream().map(rule -> rule.name()).toList();
  }

  private static void edit(HttpCaller through, String edit) {
    HttpCaller.Answer answer = through.post(RULES, "{" + edit.replace('\'', '"') + "}");
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
  }

  private static String add(String rule, String place) {
    return "'edit': 'add', 'stage': 'query', 'rule': '" + rule + "'" + place;
  }

  private static void awaitNames(String... names) {
    soon()
        .untilAsserted(
            () -> {
              assertThat(names(one)).containsExactly(names);
              assertThat(names(two)).containsExactly(names);
            });
  }

  @Test
  void rule_addedThroughOneNode_decidesAboutQueriesOfTheOther() {
    edit(throughOne, add(A, ", 'before': 'last'"));
    awaitNames("first", "a", "last");

    try (UdpClient client = two.udp()) {
      assertThat(client.ask(query(1, "a.dept", Type.A)).getRcode()).isEqualTo(Rcode.NOTIMP);
    }
    JsonNode rules = throughOne.get(RULES + "?stage=query").json().path("rules");
    assertThat(rules).hasSize(3);
    assertThat(rules.get(1).path("hits").asLong()).isEqualTo(1);
    assertThat(rules.get(1).path("match").asText()).contains("a.dept");
  }

  @Test
  void nodeThatStarts_answersByTheRulesOfTheCluster_fromItsFirstAnswer() throws Exception {
    edit(throughOne, add(A, ", 'before': 'last'"));
    awaitNames("first", "a", "last");

    int seed = one.node().system().address().getPort().orElseThrow();
    String settings = settings("three", "\"127.0.0.1:" + seed + "\"") + "\nstart-within = 60s";
    // It is asked before it has joined, and knows only the rules of its configuration then.
    Node three = Node.start(TestNode.configuration(settings), Map.of());
    try (UdpClient client = new UdpClient("127.0.0.1", three.listening().get(0).address())) {
      assertThat(client.ask(query(1, "a.dept", Type.A)).getRcode()).isEqualTo(Rcode.NOTIMP);
    } finally {
      three.stop().toCompletableFuture().get(2, TimeUnit.MINUTES);
    }
  }

  @Test
  void change_thatIsMadeBeforeTheNodeHasJoined_isRefusedForNow() throws Exception {
    // A seed that does not answer is waited for.
    String settings = settings("early", "\"127.0.0.1:" + FreePorts.inARow(1) + "\"");
    Node alone = Node.start(TestNode.configuration(settings), Map.of());
    try {
      String token = Files.readString(directory.resolve("token")).strip();
      HttpCaller throughIt = new HttpCaller(alone.adminAddress()).withToken(token);
      HttpCaller.Answer answer = throughIt.post(RULES + "/reset", "");
      assertThat(answer.status()).as(answer.body()).isEqualTo(503);
      assertThat(answer.body()).contains("has not joined its cluster yet");
    } finally {
      alone.stop().toCompletableFuture().get(2, TimeUnit.MINUTES);
    }
  }

  @Test
  void edits_ofAllKinds_giveTheSameOrderOnBothNodes() {
    edit(throughOne, add(A, ", 'at': 1"));
    edit(throughTwo, "'edit': 'disable', 'name': 'first'");
    awaitNames("a", "last");
    edit(throughTwo, add(B, ", 'after': 'a'"));
    edit(throughTwo, "'edit': 'move', 'name': 'a', 'to': 4");
    edit(throughTwo, "'edit': 'enable', 'name': 'first'");
    awaitNames("b", "first", "last", "a");
    edit(throughTwo, "'edit': 'remove', 'name': 'b'");
    awaitNames("first", "last", "a");
  }

  @Test
  void edits_onBothNodesAtOnce_areAllMade_inTheSameOrder() {
    List<CompletableFuture<Void>> edits = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      String rule = A.replace("name = a", "name = r" + i);
      HttpCaller through = i % 2 == 0 ? throughOne : throughTwo;
      edits.add(CompletableFuture.runAsync(() -> edit(through, add(rule, ", 'at': 1"))));
    }
    edits.forEach(CompletableFuture::join);

    soon().untilAsserted(() -> assertThat(names(one)).hasSize(12).isEqualTo(names(two)));
    assertThat(throughOne.get(RULES).json().path("differing")).isEmpty();
  }

  @Test
  void rulesOfOneName_addedOnBothNodesAtOnce_areOneRule_andTheOtherIsToldOf() {
    var left = CompletableFuture.supplyAsync(() -> added(throughOne, A));
    var right =
        CompletableFuture.supplyAsync(() -> added(throughTwo, A.replace("notimp", "servfail")));
    int made = left.join() + right.join();

    awaitNames("first", "last", "a");
    soon().until(() -> throughOne.get(RULES).json().path("differing").isEmpty());
    // Either one was refused at once, or it came too late for that and is left out on both nodes,
    // once each has heard of the other.
    soon()
        .untilAsserted(
            () ->
                assertThat(throughOne.get(RULES).json().path("misfits"))
                    .hasSize(made == 2 ? 2 : 0));
  }

  private static int added(HttpCaller through, String rule) {
    String body = "{" + add(rule, "").replace('\'', '"') + "}";
    return through.post(RULES, body).status() == 200 ? 1 : 0;
  }

  @Test
  void edits_areKept_inTheFilesOfAllNodes() throws Exception {
    edit(throughTwo, add(A, ""));
    awaitNames("first", "last", "a");

    for (String file : List.of("one.conf", "two.conf")) {
      soon().until(() -> Files.readString(directory.resolve(file)).contains("edit = add"));
      assertThat(Files.readString(directory.resolve(file))).contains("\"a.dept\"").startsWith("#");
    }
  }

  @Test
  void rules_outliveAllNodes_andABadFileKeepsTheNodeFromStarting() throws Exception {
    Path file = directory.resolve("alone.conf");
    try (TestNode before = TestNode.start(settings("alone", ""), Map.of())) {
      HttpCaller.Answer answer = added(before, add(A, ", 'at': 1"));
      assertThat(answer.json().path("result").asText()).isEqualTo("kept in " + file);
    }
    try (TestNode after = TestNode.start(settings("alone", ""), Map.of())) {
      assertThat(names(after)).containsExactly("a", "first", "last");
      assertThat(added(after, "'edit': 'disable', 'name': 'first'").status()).isEqualTo(200);
      assertThat(names(after)).containsExactly("a", "last");
    }
    Files.writeString(file, Files.readString(file).replace("notimp", "noitmp"));
    try (TestNode without = TestNode.start(settings("alone", ""), Map.of())) {
      assertThat(names(without)).containsExactly("last");
    }
    Files.writeString(file, Files.readString(file).replace("edit = add", "edit = addd"));
    assertThatThrownBy(() -> TestNode.configuration(settings("alone", "")))
        .isInstanceOf(InvalidConfiguration.class)
        .hasMessageContaining(file + ":6: edits[0].edit: unknown: \"addd\"");
    assertThatThrownBy(() -> TestNode.configuration(settings("nowhere/x", "")))
        .hasMessageContaining("anteroom.rules-file: no directory to write to: " + directory);
  }

  /** Once the node is in its cluster. */
  private static HttpCaller.Answer added(TestNode node, String edit) throws Exception {
    String token = Files.readString(directory.resolve("token")).strip();
    HttpCaller caller = new HttpCaller(node.node().adminAddress()).withToken(token);
    soon()
        .until(
            () -> caller.post(RULES, "{\"edit\": \"enable\", \"name\": \"last\"}").status() == 200);
    return caller.post(RULES, "{" + edit.replace('\'', '"') + "}");
  }

  @Test
  void nodeThatComesLater_hasTheSameRules() {
    edit(throughOne, add(A, ", 'at': 1"));
    int seed = one.node().system().address().getPort().orElseThrow();

    try (TestNode three =
        TestNode.start(settings("three", "\"127.0.0.1:" + seed + "\""), Map.of())) {
      soon().untilAsserted(() -> assertThat(names(three)).containsExactly("a", "first", "last"));
    }
  }
}
