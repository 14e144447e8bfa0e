// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.RuleQueries.a;
import static io.anteroom.node.RuleQueries.below;
import static io.anteroom.node.RuleQueries.chaos;
import static io.anteroom.node.RuleQueries.edns;
import static io.anteroom.node.RuleQueries.noRecursion;
import static io.anteroom.node.RuleQueries.option;
import static io.anteroom.node.RuleQueries.subnetPrivate;
import static io.anteroom.node.RuleQueries.type;
import static io.anteroom.node.Seen.alias;
import static io.anteroom.node.Seen.error;
import static io.anteroom.node.Seen.negative;
import static io.anteroom.node.Seen.rcode;
import static io.anteroom.node.Seen.records;
import static io.anteroom.node.Seen.ttls;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TestNode;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.Filter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Every selector and every action, from the configuration to the answer that a client gets over UDP
 * and TCP. Each row has a name of its own, {@code @} in its rules, and all share one node.
 *
 * <p>A row for a selector has a rule that refuses what is selected; what is not is answered by the
 * upstream server.
 */
final class RuleTableTest {
  private static final List<Row> ROWS = new ArrayList<>();
  private static final String FIRST_TTL = "300";

  @TempDir static Path directory;

  private static ScriptedServer upstream;
  private static ScriptedServer copies;
  private static ScriptedServer other;
  private static TestNode node;

  /** When the query of the row at hand was sent. */
  private static long askedNanos;

  private static final SafeAppender log = new SafeAppender();

  private static final class SafeAppender extends AppenderBase<ILoggingEvent> {
    private final List<ILoggingEvent> list = new CopyOnWriteArrayList<>();

    @Override
    protected void append(ILoggingEvent event) {
      list.add(event);
    }
  }

  /**
   * One line of the table.
   *
   * @param rules by stage
   * @param query of the name
   * @param seen null if there is to be no answer
   */
  private record Row(
      String label, Map<String, String> rules, Function<String, Message> query, Seen seen) {

    @Override
    public String toString() {
      return label;
    }
  }

  static {
    selectors();
    answerSelectors();
    answering();
    passing();
    clientSubnets();
    editing();
    besides();
    policyZone();
  }

  private static void selectors() {
    row(
        "all",
        Map.of(
            "query", "{ match { suffix = \"@\", type = A }, action { set-tag = seen } }",
            "response", "{ match { tag = seen, suffix = \"@\" }, action { rcode = refused } }"),
        a(),
        rcode(Rcode.REFUSED));
    selects("name", "{ name = [\"other.test\", \"@\"] }", a(), below("x"));
    selects("name of another case", "{ name = [\"other.test\", \"@\"] }", below(""), below("x"));
    selects("suffix", "{ suffix = \"s.@\" }", below("x.y.s"), below("xs"));
    selects("regex", "{ regex = [\"^ads?[0-9]+\\\\.\", nothing] }", below("ad17"), below("adx"));
    selects("type", "{ suffix = \"@\", type = [AAAA, TXT] }", type(Type.AAAA), a());
    selects("class", "{ suffix = \"@\", class = [CH] }", chaos(), a());
    selects("opcode", "{ suffix = \"@\", opcode = query }", a(), null);
    selects("opcode, another", "{ suffix = \"@\", opcode = notify }", null, a());
    selects("rd on", "{ suffix = \"@\", rd = on }", a(), noRecursion());
    selects("rd off", "{ suffix = \"@\", rd = off }", noRecursion(), a());
    selects("do on", "{ suffix = \"@\", do = on }", edns(Flags.DO), edns(0));
    selects("do off", "{ suffix = \"@\", do = off }", a(), edns(Flags.DO));
    selects("edns-option", "{ suffix = \"@\", edns-option = [65001] }", option(65001), option(9));
    selects("client", "{ suffix = \"@\", client = [\"127.0.0.0/8\"] }", a(), null);
    selects("client, another", "{ suffix = \"@\", client = [\"192.0.2.0/24\"] }", null, a());
    selects("listener", "{ suffix = \"@\", listener = [front-udp, front-tcp] }", a(), null);
    selects("listener, another", "{ suffix = \"@\", listener = back }", null, a());
    selects("transport", "{ suffix = \"@\", transport = [udp, tcp] }", a(), null);
    selects("probability 1", "{ suffix = \"@\", probability = 1 }", a(), null);
    selects("probability 0", "{ suffix = \"@\", probability = 0 }", null, a());
    selects("pool-usable", "{ suffix = \"@\", pool-usable = default }", a(), null);
    selects(
        "list, a file of domains",
        "{ suffix = \"@\", list = \"domains.txt\" }",
        below("listed"),
        below("l"));
    selects(
        "list, a name below",
        "{ suffix = \"@\", list = \"domains.txt\" }",
        below("a.tree"),
        below("a.listed"));
    selects(
        "list, a hosts file", "{ suffix = \"@\", list = hosts }", below("host2"), below("x.host2"));
    selects(
        "list, as suffixes",
        "{ suffix = \"@\", list = suffixes }",
        below("x.host2"),
        below("xhost2"));
    selects("list, a policy zone", "{ suffix = \"@\", list = zone }", below("nx"), below("pass"));
    selects("any", "{ suffix = \"@\", any = [{ type = TXT }, { rd = off }] }", noRecursion(), a());
    selects("all", "{ all = [{ suffix = \"@\" }, { type = TXT }] }", type(Type.TXT), a());
    selects("not", "{ suffix = \"@\", not { type = TXT } }", a(), type(Type.TXT));
    row(
        "transport, udp only",
        "query",
        "{ match { suffix = \"@\", transport = udp }, action { rcode = refused } }",
        a(),
        (answer, transport) ->
            assertThat(answer.getRcode())
                .isEqualTo(transport == Transport.UDP ? Rcode.REFUSED : Rcode.NOERROR));
    row(
        "tag",
        "query",
        """
        { match.suffix = "@", action { set-tag = [plain, "team=blue"] } }
        { match { suffix = "@", tag = "team=red" }, action { rcode = servfail } }
        { match { suffix = "@", tag = "unknown" }, action { rcode = servfail } }
        { match { all = [{ suffix = "@", tag = "team=blue" }, { tag = plain }] }
          action { rcode = refused } }
        """,
        a(),
        rcode(Rcode.REFUSED));
  }

