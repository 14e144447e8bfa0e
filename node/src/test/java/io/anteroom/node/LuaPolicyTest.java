// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TcpClient;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/**
 * Policies in Lua, with the operations that need nothing outside: sleep, and the verdict of a
 * filter.
 */
final class LuaPolicyTest {
  private static final int SLEEP = 30;

  @TempDir private Path directory;
  private final ScriptedServer upstream = ScriptedServer.start(Asked::answer);
  private final TestFilter filter = new TestFilter();
  private TestNode node;

  @AfterEach
  void close() {
    if (node != null) {
      node.close();
    }
    upstream.close();
  }

  private String settings(String stage, String policy) throws Exception {
    Files.writeString(directory.resolve("policy.lua"), policy);
    return """
        upstreams.default.servers = ["127.0.0.1:%1$d"]
        upstreams.safe.servers = ["127.0.0.1:%1$d"]
        filters.judge { async-id = 1, timeout = 60s }
        operations.nap { async-id = %2$d, timeout = 60s, sleep {} }
        policies.mine { file = "policy.lua" }
        rules.%3$s = [
          { name = mine, match = all, action { policy = mine } }
          { name = kids, match { tag = ["group=kids"] }, action = nxdomain }
        ]
        """
        .formatted(upstream.address().getPort(), SLEEP, stage);
  }

  private void start(String policy) throws Exception {
    startWith(settings("query", policy));
  }

  private void startWith(String settings) {
    Path file = directory.resolve("node.conf");
    TestNode.write(file, settings);
    node = TestNode.start(file, Map.of("judge", filter));
  }

  private Message ask(String name) {
    try (UdpClient client = node.udp()) {
      return client.ask(query(7, name, Type.A));
    }
  }

  private int rcode(String name) {
    return ask(name).getRcode();
  }

  @Test
  void routeThatReturnsNothing_letsTheQueryContinue() throws Exception {
    start("function route.main(q) end");

    assertThat(DnsMessages.addresses(ask("www.example")))
        .containsExactly(Asked.addressOf("www.example"));
    assertThat(node.count(Counter.POLICY_CALLS)).isEqualTo(1);
  }

  @Test
  void verdictInWords_decides() throws Exception {
    Map<String, String> rcodes =
        Map.of(
            "refuse", "REFUSED",
            "nxdomain", "NXDOMAIN",
            "rcode 4", "NOTIMP",
            "continue", "NOERROR",
            "pool safe", "NOERROR",
            "name other.example", "NOERROR");
    List<String> words = List.copyOf(rcodes.keySet());
    start(
        "local words = { '%s' }\n".formatted(String.join("', '", words))
            + "function route.main(q) return words[tonumber(q.name:match('%d+'))] end");

    for (int i = 0; i < words.size(); i++) {
      assertThat(Rcode.string(rcode("n" + (i + 1) + ".example")))
          .as(words.get(i))
          .isEqualTo(rcodes.get(words.get(i)));
    }
  }

  @Test
  void addressesAndExtendedError_reachTheClient() throws Exception {
    start("function route.main(q) return 'addresses 192.0.2.7 extended-error 15 not for you' end");

    assertThat(DnsMessages.addresses(ask("www.example")))
        .extracting(address -> address.getHostAddress())
        .containsExactly("192.0.2.7");
  }

  @Test
  void drop_answersNothing_andTheNextQueryIsAnswered() throws Exception {
    start("function route.main(q) if q.name == 'no.example' then return 'drop' end end");
    try (UdpClient client = node.udp()) {
      client.send(query(1, "no.example", Type.A));

      assertThat(client.ask(query(2, "yes.example", Type.A)).getRcode()).isEqualTo(Rcode.NOERROR);
    }
    node.awaitCount(Counter.DROPPED, 1);
  }

  @Test
  void tagsOfAPolicy_areSeenByLaterRules() throws Exception {
    start("function route.main(q) if q.type == 'A' then q:set_tag('group', 'kids') end end");

    assertThat(rcode("www.example")).isEqualTo(Rcode.NXDOMAIN);
  }

