// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.config.BlockAction;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.Netmask;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Resumed;
import io.anteroom.node.flow.SuspendedState;
import io.anteroom.node.flow.Undecided;
import io.anteroom.node.rate.Block;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.Responses;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Small configurations, queries, verdicts and answers, all from one seed. */
final class RandomNode {
  static final String ZONE =
      """
      $ORIGIN corp.dept.
      @ 3600 SOA ns root 1 3600 600 86400 60
      @ NS ns
      ns A 192.0.2.1
      www A 192.0.2.2
      inside CNAME www.corp.dept.
      printer CNAME printer.lan.dept.
      out CNAME x.out.dept.
      gone CNAME nx.out.dept.
      circle CNAME back.corp.dept.
      back CNAME circle.corp.dept.
      """;
  static final String HOSTS = "192.0.2.9 printer.lan.dept\nNS internal routed.dept\n";

  private static final List<String> NAMES =
      List.of(
          "x.out.dept",
          "x.out.dept",
          "x.out.dept",
          "y.out.dept",
          "nx.out.dept",
          "nx.out.dept",
          "a.x.out.dept",
          "routed.dept",
          "www.corp.dept",
          "inside.corp.dept",
          "printer.corp.dept",
          "out.corp.dept",
          "gone.corp.dept",
          "circle.corp.dept",
          "localhost");
  private static final List<String> SUFFIXES =
      List.of("dept", "out.dept", "x.out.dept", "nx.out.dept", "corp.dept", "localhost");
  private static final List<String> POLICIES =
      List.of("continue", "servfail", "refuse", "nxdomain", "drop");
  private static final List<String> BLOCKS =
      List.of("drop", "refuse", "nxdomain", "truncate", "set-tag t0=1");
  private static final int[] TYPES = {
    Type.A, Type.A, Type.A, Type.A, Type.A, Type.A, Type.A, Type.AAAA, Type.CNAME, Type.ANY
  };
  private static final int[] SECONDS = {0, 0, 0, 0, 1, 20, 70};

  private final Random random;
  private final String text;

  RandomNode(long seed, Path directory) {
    random = new Random(seed);
    text =
        """
        local.hosts = ["%1$s/hosts"]
        zones = [{ origin = "corp.dept", file = "%1$s/corp.zone" }]
        special-names = on
        upstreams.default { servers = ["192.0.2.53"], %2$s }
        upstreams.internal.servers = ["192.0.2.54"]
        filters.one { async-id = 1, %3$s }
        filters.two { async-id = 2, %4$s }
        """
                .formatted(directory, caching(), policies(), policies())
            + rules();
  }

  private String caching() {
    return one(
        List.of(
            "cache.stale.client-timeout = 0s", "cache.stale.client-timeout = 1s", "cache = off"));
  }

  private String policies() {
    return "on-timeout = %s, on-overload = %s, on-no-filter = %s"
        .formatted(one(POLICIES), one(POLICIES), one(POLICIES));
  }

  private String rules() {
    StringBuilder rules = new StringBuilder();
    for (Stage stage : Stage.values()) {
      int most = stage == Stage.QUERY ? 4 : 2;
      rules.append("rules.").append(stage.word()).append(" = [\n");
      IntStream.range(0, random.nextInt(most + 1))
          .forEach(i -> rules.append("  ").append(rule(stage)).append('\n'));
      // More often than a query may be suspended.
      rules.append(oneIn(20) ? "  { match = all, action = { suspend = one } }\n".repeat(9) : "");
      rules.append("]\n");
    }
    return rules.toString();
  }

  private String rule(Stage stage) {
    String match =
        switch (random.nextInt(12)) {
          case 0 -> "all";
          case 1 -> "{ type = A }";
          case 2 -> "{ tag = t%d }".formatted(random.nextInt(3));
          case 3 -> "{ not { suffix = \"%s\" } }".formatted(one(SUFFIXES));
          case 4 -> "{ name = \"%s\" }".formatted(one(NAMES));
          default -> "{ suffix = \"%s\" }".formatted(one(SUFFIXES));
        };
    return "{ match = %s, action = %s }".formatted(match, action(stage));
  }

  private String action(Stage stage) {
    boolean early = stage == Stage.QUERY || stage == Stage.CACHE_MISS;
    return switch (random.nextInt(19)) {
      case 0 -> early ? "{ pool = internal }" : "{ limit-ttl { max = 10s } }";
      case 1 -> early ? "skip-cache" : "{ remove-types = [CNAME] }";
      case 2 -> "{ rcode = refused }";
      case 3 -> "drop";
      case 4 -> "truncate";
      case 5 -> "{ spoof { addresses = [\"192.0.2.7\", \"2001:db8::7\"] } }";
      case 6 -> "{ spoof { cname = \"%s\" } }".formatted(one(NAMES));
      case 7 -> "nxdomain";
      case 8, 9 -> "{ set-tag = \"t%d=1\" }".formatted(random.nextInt(3));
      case 10 -> "{ suspend = one, then = done }";
      case 11 -> "{ set-tag = \"t%d=2\", then = done }".formatted(random.nextInt(3));
      case 12 -> "done";
      default -> "{ suspend = %s }".formatted(random.nextBoolean() ? "one" : "two");
    };
  }