  private static void answerSelectors() {
    row(
        "rcode",
        "response",
        "{ match { suffix = \"@\", rcode = nxdomain }, action { rcode = refused } }",
        below("nx"),
        rcode(Rcode.REFUSED));
    row(
        "rcode of an answer with EDNS",
        "cache-inserted",
        "{ match { suffix = \"@\", rcode = [noerror] }, action { rcode = refused } }",
        edns(0),
        rcode(Rcode.REFUSED));
    row(
        "rcode, another",
        "response",
        "{ match { suffix = \"@\", rcode = [nxdomain, 23] }, action { rcode = refused } }",
        a(),
        rcode(Rcode.NOERROR));
    row(
        "rcode in self-answered",
        Map.of(
            "query", "{ match.suffix = \"@\", action { rcode = notimp } }",
            "self-answered",
                "{ match { suffix = \"@\", rcode = notimp }, action { rcode = refused } }"),
        a(),
        rcode(Rcode.REFUSED));
  }

  private static void answering() {
    acts("drop", "drop", a(), null);
    acts("rcode", "{ rcode = yxdomain }", a(), rcode(Rcode.YXDOMAIN));
    acts("spoof, an address", "{ spoof = \"192.0.2.80\" }", a(), records("A 192.0.2.80"));
    acts(
        "spoof, addresses of both families",
        "{ spoof { addresses = [\"192.0.2.80\", \"2001:db8::80\"], ttl = 90s } }",
        type(Type.AAAA),
        records("AAAA 2001:db8:0:0:0:0:0:80"));
    acts("spoof, another type", "{ spoof = \"192.0.2.80\" }", type(Type.TXT), records());
    acts("spoof, an alias", "{ spoof { cname = \"garden.test\" } }", a(), alias("garden.test."));
    acts(
        "spoof, raw data",
        "{ spoof { raw = [\"TXT \\\"no, really\\\"\", \"TYPE65280 \\\\# 2 beef\"] } }",
        type(Type.TXT),
        records("TXT \"no, really\""));
    acts("nxdomain", "nxdomain", a(), negative(Rcode.NXDOMAIN, null, 60));
    acts("nodata", "nodata", a(), negative(Rcode.NOERROR, null, 60));
    acts(
        "nxdomain with its SOA",
        "{ nxdomain { zone = \"blocked.test\", ttl = 5m, mname = \"ns.test\", rname = \"me.test\" } }",
        a(),
        negative(Rcode.NXDOMAIN, "blocked.test.", 300));
    acts(
        "nodata with its SOA",
        "{ nodata { zone = \"blocked.test\", ttl = 5m } }",
        a(),
        negative(Rcode.NOERROR, "blocked.test.", 300));
    acts(
        "truncate",
        "truncate",
        a(),
        (answer, transport) -> {
          assertThat(answer.getHeader().getFlag(Flags.TC)).isEqualTo(transport == Transport.UDP);
          assertThat(answer.getSection(Section.ANSWER)).hasSize(transport == Transport.UDP ? 0 : 1);
        });
    acts(
        "extended-error on the answer of a rule",
        "{ rcode = refused, extended-error { code = 17, text = why } }",
        edns(0),
        error(Rcode.REFUSED, 17));
    acts(
        "extended-error on whatever answer comes",
        "{ extended-error { code = 4 } }",
        edns(0),
        error(Rcode.NOERROR, 4));
  }

