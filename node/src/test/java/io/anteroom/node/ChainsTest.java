// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TestNode;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.Filter;
import io.anteroom.protocol.sdk.Question;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Every chain suspends, on every transport, and goes on as every verdict says. The name tells what
 * is to happen: {@code <verdict>-<number>.<stage>.example}.
 */
final class ChainsTest {
  private static final ExtendedError WHY = new ExtendedError(ExtendedError.FILTERED, "because");
  private static final String RENAMED = "other.name.test";

  private static final List<FilterRequest> requests = new CopyOnWriteArrayList<>();
  private static final ScriptedServer upstream = ScriptedServer.start(Asked::answer);
  private static final ScriptedServer internal = ScriptedServer.start(Asked::answer);
  private static TestNode node;
  private static int number;

  /** What a filter may say, and silence. */
  enum Said {
    CONTINUE,
    RCODE,
    ADDRESSES,
    MESSAGE,
    TRUNCATE,
    DROP,
    RENAME,
    POOL,
    AGAIN,
    AGAIN_AND_AGAIN,
    SILENCE
  }

  @BeforeAll
  static void start() {
    StringBuilder rules = new StringBuilder();
    for (Stage stage : Stage.values()) {
      rules.append("rules.%s = [\n".formatted(stage.word()));
      if (stage == Stage.QUERY) {
        rules.append(
            "{ match { suffix = [\"self-answered.example\"] }, action { suspend = pass } }\n");
      }
      rules.append(
          """
            { match { suffix = ["%1$s.example"] }, action { suspend = guard } }
          """
              .formatted(stage.word()));
      if (stage == Stage.QUERY) {
        rules.append(
            "{ match { suffix = [\"self-answered.example\"] }, action { rcode = noerror } }");
      }
      rules.append("]\n");
    }
    node =
        TestNode.start(
            """
            upstreams.default.servers = ["127.0.0.1:%d"]
            upstreams.internal.servers = ["127.0.0.1:%d"]
            filters.guard { async-id = 1, timeout = 200ms, on-timeout = continue }
            filters.pass { async-id = 2, timeout = 20s, on-timeout = servfail }
            """
                    .formatted(upstream.address().getPort(), internal.address().getPort())
                + rules,
            Map.of(
                "guard",
                new Guard(),
                "pass",
                request -> CompletableFuture.completedFuture(Verdict.proceed())));
  }

  @AfterAll
  static void stop() {
    node.close();
    upstream.close();
    internal.close();
  }

