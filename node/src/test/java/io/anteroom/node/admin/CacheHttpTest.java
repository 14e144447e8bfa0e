// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.HttpCaller;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.Filter;
import io.anteroom.protocol.sdk.Invalidator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** The caches of two nodes, looked at and purged over HTTP, and by their filter. */
final class CacheHttpTest {
  private static final Duration SOON = Duration.ofMinutes(3);
  private static final String CACHE = "/api/v1/cache";
  private static final int LENIENT = 7;

  @TempDir private static Path directory;
  private static final ScriptedServer upstream = ScriptedServer.start(Asked::answer);
  private static final Lenient filter = new Lenient();
  private static TestNode one;
  private static TestNode two;
  private static HttpCaller anybody;
  private static HttpCaller operator;

  /** Lets pass what it is asked, for everyone and an hour. */
  private static final class Lenient implements Filter {
    private final List<FilterRequest> requests = new CopyOnWriteArrayList<>();
    private volatile Invalidator invalidator;

    @Override
    public void start(Invalidator given) {
      invalidator = given;
    }

    @Override
    public CompletionStage<Verdict> decide(FilterRequest request) {
      requests.add(request);
      return CompletableFuture.completedFuture(
          Verdict.proceed().holdsFor(Duration.ofHours(1)).forEveryone());
    }
  }

  @BeforeAll
  static void start() throws Exception {
    one = TestNode.start(settings(""), Map.of("lenient", filter));
    int port = one.node().system().address().getPort().orElseThrow();
    two = TestNode.start(settings("\"127.0.0.1:" + port + "\""), Map.of());
    String token = Files.readString(directory.resolve("token")).strip();
    anybody = new HttpCaller(two.node().adminAddress());
    operator = anybody.withToken(token);
    await()
        .atMost(SOON)
        .until(
            () ->
                anybody.get(CACHE).json().path("caches").size() == 2
                    && two.node().services().get(LENIENT).isAvailable());
  }

  private static String settings(String seeds) {
    return """
    upstreams.default {
      # A test holds answers back, and no query may be repeated meanwhile.
      servers = "127.0.0.1:%d", timeout = 1m, max-timeout = 1m, tries = 1, deadline = 1m
    }
    upstreams.other.servers = []
    filters.lenient { async-id = 7, timeout = 20s, on-timeout = servfail }
    rules.query = [ { match = all, action { suspend = lenient } } ]
    admin { address = "127.0.0.1:0", token-file = "%s" }
    cluster.seeds = [%s]
    # With several, a query joins one of another loop a moment after it has been counted.
    loops = 1
    """
        .formatted(upstream.address().getPort(), directory.resolve("token"), seeds);
  }

  @AfterAll
  static void stop() {
    two.close();
    one.close();
    upstream.close();
  }

  @AfterEach
  void purgeAll() {
    purge("{\"all\": true}");
    filter.requests.clear();
  }

  private static JsonNode purge(String words) {
    HttpCaller.Answer answer = operator.post(CACHE + "/purge", words);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return answer.json();
  }

  private static void ask(TestNode node, String name) {
    try (UdpClient client = node.udp()) {
      assertThat(client.ask(query(1, name, Type.A)).getRcode()).isEqualTo(Rcode.NOERROR);
    }
  }

  private static void fill(String... names) {
    for (String name : names) {
      ask(one, name);
      ask(two, name);
    }
  }

  @Test
  void purge_byName_takesAnswersAndVerdictsOfAllNodes() {
    fill("a.example", "b.example");

    JsonNode gone = purge("{\"name\": \"A.example\"}");

    assertThat(gone.path("answers").asInt()).isEqualTo(2);
    assertThat(gone.path("verdicts").asInt()).isEqualTo(2);
    assertThat(gone.path("nodes")).hasSize(2);
    assertThat(gone.path("unanswered")).isEmpty();
    int asked = upstream.queries("a.example").size();
    fill("a.example", "b.example");
    assertThat(upstream.queries("a.example")).hasSize(asked + 2);
    assertThat(filter.requests).hasSize(6);
  }

  @Test
  void purge_bySuffixTypeTargetAndPool_takesOnlyThat() {
    fill("a.c.example", "c.example", "xc.example");

    assertThat(purge("{\"suffix\": \"c.example\", \"type\": \"AAAA\"}").path("answers").asInt())
        .isZero();
    JsonNode gone = purge("{\"suffix\": \"c.example\", \"type\": \"a\", \"target\": \"answers\"}");
    assertThat(gone.path("answers").asInt()).isEqualTo(4);
    assertThat(gone.path("verdicts").asInt()).isZero();
    assertThat(purge("{\"pool\": \"other\"}").path("answers").asInt()).isZero();
    gone = purge("{\"pool\": \"default\"}");
    assertThat(gone.path("answers").asInt()).isEqualTo(2);
    assertThat(gone.path("verdicts").asInt()).isEqualTo(6);
  }

  @Test
  void purge_ofWhatIsNotThere_isNone() {
    JsonNode gone = purge("{\"name\": \"nowhere.example\"}");

    assertThat(gone.path("answers").asInt()).isZero();
    assertThat(gone.path("verdicts").asInt()).isZero();
    assertThat(gone.path("nodes")).hasSize(2);
  }