  private static void passing() {
    row(
        "continue",
        "query",
        "{ match.suffix = \"@\", action = continue }, { match.suffix = \"@\", action.rcode = refused }",
        a(),
        rcode(Rcode.REFUSED));
    row(
        "done",
        "query",
        "{ match.suffix = \"@\", action = done }, { match.suffix = \"@\", action.rcode = refused }",
        a(),
        rcode(Rcode.NOERROR));
    row(
        "then = done",
        "query",
        """
        { match.suffix = "@", action { delay = 1ms } }
        { match.suffix = "@", action { pool = other, then = done } }
        { match.suffix = "@", action { rcode = refused } }
        """,
        a(),
        rcode(Rcode.NOTAUTH));
    row(
        "then = done, after an effect",
        "query",
        """
        { match.suffix = "@", action { delay = 1ms, then = done } }
        { match.suffix = "@", action { rcode = refused } }
        """,
        a(),
        rcode(Rcode.NOERROR));
    acts("suspend", "{ suspend = judge }", a(), rcode(Rcode.YXRRSET));
    acts("pool", "{ pool = other }", a(), rcode(Rcode.NOTAUTH));
    row(
        "unset-tag",
        "query",
        """
        { match.suffix = "@", action { set-tag = ["a=1", "b=2"] } }
        { match.suffix = "@", action { unset-tag = a } }
        { match { suffix = "@", tag = a }, action { rcode = servfail } }
        { match { suffix = "@", tag = b }, action { rcode = refused } }
        """,
        a(),
        rcode(Rcode.REFUSED));
    row(
        "skip-cache",
        Map.of(
            "query", "{ match.suffix = \"@\", action = skip-cache }",
            "cache-inserted", "{ match.suffix = \"@\", action { rcode = servfail } }",
            "cache-hit", "{ match.suffix = \"@\", action { rcode = servfail } }"),
        a(),
        rcode(Rcode.NOERROR));
    acts(
        "delay",
        "{ delay = 300ms }",
        a(),
        (answer, transport) -> {
          assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
          assertThat(node.count(Counter.DELAYED)).isPositive();
          // However slow the machine is, it can only be more.
          assertThat(Duration.ofNanos(System.nanoTime() - askedNanos))
              .isGreaterThanOrEqualTo(Duration.ofMillis(300));
        });
  }

  private static void clientSubnets() {
    tells("ecs on", "{ ecs = on }", a(), "8 0001 18 00 7f0000");
    tells("ecs with its bits", "{ ecs { ipv4 = 17 } }", a(), "8 0001 11 00 7f0000");
    tells("ecs, none by default", "continue", a(), null);
    tells("ecs, the client minds", "{ ecs = on }", subnetPrivate(), null);
    row(
        "ecs off",
        "query",
        "{ match.suffix = \"@\", action.ecs = on }, { match.suffix = \"@\", action.ecs = off }",
        a(),
        (answer, transport) -> assertThat(toldOf(answer)).isNull());
  }

  /** A row that looks at what the upstream server has been told of the client. */
  private static void tells(
      String label, String action, Function<String, Message> query, String option) {
    acts(
        label,
        action,
        query,
        (answer, transport) ->
            assertThat(toldOf(answer)).isEqualTo(option == null ? null : option.replace(" ", "")));
  }