  static List<Arguments> cases() {
    List<Arguments> cases = new ArrayList<>();
    for (Stage stage : Stage.values()) {
      for (Transport transport : Transport.values()) {
        for (Said said : Said.values()) {
          cases.add(Arguments.of(stage, transport, said));
        }
      }
    }
    return cases;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void suspendedAnywhere_goesOnAsTheVerdictSays(Stage stage, Transport transport, Said said) {
    String name = "%s-%d.%s.example".formatted(word(said), ++number, stage.word());
    byte[] query = DnsMessages.ednsQuery(number, name, Type.A, 1232);
    try (DnsClient client = node.client(transport)) {
      if (stage == Stage.CACHE_HIT) {
        client.ask(DnsMessages.ednsQuery(number + 10_000, name, Type.A, 1232));
      }
      long answers = node.count(Counter.ANSWERS);
      if (said == Said.DROP) {
        assertDropped(client, query);
      } else {
        assertAnswer(client.ask(query), stage, transport, said, name);
      }
      node.awaitCount(Counter.ANSWERS, answers + 1);
    }
    assertAsked(stage, said, name);
    node.assertAtRest();
  }

  private static void assertDropped(DnsClient client, byte[] query) {
    long before = node.count(Counter.DROPPED);
    client.send(query);
    node.awaitCount(Counter.DROPPED, before + 1);
    byte[] next = DnsMessages.query(1, "other.test", Type.A);
    assertThat(DnsMessages.addresses(client.ask(next)))
        .containsExactly(Asked.addressOf("other.test"));
  }

  private static void assertAnswer(
      Message answer, Stage stage, Transport transport, Said said, String name) {
    boolean early = stage == Stage.QUERY || stage == Stage.CACHE_MISS;
    switch (said) {
      case RCODE -> {
        assertThat(answer.getRcode()).isEqualTo(Rcode.NXDOMAIN);
        assertThat(DnsMessages.errorCode(answer)).isEqualTo(WHY.code());
      }
      case ADDRESSES ->
          assertThat(DnsMessages.addresses(answer)).containsExactly(address("192.0.2.99"));
      case MESSAGE ->
          assertThat(DnsMessages.addresses(answer)).containsExactly(address("192.0.2.77"));
      case TRUNCATE -> {
        boolean udp = transport == Transport.UDP;
        assertThat(answer.getHeader().getFlag(Flags.TC)).isEqualTo(udp);
        if (!udp) {
          assertUnchanged(answer, stage, name);
        }
      }
      case RENAME -> assertRenamed(answer, stage, name);
      case CONTINUE, AGAIN_AND_AGAIN -> {
        assertUnchanged(answer, stage, name);
        assertThat(DnsMessages.errorCode(answer)).isEqualTo(WHY.code());
      }
      default -> assertUnchanged(answer, stage, name);
    }
    if (said == Said.POOL && early) {
      assertThat(internal.queries(name)).hasSize(1);
      assertThat(upstream.queries(name)).isEmpty();
    }
  }

  private static void assertUnchanged(Message answer, Stage stage, String name) {
    assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
    if (stage == Stage.SELF_ANSWERED) {
      assertThat(answer.getSection(Section.ANSWER)).isEmpty();
    } else {
      assertThat(DnsMessages.addresses(answer)).containsExactly(Asked.addressOf(name));
    }
  }

  /** The records belong to the name that was asked, whatever name they were got under. */
  private static void assertRenamed(Message answer, Stage stage, String name) {
    assertThat(DnsMessages.addresses(answer)).containsExactly(Asked.addressOf(RENAMED));
    for (Record record : answer.getSection(Section.ANSWER)) {
      assertThat(record.getName().toString(true)).isEqualTo(name);
    }
  }

  private static void assertAsked(Stage stage, Said said, String name) {
    List<FilterRequest> about =
        requests.stream().filter(r -> Question.of(r).name().equals(name)).toList();
    assertThat(about).isNotEmpty().allSatisfy(r -> assertThat(r.stage()).isEqualTo(stage));
    boolean seesAnswer = stage != Stage.QUERY && stage != Stage.CACHE_MISS;
    assertThat(about.get(0).message()[2] & 0x80).isEqualTo(seesAnswer ? 0x80 : 0);
    assertThat(about).hasSize(timesAsked(stage, said));
  }

  /** An answer that is in the cache by then does not come to that stage again. */
  private static int timesAsked(Stage stage, Said said) {
    return switch (said) {
      case AGAIN -> stage == Stage.CACHE_INSERTED ? 1 : 2;
      case AGAIN_AND_AGAIN -> stage == Stage.CACHE_INSERTED ? 1 : 3;
      default -> 1;
    };
  }

  private static String word(Said said) {
    return said.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static InetAddress address(String text) {
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  /** Does what the name says. */
  private static final class Guard implements Filter {
    @Override
    public CompletionStage<Verdict> decide(FilterRequest request) {
      requests.add(request);
      String name = Question.of(request).name();
      String label = name.substring(0, name.indexOf('.'));
      Said said =
          Said.valueOf(
              label.replaceFirst("-[0-9]+$", "").replace('-', '_').toUpperCase(Locale.ROOT));
      CompletableFuture<Verdict> never = new CompletableFuture<>();
      return said == Said.SILENCE
          ? never
          : CompletableFuture.completedFuture(verdict(said, request, name));
    }

    private static Verdict verdict(Said said, FilterRequest request, String name) {
      return switch (said) {
        case RCODE -> Verdict.nxdomain(WHY);
        case ADDRESSES -> Verdict.addresses(5, address("192.0.2.99"));
        case MESSAGE -> Verdict.answer(message(name));
        case TRUNCATE -> Verdict.truncate();
        case DROP -> Verdict.drop();
        case RENAME -> Verdict.changeName(RENAMED);
        case POOL -> Verdict.toPool("internal");
        case AGAIN ->
            request.tags().containsKey("again")
                ? Verdict.proceed()
                : Verdict.askAgain().withTag("again", "1");
        case AGAIN_AND_AGAIN -> Verdict.askAgain().withError(WHY);
        default -> Verdict.proceed().withError(WHY);
      };
    }

    private static byte[] message(String name) {
      Message message = DnsMessages.message(4_711, name, Type.A);
      message.getHeader().setFlag(Flags.QR);
      message.addRecord(
          new org.xbill.DNS.ARecord(message.getQuestion().getName(), 1, 60, address("192.0.2.77")),
          Section.ANSWER);
      return message.toWire();
    }
  }
}
