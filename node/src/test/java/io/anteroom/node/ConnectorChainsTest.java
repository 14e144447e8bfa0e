// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.ednsQuery;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DatagramFilter;
import io.anteroom.node.testing.DatagramFilter.Sent;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import io.netty.channel.epoll.Epoll;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/**
 * Filters that are no members decide in every chain but the first, over each kind of socket: they
 * are sent the answer where there is one, and what they say is what becomes of it. Names are {@code
 * <word>-<number>.<stage>.<service>.example}.
 */
final class ConnectorChainsTest {
  @TempDir private static Path directory;
  private static final ScriptedServer upstream = ScriptedServer.start(Asked::answer);
  private static final Map<Way, DatagramFilter> filters = new EnumMap<>(Way.class);
  private static final Map<Way, DatagramFilter> restarting = new EnumMap<>(Way.class);
  private static TestNode node;
  private static int number;

  /** The sockets of a connector. */
  enum Way {
    UNIX,
    UDP;

    /** Its services: one with time, one without, and one whose filter restarts. */
    int asyncId(int kind) {
      return 10 * (ordinal() + 1) + kind;
    }

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    static List<Way> supported() {
      return Epoll.isAvailable() ? List.of(UNIX, UDP) : List.of(UDP);
    }
  }

  private static final int PATIENT = 0;
  private static final int HASTY = 1;
  private static final int RESTARTS = 2;

  /** What the filter says. */
  enum Word {
    BARE,
    ACCEPT,
    REFUSE,
    DROP,
    RCODE,
    SILENCE
  }

  @BeforeAll
  static void start() {
    StringBuilder services = new StringBuilder();
    for (Way way : Way.supported()) {
      filters.put(way, filter(way, "filter", 0));
      restarting.put(way, filter(way, "restarts", 0));
      service(services, way, "", PATIENT, "timeout = 20s, on-timeout = drop", filters);
      service(services, way, "-hasty", HASTY, "timeout = 100ms, on-timeout = servfail", filters);
      service(
          services,
          way,
          "-restarts",
          RESTARTS,
          "timeout = 300ms, on-timeout = servfail, on-no-filter = servfail, breaker = off",
          restarting);
    }
    node =
        TestNode.start(
            "upstreams.default.servers = [\"127.0.0.1:%d\"]%n%s%s"
                .formatted(upstream.address().getPort(), services, rules()),
            Map.of());
    for (var service : node.node().services().values()) {
      await().until(service::isAvailable);
    }
  }

  private static DatagramFilter filter(Way way, String name, int port) {
    return way == Way.UDP
        ? DatagramFilter.udp(port, ConnectorChainsTest::byName)
        : DatagramFilter.unix(
            directory.resolve(name).toString(), null, ConnectorChainsTest::byName);
  }

  private static void service(
      StringBuilder to,
      Way way,
      String suffix,
      int kind,
      String settings,
      Map<Way, DatagramFilter> of) {
    String file = of == filters ? "filter" : "restarts";
    String at =
        way == Way.UDP ? "127.0.0.1:" + of.get(way).port() : directory.resolve(file).toString();
    to.append(
        "filters.%1$s%2$s { async-id = %3$d, %4$s, connector { transport = %1$s, send-to = \"%5$s\" } }%n"
            .formatted(way.word(), suffix, way.asyncId(kind), settings, at));
  }

  private static String rules() {
    StringBuilder rules = new StringBuilder();
    for (Stage stage : stages()) {
      rules.append("rules.%s = [%n".formatted(stage.word()));
      for (Way way : Way.supported()) {
        for (String suffix : List.of("", "-hasty", "-restarts")) {
          String service = way.word() + suffix;
          rules.append(
              "{ match { suffix = [\"%s.%s.example\"] }, action { suspend = %s } }%n"
                  .formatted(stage.word(), service, service));
        }
      }
      rules.append("]\n");
    }
    List<String> selfAnswered = new ArrayList<>();
    for (Way way : Way.supported()) {
      selfAnswered.add("\"self-answered.%s.example\"".formatted(way.word()));
      selfAnswered.add("\"self-answered.%s-hasty.example\"".formatted(way.word()));
    }
    return rules
        .append("rules.query = [ { match { suffix = ")
        .append(selfAnswered)
        .append(" }, action { rcode = nxdomain } } ]")
        .toString();
  }

  private static List<Stage> stages() {
    return List.of(
        Stage.CACHE_MISS,
        Stage.RESPONSE,
        Stage.CACHE_HIT,
        Stage.CACHE_INSERTED,
        Stage.SELF_ANSWERED);
  }

  private static List<String> byName(Sent sent) {
    String label = sent.name().substring(0, sent.name().indexOf('-'));
    return switch (Word.valueOf(label.toUpperCase(Locale.ROOT))) {
      case BARE -> List.of("" + sent.id());
      case ACCEPT, REFUSE, DROP -> List.of(sent.id() + " " + label);
      case RCODE -> List.of(sent.id() + " rcode 4");
      case SILENCE -> List.of();
    };
  }

  @AfterAll
  static void stop() {
    node.close();
    filters.values().forEach(DatagramFilter::close);
    restarting.values().forEach(DatagramFilter::close);
    upstream.close();
  }