  /** The code and the data of the option in hexadecimal; null for none. */
  private static String toldOf(Message answer) {
    Message asked = DnsMessages.parse(upstream.queries(name(answer)).get(0).bytes());
    List<EDNSOption> options = asked.getOPT().getOptions(EDNSOption.Code.CLIENT_SUBNET);
    return options.isEmpty()
        ? null
        : 8 + HexFormat.of().formatHex(options.get(0).toWire()).substring(8);
  }

  private static void editing() {
    edits("limit-ttl max", "{ limit-ttl { max = 30s } }", below("many"), ttls("30"));
    edits("limit-ttl min", "{ limit-ttl { min = 1h } }", below("many"), ttls("3600"));
    edits("limit-ttl within", "{ limit-ttl { max = 1h } }", below("many"), ttls(FIRST_TTL));
    edits(
        "remove-types",
        "{ remove-types = [TXT, HTTPS] }",
        below("many"),
        (answer, transport) -> {
          assertThat(answer.getSection(Section.ANSWER))
              .extracting(Record::getType)
              .containsExactly(Type.CNAME, Type.A);
          assertThat(answer.getSection(Section.ANSWER).get(1).getName().toString())
              .startsWith("target.many.");
        });
  }

  private static void besides() {
    row(
        "log",
        "query",
        "{ name = \"log @\", match.suffix = \"@\", action = log }",
        a(),
        (answer, transport) -> {
          String line = " %s %s IN A query rule=\"log ".formatted(transport.word(), name(answer));
          await("a line").until(() -> log.list.stream().anyMatch(e -> says(e, line)));
        });
    acts(
        "tee",
        "{ tee = \"%tee%\" }",
        a(),
        (answer, transport) -> {
          assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
          String name = name(answer);
          await("a copy").until(() -> copies.queries(name).size() == 1);
        });
  }

  private static void policyZone() {
    zone("NXDOMAIN", "nx", negative(Rcode.NXDOMAIN, "rpz.", 60));
    zone("NXDOMAIN by wildcard", "a.b.wild", negative(Rcode.NXDOMAIN, "rpz.", 60));
    zone("a wildcard is not its parent", "wild", rcode(Rcode.NOERROR));
    zone("NODATA", "nodata", negative(Rcode.NOERROR, "rpz.", 60));
    zone("data of another type", "other", negative(Rcode.NOERROR, "rpz.", 60));
    zone("DROP", "drop", null);
    zone("PASSTHRU below a wildcard", "ok.wild", records("A"));
    zone(
        "TCP-ONLY",
        "tcp",
        (answer, transport) ->
            assertThat(answer.getHeader().getFlag(Flags.TC)).isEqualTo(transport == Transport.UDP));
    zone("local data", "local", records("A 192.0.2.66"));
    zone("an alias to a garden", "garden", alias("garden.test."));
    row(
        "rpz, an alias by wildcard",
        "query",
        "{ match.suffix = \"@\", action { rpz = zone } }",
        below("walled"),
        (answer, transport) ->
            assertThat(answer.getSection(Section.ANSWER).get(0).rdataToString())
                .startsWith("walled.")
                .endsWith(".garden.test."));
    zone("what is not in it", "unlisted", records("A"));
    row(
        "rpz, PASSTHRU holds for the zones that follow",
        "query",
        """
        { match.suffix = "@", action { rpz = zone } }
        { match.suffix = "@", action { rpz = second } }
        """,
        below("ok.wild"),
        records("A"));
  }

  @BeforeAll
  static void start() throws IOException {
    log.start();
    ((Logger) LoggerFactory.getLogger("anteroom.query")).addAppender(log);
    upstream = ScriptedServer.start(RuleTableServer::answer);
    copies = ScriptedServer.start(Asked::answer);
    other = ScriptedServer.start(query -> query.rcode(Rcode.NOTAUTH));
    RuleFiles.write(directory, names());
    Verdict verdict = Verdict.rcode(Rcode.YXRRSET);
    Filter filter = request -> CompletableFuture.completedFuture(verdict);
    node = TestNode.start(configuration(), Map.of("judge", filter));
  }

  @AfterAll
  static void stop() {
    ((Logger) LoggerFactory.getLogger("anteroom.query")).detachAppender(log);
    node.close();
    upstream.close();
    copies.close();
    other.close();
  }