  @Test
  void fieldsOfAQuery_areThoseOfTheClientsQuestion() throws Exception {
    start(
        """
        function route.main(q)
          local all = { q.name, q.type, q.class, q.stage, q.client, q.transport, q.pool }
          if table.concat(all, ' ') == 'www.example A IN query 127.0.0.1 udp default'
              and q.identity == nil and q.server_name == nil and q.path == nil
              and q.port > 0 and q.rcode == nil and not q.cached and #q.message > 12
              and q:tag('x') == nil then
            return 'refuse'
          end
        end
        """);

    assertThat(rcode("www.example")).isEqualTo(Rcode.REFUSED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cache-miss", "cache-inserted", "response", "self-answered", "cache-hit"})
  void policy_runsInEveryStage(String stage) throws Exception {
    startWith(
        settings(
                    stage,
                    "function route.main(q) if q.stage == '"
                        + stage
                        + "' then return 'refuse' end end")
                .replace("{ name = kids", "{ name = none")
            + (stage.equals("self-answered")
                ? "rules.query = [{ name = spoof, match = all, action = nodata }]\n"
                : ""));
    if (stage.equals("cache-hit")) {
      ask("www.example");
    }

    assertThat(rcode("www.example")).isEqualTo(Rcode.REFUSED);
  }

  @Test
  void answerOfAServer_isSeenByTheResponseStage() throws Exception {
    startWith(
        settings(
            "response",
            """
            function route.main(q)
              local records = q:records()
              if q.rcode == 'NOERROR' and #records == 1 and records[1].type == 'A'
                  and records[1].name == 'www.example' then
                return 'nxdomain'
              end
            end
            """));

    assertThat(rcode("www.example")).isEqualTo(Rcode.NXDOMAIN);
  }

  @Test
  void operation_suspendsTheQuery_andTheRouteGoesOnWithItsVariablesAndTags() throws Exception {
    start(
        """
        vars('uid', 'count')
        function route.main(q)
          q.uid = 'alice'
          q.count = 1
          q:set_tag('before', 'yes')
          async(sleep(0.01), 'woken')
          error('async has returned')
        end
        function route.woken(q, rc, out)
          if rc == 1 and q.uid == 'alice' and q.count == 1 and q:tag('before') == 'yes' then
            return 'refuse'
          end
        end
        """);

    assertThat(rcode("www.example")).isEqualTo(Rcode.REFUSED);
    node.assertAtRest();
    assertThat(node.count(SLEEP, SuspensionCounter.RESUMED)).isEqualTo(1);
  }

  @Test
  void severalOperationsOneAfterTheOther_eachGetTheirResult() throws Exception {
    start(
        """
        vars('n')
        function route.main(q) q.n = 0 async(sleep(0.001), 'again') end
        function route.again(q, rc)
          q.n = q.n + rc
          if q.n == 5 then return 'refuse' end
          async(sleep(0.001), 'again')
        end
        """);

    assertThat(rcode("www.example")).isEqualTo(Rcode.REFUSED);
    assertThat(node.count(SLEEP, SuspensionCounter.RESUMED)).isEqualTo(5);
  }

  @Test
  void policyThatStartsOneOperationAfterTheOther_ends() throws Exception {
    start(
        """
        function route.main(q) async(sleep(0.001), 'main') end
        """);

    assertThat(rcode("www.example")).isEqualTo(Rcode.SERVFAIL);
    assertThat(node.count(Counter.POLICY_ERRORS)).isEqualTo(1);
    node.assertAtRest();
  }

  @Test
  void timeoutOfTheScript_resumesWithItsCode() throws Exception {
    start(
        """
        function route.main(q) async(sleep(50), 'late', 0.05) end
        function route.late(q, rc, out)
          if rc == -3 and type(out.error) == 'string' then return 'refuse' end
        end
        """);

    assertThat(rcode("www.example")).isEqualTo(Rcode.REFUSED);
    node.assertAtRest();
    assertThat(node.count(SLEEP, SuspensionCounter.TIMED_OUT)).isEqualTo(1);
  }

  @Test
  void operationAtALimit_resumesAtOnceWithItsCode() throws Exception {
    startWith(
        settings(
                "query",
                """
                function route.main(q) async(sleep(50), 'done') end
                function route.done(q, rc) if rc == -4 then return 'refuse' end end
                """)
            .replace("timeout = 60s, sleep", "timeout = 60s, max-suspended = 1, sleep"));
    try (UdpClient waits = node.udp()) {
      waits.send(query(1, "waits.example", Type.A));
      node.awaitCount(SLEEP, SuspensionCounter.ACCEPTED, 1);

      assertThat(rcode("www.example")).isEqualTo(Rcode.REFUSED);
    }
  }

  @Test
  void verdictOfAFilter_isAResult() throws Exception {
    start(
        """
        function route.main(q) async(filter('judge'), 'judged') end
        function route.judged(q, rc, out)
          if rc == 1 and out.decision == 'rcode' and out.rcode == 5 and q:tag('seen') == 'yes' then
            return 'nxdomain'
          end
        end
        """);
    try (UdpClient client = node.udp()) {
      byte[] asked = query(7, "www.example", Type.A);
      client.send(asked);
      filter.next().decide(Verdict.rcode(Rcode.REFUSED).withTag("seen", "yes"));

      assertThat(client.receiveAnswerTo(asked).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    }
    node.assertAtRest();
  }

  @Test
  void heldVerdictOfAFilter_isAResultAtOnce_butNotForEver() throws Exception {
    start("function route.main(q) async(filter('judge'), 'main') end");
    try (UdpClient client = node.udp()) {
      byte[] asked = query(7, "www.example", Type.A);
      client.send(asked);
      filter.next().decide(Verdict.proceed().holdsFor(Duration.ofHours(1)));

      assertThat(client.receiveAnswerTo(asked).getRcode()).isEqualTo(Rcode.SERVFAIL);
    }
    assertThat(node.count(Counter.POLICY_ERRORS)).isEqualTo(1);
    assertThat(node.count(Counter.BUGS)).isZero();
  }

  @Test
  void suspendForAFilter_letsTheFilterDecide() throws Exception {
    start("function route.main(q) suspend('judge') end");
    try (UdpClient client = node.udp()) {
      byte[] asked = query(7, "www.example", Type.A);
      client.send(asked);
      filter.next().decide(Verdict.nxdomain(new ExtendedError(ExtendedError.BLOCKED)));

      assertThat(client.receiveAnswerTo(asked).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    }
  }

  @Test
  void variablesOverTheirBound_areAnErrorOfThePolicy() throws Exception {
    start(
        """
        vars('a', 'b')
        function route.main(q)
          q.a, q.b = ('x'):rep(100000), q.name == 'large.example' and ('x'):rep(100000)
          async(sleep(0.001), 'woken')
        end
        function route.woken(q) if #q.a == 100000 then return 'refuse' end end
        """);

    assertThat(rcode("large.example")).isEqualTo(Rcode.SERVFAIL);
    assertThat(node.count(Counter.POLICY_ERRORS)).isEqualTo(1);
    assertThat(rcode("www.example")).isEqualTo(Rcode.REFUSED);
    node.assertAtRest();
  }

  @Test
  void policyThatFails_costsItsQueryOnly() throws Exception {
    List<Map.Entry<String, Counter>> failures =
        List.of(
            Map.entry("error('boom')", Counter.POLICY_ERRORS),
            Map.entry("local x = nil; return x.y", Counter.POLICY_ERRORS),
            Map.entry("return 'no verdict'", Counter.POLICY_ERRORS),
            Map.entry("return 42", Counter.POLICY_ERRORS),
            Map.entry("return 'pool nowhere'", Counter.POLICY_ERRORS),
            Map.entry("q.name = 'other'", Counter.POLICY_ERRORS),
            Map.entry("q.undeclared = 1", Counter.POLICY_ERRORS),
            Map.entry("async('nothing', 'main')", Counter.POLICY_ERRORS),
            Map.entry("async(sleep(-1), 'main', -5)", Counter.POLICY_ERRORS),
            Map.entry("async(filter('no' .. 'body'), 'main')", Counter.POLICY_ERRORS),
            Map.entry("while true do end", Counter.POLICY_INSTRUCTIONS),
            Map.entry(
                "while true do pcall(function() while true do end end) end",
                Counter.POLICY_INSTRUCTIONS),
            Map.entry("local s = 'x' while true do s = s .. s end", Counter.POLICY_MEMORY));
    StringBuilder script = new StringBuilder("local bad = {}\n");
    for (int i = 0; i < failures.size(); i++) {
      script.append("bad[%d] = function(q) %s end\n".formatted(i, failures.get(i).getKey()));
    }
    script.append(
        """
        function route.main(q)
          local i = q.name:match('^bad(%d+)')
          if i then return bad[tonumber(i)](q) end
        end
        """);
    start(script.toString());

    for (int i = 0; i < failures.size(); i++) {
      String code = failures.get(i).getKey();
      long before = node.count(failures.get(i).getValue());
      assertThat(rcode("bad" + i + ".example")).as(code).isEqualTo(Rcode.SERVFAIL);
      assertThat(rcode("good" + i + ".example")).as(code).isEqualTo(Rcode.NOERROR);
      assertThat(node.count(failures.get(i).getValue())).as(code).isEqualTo(before + 1);
    }
  }

  @ParameterizedTest
  @CsvSource({"continue, NOERROR", "refuse, REFUSED", "nxdomain, NXDOMAIN", "servfail, SERVFAIL"})
  void onError_decidesForTheQueryOfAFailedPolicy(String onError, String rcode) throws Exception {
    startWith(
        settings("query", "function route.main(q) error('boom') end")
            .replace("file = \"policy.lua\"", "file = \"policy.lua\", on-error = " + onError));

    assertThat(rcode("www.example")).isEqualTo(Rcode.value(rcode));
  }

  @Test
  void queryThatAScriptKeeps_canNotBeUsedLater() throws Exception {
    start(
        """
        function route.main(q)
          if kept then return kept.name == q.name and 'nxdomain' or 'refuse' end
          kept = q
        end
        """);

    assertThat(rcode("one.example")).isEqualTo(Rcode.NOERROR);
    assertThat(rcode("two.example")).isEqualTo(Rcode.SERVFAIL);
  }

  @Test
  void stateThatIsOne_sharesItsGlobalsAmongAllListeners() throws Exception {
    start(
        """
        n = 0
        function route.main(q) n = n + 1 if n % 40 == 0 then return 'refuse' end end
        """);
    int refused = 0;
    List<DnsClient> clients = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      clients.add(node.client(i % 2 == 0 ? Transport.UDP : Transport.TCP));
    }
    for (int i = 0; i < 160; i++) {
      byte[] asked = query(i, "n" + i + ".example", Type.A);
      refused += clients.get(i % 8).ask(asked).getRcode() == Rcode.REFUSED ? 1 : 0;
    }
    clients.forEach(DnsClient::close);

    assertThat(refused).isEqualTo(4);
  }

  @Test
  void stateForEachLoop_isStartedForEachLoop() throws Exception {
    startWith(
        settings("query", "function route.main(q) return 'refuse' end")
            .replace("file = \"policy.lua\"", "file = \"policy.lua\", states = per-loop"));
    for (int i = 0; i < 20; i++) {
      assertThat(rcode("n" + i + ".example")).isEqualTo(Rcode.REFUSED);
    }
  }

  @Test
  void clientThatGoes_endsItsOperation() throws Exception {
    start(
        """
        function route.main(q) async(sleep(50), 'main') end
        """);
    TcpClient client = node.tcp();
    client.send(query(1, "www.example", Type.A));
    node.awaitCount(SLEEP, SuspensionCounter.ACCEPTED, 1);
    client.reset();
    node.awaitCount(SLEEP, SuspensionCounter.CLIENT_GONE, 1);
    node.assertAtRest();
  }

  @Test
  void nodeThatStops_cancelsOperations_andAnswers() throws Exception {
    startWith(
        settings(
                "query",
                """
                function route.main(q) async(sleep(50), 'done') end
                function route.done(q, rc) if rc == -5 then return 'refuse' end end
                """)
            + "drain = 1s\n");
    try (UdpClient client = node.udp()) {
      byte[] asked = query(1, "www.example", Type.A);
      client.send(asked);
      node.awaitCount(SLEEP, SuspensionCounter.ACCEPTED, 1);
      node.close();
      node = null;

      assertThat(client.receiveAnswerTo(asked).getRcode()).isEqualTo(Rcode.REFUSED);
    }
  }

  @Test
  void reload_takesTheNewPolicy_andWhatWaitsEndsUnderTheOld() throws Exception {
    String settings =
        settings(
            "query",
            """
            function route.main(q) async(filter('judge'), 'done') end
            function route.done(q, rc) return 'refuse' end
            """);
    startWith(settings);
    try (UdpClient client = node.udp()) {
      byte[] asked = query(1, "old.example", Type.A);
      client.send(asked);
      TestFilter.Held held = filter.next();
      Files.writeString(
          directory.resolve("policy.lua"), "function route.main(q) return 'nxdomain' end");
      assertThat(reload()).isEmpty();

      assertThat(rcode("new.example")).isEqualTo(Rcode.NXDOMAIN);
      held.decide(Verdict.proceed());
      assertThat(client.receiveAnswerTo(asked).getRcode()).isEqualTo(Rcode.REFUSED);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"function route.main(q", "error('at load')", "while true do end"})
  void reloadWithABrokenPolicy_changesNothing(String broken) throws Exception {
    start("function route.main(q) return 'refuse' end");
    Files.writeString(directory.resolve("policy.lua"), broken + "\nfunction route.main(q) end");

    assertThat(reload()).anyMatch(line -> line.contains("policy.lua:"));
    assertThat(rcode("www.example")).isEqualTo(Rcode.REFUSED);
  }

  private List<String> reload() throws Exception {
    return node.node().reload().toCompletableFuture().get(2, TimeUnit.MINUTES).errors();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "function route.main(q) async(sleep(1), 'nowhere') end   | policy.lua:1: there is no route",
        "function route.main(q) launch(sleep(1), 'nowhere') end  | policy.lua:1: there is no route",
        "function route.main(q) local r = q.name async(sleep(1), r) end | policy.lua:1:",
        "function main(q) end                                    | route.main is missing",
        "vars('name') function route.main(q) end                 | policy.lua:1: a variable can't be",
        "function route.main(q) async(sql('db', 'x'), 'main') end | policy.lua:1: no operation of kind",
        "function route.main(q) async(sleep(1, 'npa'), 'main') end"
            + " | policy.lua:1: operation sleep unknown: \"npa\"; known are nap",
        "function route.main(q) async(filter('nap'), 'main') end  | policy.lua:1: filter unknown",
        "function route.main(q) return suspend('juge') end        | did you mean \"judge\"?",
        "function route.main(q) async(resolve(q.name, 'A'), 'main') end | policy.lua:1: no operation",
        "function route.main(q) x = = 1 end                      | policy.lua:1:",
      })
  void wrongScript_isRefusedWithoutRunning(String script, String error) throws Exception {
    Path file = directory.resolve("node.conf");
    TestNode.write(file, settings("query", script.strip()));

    assertThatThrownBy(() -> NodeConfiguration.load(file))
        .isInstanceOf(InvalidConfiguration.class)
        .hasMessageContaining(error.strip());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "function sql(x) end function route.main(q) sql('db') end",
        "function route.main(q) local sql = print sql('db') end",
        "function route.main(q) async(sleep(1, q.name), 'main') end",
        "function route.main(q) async(sleep(1), 'main') end",
        "function route.main(q) async(sleep(unpack({1, 'x'})), 'main') end",
        "function route.main(q) end\r\n",
        "\ufefffunction route.main(q) end",
        "#!/usr/bin/lua\nfunction route.main(q) end",
      })
  void rightScript_isAccepted(String script) throws Exception {
    Path file = directory.resolve("node.conf");
    TestNode.write(file, settings("query", script));

    assertThatCode(() -> NodeConfiguration.load(file)).doesNotThrowAnyException();
  }

  @Test
  void scriptThatIsADirectoryOrTooLarge_isRefused() throws Exception {
    Path file = directory.resolve("node.conf");
    TestNode.write(file, settings("query", " ".repeat(2 << 20)));
    assertThatThrownBy(() -> NodeConfiguration.load(file))
        .hasMessageContaining("policy.lua:1: the script has more than 1048576 bytes");

    Files.delete(directory.resolve("policy.lua"));
    Files.createDirectory(directory.resolve("policy.lua"));
    assertThatThrownBy(() -> NodeConfiguration.load(file))
        .hasMessageContaining("policies.mine.file: is a directory, not a file: " + directory);
  }

  @Test
  void allowIo_givesTheScriptFilesAndPrograms() throws Exception {
    String script =
        """
        function route.main(q)
          local ls = io.popen('echo refuse')
          local words = ls:read('*l')
          ls:close()
          return words
        end
        """;
    startWith(settings("query", script).replace("\"policy.lua\"", "\"policy.lua\", allow-io = on"));

    assertThat(rcode("www.example")).isEqualTo(Rcode.REFUSED);
  }

  @Test
  void ruleWithAnUnknownPolicy_isRefused() throws Exception {
    String settings = settings("query", "function route.main(q) end");

    assertThatThrownBy(
            () ->
                TestNode.configuration(
                    "rules.query = [{ name = a, match = all, action { policy = nine } }]"))
        .hasMessageContaining("policy unknown: \"nine\"");
    assertThat(settings).contains("policies.mine");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "return 'nonsense' | returns no verdict: ",
        "return 7 | returns a number instead of nothing or a verdict in words",
        "return 'pool nowhere' | returns a verdict that does not fit the query: pool nowhere",
      })
  void wrongVerdict_isLoggedWithFileLineAndRoute(String body, String error) throws Exception {
    ch.qos.logback.classic.Logger log =
        (ch.qos.logback.classic.Logger)
            org.slf4j.LoggerFactory.getLogger("io.anteroom.node.query.PolicyCalls");
    ListAppender<ILoggingEvent> appender = new ListAppender<>();
    appender.start();
    log.addAppender(appender);
    try {
      start(
          """
          function route.main(q)
            async(sleep(0.01), 'rested')
          end

          function route.rested(q, rc, out) %s end
          """
              .formatted(body));
      ask("www.example");
      assertThat(appender.list)
          .singleElement()
          .satisfies(
              event ->
                  assertThat(event.getFormattedMessage())
                      .startsWith("policy mine failed: policy.lua:5: route.rested " + error));
    } finally {
      log.detachAppender(appender);
    }
  }

  @Test
  void reportThatLaunchesAgainAndAgain_endsWhenEachEndsAtOnce() throws Exception {
    start(
        """
        reports = 0
        function route.main(q)
          if q.name == 'go.example' then launch(sleep(-1), 'report') end
          return 'rcode ' .. reports
        end
        function route.report(q, rc, out)
          reports = reports + 1
          launch(sleep(-1), 'report')
        end
        """);
    ask("go.example");

    node.awaitCount(Counter.POLICY_REPORTS_FAILED, 1);
    assertThat(rcode("count.example")).isEqualTo(8);
  }

  @Test
  void launchedOperation_delaysNothing_andReports() throws Exception {
    start(
        """
        reported = 0
        function route.main(q)
          if q.name == 'go.example' then launch(sleep(0.01), 'report') return end
          if reported == 1 then return 'refuse' end
        end
        function route.report(q, rc) reported = rc end
        """);
    assertThat(rcode("go.example")).isEqualTo(Rcode.NOERROR);
    org.awaitility.Awaitility.await()
        .atMost(2, TimeUnit.MINUTES)
        .until(() -> rcode("look.example") == Rcode.REFUSED);
  }
}