  @AfterEach
  void allHasEnded() {
    AtRest.assertAtRest(List.of(node.node()));
  }

  static List<Arguments> cases() {
    List<Arguments> cases = new ArrayList<>();
    for (Way way : Way.supported()) {
      for (Stage stage : stages()) {
        for (Word word : Word.values()) {
          Transport transport = Transport.values()[cases.size() % Transport.values().length];
          cases.add(Arguments.of(way, stage, word, transport));
        }
      }
    }
    return cases;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void filter_isSentTheMessageOfTheStage_andDecides(
      Way way, Stage stage, Word word, Transport transport) {
    int asyncId = way.asyncId(word == Word.SILENCE ? HASTY : PATIENT);
    String service = way.word() + (word == Word.SILENCE ? "-hasty" : "");
    String name = name(word, stage, service);
    SuspensionCounter ending = ending(word);
    long ended = node.count(asyncId, ending);
    long sent = node.count(asyncId, SuspensionCounter.REQUESTS_SENT);
    try (DnsClient client = node.client(transport)) {
      if (stage == Stage.CACHE_HIT) {
        client.ask(query(name));
      }
      if (word == Word.DROP) {
        assertDropped(client, query(name));
      } else {
        assertAnswer(client.ask(query(name)), stage, word, name);
      }
    }
    assertSent(filters.get(way).next(), stage, name);
    assertThat(filters.get(way).waiting()).isZero();
    assertThat(node.count(asyncId, ending)).isEqualTo(ended + 1);
    assertThat(node.count(asyncId, SuspensionCounter.REQUESTS_SENT)).isEqualTo(sent + 1);
  }

  private static SuspensionCounter ending(Word word) {
    return switch (word) {
      case DROP -> SuspensionCounter.DROPPED;
      case SILENCE -> SuspensionCounter.TIMED_OUT;
      default -> SuspensionCounter.RESUMED;
    };
  }

  private static void assertDropped(DnsClient client, byte[] query) {
    long before = node.count(Counter.DROPPED);
    client.send(query);
    node.awaitCount(Counter.DROPPED, before + 1);
    assertThat(DnsMessages.addresses(client.ask(query("still.there")))).hasSize(1);
  }

  private static void assertAnswer(Message answer, Stage stage, Word word, String name) {
    switch (word) {
      case BARE, ACCEPT -> assertUnchanged(answer, stage, name);
      case REFUSE -> assertThat(answer.getRcode()).isEqualTo(Rcode.REFUSED);
      case RCODE -> assertThat(answer.getRcode()).isEqualTo(Rcode.NOTIMP);
      default -> assertThat(answer.getRcode()).isEqualTo(Rcode.SERVFAIL);
    }
    if (word != Word.BARE && word != Word.ACCEPT) {
      assertThat(DnsMessages.addresses(answer)).isEmpty();
    }
  }

  private static void assertUnchanged(Message message, Stage stage, String name) {
    if (stage == Stage.SELF_ANSWERED) {
      assertThat(message.getRcode()).isEqualTo(Rcode.NXDOMAIN);
    } else {
      assertThat(message.getRcode()).isEqualTo(Rcode.NOERROR);
      assertThat(DnsMessages.addresses(message)).containsExactly(Asked.addressOf(name));
    }
  }

  /** What went out is the query where nothing else is known yet, and the answer elsewhere. */
  private static void assertSent(Sent sent, Stage stage, String name) {
    Message message = DnsMessages.parse(sent.message());
    assertThat(sent.name()).isEqualTo(name);
    assertThat(message.getHeader().getFlag(Flags.QR)).isEqualTo(stage != Stage.CACHE_MISS);
    if (stage != Stage.CACHE_MISS) {
      assertUnchanged(message, stage, name);
    }
  }

  static List<Arguments> restarts() {
    List<Arguments> cases = new ArrayList<>();
    Way.supported().forEach(way -> cases.add(Arguments.of(way)));
    return cases;
  }

  @ParameterizedTest
  @MethodSource("restarts")
  void filterThatRestarts_decidesAboutAnswersAgain(Way way) {
    String name = name(Word.REFUSE, Stage.RESPONSE, way.word() + "-restarts");
    int port = way == Way.UDP ? restarting.get(way).port() : 0;
    try (UdpClient client = node.udp()) {
      assertThat(client.ask(query(name)).getRcode()).isEqualTo(Rcode.REFUSED);

      restarting.get(way).close();
      assertThat(client.ask(query(name)).getRcode()).isEqualTo(Rcode.SERVFAIL);
      assertThat(client.ask(query(name)).getRcode()).isEqualTo(Rcode.SERVFAIL);

      restarting.put(way, filter(way, "restarts", port));
      await().until(() -> client.ask(query(name)).getRcode() == Rcode.REFUSED);
    }
    assertThat(upstream.queries(name)).hasSize(1);
    assertThat(node.count(way.asyncId(RESTARTS), SuspensionCounter.CONNECTOR_BROKEN)).isPositive();
  }

  private static String name(Word word, Stage stage, String service) {
    return "%s-%d.%s.%s.example"
        .formatted(word.name().toLowerCase(Locale.ROOT), ++number, stage.word(), service);
  }

  private static byte[] query(String name) {
    return ednsQuery(++number, name, Type.A, 1232);
  }
}