  static Stream<Arguments> rows() {
    return ROWS.stream()
        .flatMap(row -> Stream.of(Transport.UDP, Transport.TCP).map(t -> Arguments.of(row, t)));
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("rows")
  void rule_fromConfigurationToAnswer(Row row, Transport transport) {
    Message query = row.query.apply(name(ROWS.indexOf(row), transport));
    byte[] wire = query.toWire();
    try (DnsClient client = node.client(transport)) {
      if (row.seen == null) {
        client.send(wire);
        wire = DnsMessages.query(77, "no-rule." + transport.word() + ".test", Type.A);
        // The one after it is answered, so this one won't be any more.
        assertThat(client.ask(wire).getRcode()).isEqualTo(Rcode.NOERROR);
      } else {
        askedNanos = System.nanoTime();
        row.seen.check(client.ask(wire), transport);
      }
    }
  }

  private static List<String> names() {
    List<String> names = new ArrayList<>();
    for (int row = 0; row < ROWS.size(); row++) {
      for (Transport transport : Transport.values()) {
        names.add(name(row, transport));
      }
    }
    return names;
  }

  private static String name(int row, Transport transport) {
    return "r" + row + transport.word() + ".test";
  }

  private static String name(Message answer) {
    return answer.getQuestion().getName().toString();
  }

  private static boolean says(ILoggingEvent event, String text) {
    return event.getFormattedMessage().contains(text);
  }

  private static String configuration() {
    Map<String, StringBuilder> chains = new LinkedHashMap<>();
    for (int i = 0; i < ROWS.size(); i++) {
      for (Transport transport : Transport.values()) {
        String name = name(i, transport);
        ROWS.get(i)
            .rules
            .forEach(
                (stage, rules) ->
                    chains
                        .computeIfAbsent(stage, s -> new StringBuilder())
                        .append(rules.replace("@", name).strip())
                        .append('\n'));
      }
    }
    String rules =
        chains.entrySet().stream()
            .map(chain -> "rules." + chain.getKey() + " = [\n" + chain.getValue() + "]")
            .collect(Collectors.joining("\n"));
    return """
        listeners = [
          { name = front-udp, transport = udp, address = "127.0.0.1:0" }
          { name = front-tcp, transport = tcp, address = "127.0.0.1:0" }
          { name = back, transport = udp, address = "127.0.0.1:0" }
        ]
        upstreams.default.servers = ["127.0.0.1:%d"]
        upstreams.other { servers = ["127.0.0.1:%d"], failover-on = [] }
        filters.judge { async-id = 7, timeout = 20s, on-timeout = servfail }
        lists {
          hosts { file = "%s/hosts" }
          suffixes { file = "%s/hosts", match = suffix }
          zone { file = "%s/zone.rpz", format = rpz }
          second { file = "%s/second.rpz", format = rpz }
        }
        """
            .formatted(
                upstream.address().getPort(),
                other.address().getPort(),
                directory,
                directory,
                directory,
                directory)
        + rules
            .replace("%tee%", "127.0.0.1:" + copies.address().getPort())
            .replace("\"domains.txt\"", "\"" + directory + "/domains.txt\"");
  }

  private static void row(
      String label, String stage, String rules, Function<String, Message> query, Seen seen) {
    row(label, Map.of(stage, rules), query, seen);
  }

  private static void row(
      String label, Map<String, String> rules, Function<String, Message> query, Seen seen) {
    ROWS.add(new Row(label, rules, query, seen));
  }

  /** Rows for a selector in the query chain; each of the queries may be left out. */
  private static void selects(
      String label, String match, Function<String, Message> hit, Function<String, Message> miss) {
    String rule = "{ match = " + match + ", action { rcode = refused } }";
    if (match.contains("regex")) {
      rule = "{ match { suffix = \"@\", all = [" + match + "] }, action { rcode = refused } }";
    }
    if (hit != null) {
      row(label, "query", rule, hit, rcode(Rcode.REFUSED));
    }
    if (miss != null) {
      row(label + ": not", "query", rule, miss, rcode(Rcode.NOERROR));
    }
  }

  /** A row for an action in the query chain. */
  private static void acts(
      String label, String action, Function<String, Message> query, Seen seen) {
    row(label, "query", "{ match.suffix = \"@\", action = " + action + " }", query, seen);
  }

  /** A row for an action in the response chain. */
  private static void edits(
      String label, String action, Function<String, Message> query, Seen seen) {
    row(label, "response", "{ match.suffix = \"@\", action = " + action + " }", query, seen);
  }

  private static void zone(String label, String below, Seen seen) {
    String rule = "{ match.suffix = \"@\", action { rpz = zone } }";
    row("rpz, " + label, "query", rule, below(below), seen);
  }
}