  NodeConfiguration configuration() {
    try {
      return TestNode.configuration(text);
    } catch (InvalidConfiguration e) {
      throw new AssertionError(text, e);
    }
  }

  Map<String, TraceRig.Filter> filters() {
    Map<String, TraceRig.Filter> filters = new HashMap<>();
    for (String name : List.of("one", "two")) {
      int kind = random.nextInt(4);
      filters.put(
          name,
          kind == 0
              ? TraceRig.Filter.AWAY
              : kind == 1 ? TraceRig.Filter.CIRCUIT_OPEN : TraceRig.Filter.DECIDES);
    }
    return filters;
  }

  /** Perhaps one, of the second client. */
  List<Block> blocks() {
    if (random.nextInt(5) > 0) {
      return List.of();
    }
    Netmask clients = Netmask.parse("127.0.0.2");
    BlockAction action = BlockAction.parse(one(BLOCKS));
    return List.of(new Block(clients, action, "test", "node", true, Long.MAX_VALUE));
  }

  Client client() {
    Transport transport = random.nextInt(3) == 0 ? Transport.TCP : Transport.UDP;
    String address = "127.0.0." + (1 + random.nextInt(2));
    int connection = transport == Transport.UDP ? 0 : 1;
    return new Client(new InetSocketAddress(address, 40_000), transport, connection);
  }

  byte[] query() {
    return DnsMessages.query(1, one(NAMES), TYPES[random.nextInt(TYPES.length)]);
  }

  Duration pause() {
    return Duration.ofSeconds(SECONDS[random.nextInt(SECONDS.length)]);
  }

  boolean oneIn(int n) {
    return random.nextInt(n) == 0;
  }

  /** What a filter says about a query; most of it holds. */
  Resumed.Decision decision(SuspendedState state) {
    return random.nextInt(12) == 0
        ? new Resumed.NotDecided(Undecided.TIMEOUT)
        : new Resumed.Decided(held(verdict(state.query().wire())), false);
  }

  private Verdict verdict(WireQuery query) {
    return switch (random.nextInt(10)) {
      case 0 -> Verdict.rcode(Rcode.REFUSED);
      case 1 -> Verdict.addresses(60, addresses(random.nextInt(64)));
      case 2 -> Verdict.drop();
      case 3 -> Verdict.truncate();
      case 4 -> Verdict.changeName(one(NAMES));
      case 5 -> Verdict.toPool("internal").withTag("t1", "1");
      case 6 -> Verdict.askAgain();
      case 7 -> alias(query);
      default -> Verdict.proceed().withTag("t2", "1");
    };
  }

  private static InetAddress[] addresses(int n) {
    return Collections.nCopies(n, new InetSocketAddress("192.0.2.8", 0).getAddress())
        .toArray(InetAddress[]::new);
  }

  private Verdict alias(WireQuery query) {
    String name = query.name().toString();
    String record = "%s 60 CNAME %s.".formatted(dotted(name), one(NAMES));
    return Verdict.answer(Responses.answer(dotted(name), query.type(), record).toWire());
  }

  private Verdict held(Verdict verdict) {
    Verdict held = random.nextInt(4) == 0 ? verdict : verdict.holdsFor(Duration.ofMinutes(5));
    held = random.nextBoolean() ? held.forEveryone() : held;
    return random.nextInt(4) == 0 ? held.withSubtree() : held;
  }

  /** What servers say; null if they do not. */
  @Nullable WireAnswer answer(Query asked) {
    String name = dotted(asked.wire().name().toString());
    int type = asked.wire().type();
    if (oneIn(3)) {
      return oneIn(2) ? null : Responses.wire(Responses.response(name, type, Rcode.SERVFAIL));
    } else if (name.startsWith("nx.")) {
      Message none = Responses.response(name, type, Rcode.NXDOMAIN);
      none.addRecord(Responses.soa("dept.", 60, 60), Section.AUTHORITY);
      return Responses.wire(none);
    }
    List<String> records = new ArrayList<>();
    if (type == Type.A) {
      records.add(name + " 60 A 192.0.2.20");
    }
    return Responses.wire(Responses.answer(name, type, records.toArray(String[]::new)));
  }

  private static String dotted(String name) {
    return name.endsWith(".") ? name : name + ".";
  }

  private String one(List<String> of) {
    return of.get(random.nextInt(of.size()));
  }

  @Override
  public String toString() {
    return text;
  }
}