  @Test
  void answer_onItsWayWhileItsNameIsPurged_isNotKept() {
    List<Asked> held = new CopyOnWriteArrayList<>();
    upstream.script(held::add);
    long outdated = one.count(Counter.CACHE_OUTDATED);
    try (UdpClient client = one.udp()) {
      client.send(query(1, "late.example", Type.A));
      await().until(() -> held.size() == 1);
      purge("{\"name\": \"late.example\"}");
      try (UdpClient joins = one.udp()) {
        // It waits for the same upstream query, which was before the purge.
        long forwarded = one.count(Counter.FORWARDED);
        joins.send(query(2, "late.example", Type.A));
        one.awaitCount(Counter.FORWARDED, forwarded + 1);
        held.get(0).answer();
        joins.receive();
      }
      client.receive();
    } finally {
      upstream.script(Asked::answer);
    }
    assertThat(held).hasSize(1);
    one.awaitCount(Counter.CACHE_OUTDATED, outdated + 2);
    ask(one, "late.example");
    assertThat(upstream.queries("late.example")).hasSize(2);
  }

  @Test
  void invalidation_byTheFilter_isForAllNodes() {
    fill("d.example", "a.d.example", "e.example");
    assertThat(filter.requests).hasSize(6);

    filter.invalidator.invalidate("d.example");
    awaitVerdicts(2);
    filter.invalidator.invalidateSubtree("d.example");
    awaitVerdicts(1);
    filter.invalidator.invalidateAll();
    awaitVerdicts(0);
    fill("d.example");
    assertThat(filter.requests).hasSize(8);
    assertThat(one.count(LENIENT, SuspensionCounter.INVALIDATIONS)).isPositive();
    assertThat(upstream.queries("d.example")).as("answers stay").hasSize(2);
  }

  private static void awaitVerdicts(int each) {
    await()
        .atMost(SOON)
        .until(
            () ->
                anybody.get(CACHE).json().path("caches").findValues("verdicts").stream()
                    .allMatch(verdicts -> verdicts.asInt() == each));
  }

  @Test
  void stats_tellOfEachNode() {
    fill("s.example");
    fill("s.example");

    JsonNode caches = anybody.get(CACHE).json().path("caches");
    assertThat(caches).hasSize(2);
    for (JsonNode node : caches) {
      assertThat(node.path("answers").asInt()).isEqualTo(1);
      assertThat(node.path("answerBytes").asInt()).isBetween(100, 1000);
      assertThat(node.path("hits").asInt()).isPositive();
      assertThat(node.path("verdicts").asInt()).isEqualTo(1);
      assertThat(node.path("verdictBytes").asInt()).isBetween(100, 1000);
      assertThat(node.path("verdictHits").asInt()).isPositive();
      assertThat(node.path("verdictMaxBytes").asInt()).isEqualTo(64 << 20);
    }
  }

  @Test
  void entries_tellWhatIsKept() {
    fill("x.example", "a.x.example", "y.example");

    JsonNode all = anybody.get(CACHE + "/entries").json();
    assertThat(all.path("total").asInt()).isEqualTo(6);
    assertThat(all.path("entries")).hasSize(6);
    assertThat(anybody.get(CACHE + "/entries?limit=4").json().path("entries")).hasSize(4);
    assertThat(anybody.get(CACHE + "/entries?suffix=x.example").json().path("entries")).hasSize(4);
    JsonNode entry = anybody.get(CACHE + "/entries?name=X.example").json().path("entries").get(0);
    assertThat(entry.path("name").asText()).isEqualTo("x.example.");
    assertThat(entry.path("type").asText()).isEqualTo("A");
    assertThat(entry.path("pool").asText()).isEqualTo("default");
    assertThat(entry.path("content").asText()).isEqualTo("NOERROR");
    assertThat(entry.path("ttl").asInt()).isPositive();
    JsonNode verdicts = anybody.get(CACHE + "/entries?verdicts&name=y.example").json();
    assertThat(verdicts.path("entries")).hasSize(2);
    assertThat(verdicts.path("entries").get(0).path("content").asText()).isEqualTo("continue");
    assertThat(verdicts.path("entries").get(0).path("service").asText()).isEqualTo("lenient");
    assertThat(verdicts.path("entries").get(0).path("client").asText()).isEqualTo("everyone");
    assertThat(verdicts.path("entries").get(0).path("ttl").asInt()).isBetween(3500, 3600);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {}                                    | must have one of name, suffix, pool and all
          []                                    | must have one of name, suffix, pool and all
          {"name": "a", "suffix": "b"}          | must have one of name, suffix, pool and all
          {"name": "a..b"}                      | name:
          {"name": 7}                           | name:
          {"suffix": ""}                        | suffix:
          {"all": false}                        | all can only be true
          {"all": true, "type": "NONSENSE"}     | unknown DNS type
          {"all": true, "target": "everything"} | target must be answers, verdicts or both
          {"all": true, "nmae": "a"}            | unknown key
          {"pool": 1}                           | pool must be the name
          {"name"                               | no JSON
          """)
  void purge_wrongWords_areToldOf(String words, String message) {
    HttpCaller.Answer answer = operator.post(CACHE + "/purge", words);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().path("error").asText()).contains(message);
  }

  @Test
  void purge_ofAnUnknownPool_isNotFound() {
    assertThat(operator.post(CACHE + "/purge", "{\"pool\": \"nobody\"}").status()).isEqualTo(404);
  }

  @Test
  void purge_withoutTheToken_isRefused() {
    assertThat(anybody.post(CACHE + "/purge", "{\"all\": true}").status()).isEqualTo(401);
  }

  @ParameterizedTest
  @ValueSource(strings = {"limit=0", "limit=10001", "limit=x", "name=a..b", "name=a&suffix=b"})
  void entries_wrongParameters_areToldOf(String parameters) {
    assertThat(anybody.get(CACHE + "/entries?" + parameters).status()).isEqualTo(400);
  }
}
