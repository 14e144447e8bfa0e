// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.SocketSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Query;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.upstream.EdnsLadder.Rung;
import io.anteroom.node.upstream.Fallbacks.Attempt;
import io.anteroom.node.upstream.Fallbacks.Response;
import io.anteroom.node.upstream.Fallbacks.Step;
import io.anteroom.node.wire.ClientSubnet;
import io.anteroom.node.wire.WireAnswer;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every cell of {@link Fallbacks} with a server on real sockets: it is brought to the attempt, does
 * what makes the response, and must then see what the step says. From the query behind that on, it
 * answers as it should. A second server is there for the steps that go elsewhere.
 */
class FallbacksActorTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final String NAME =
      "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz.example";
  private static final int FORMERR = 1;
  private static final int SERVFAIL = 2;
  private static final int BADVERS = 16;
  private static final ScriptedServer.Script SILENT = q -> {};

  private static Stream<Arguments> cells(Set<Response> responses) {
    return responses.stream()
        .flatMap(
            response ->
                Stream.of(Attempt.values())
                    .filter(attempt -> response.after(attempt) != Step.NEVER)
                    .map(attempt -> Arguments.of(attempt, response)));
  }

  static Stream<Arguments> ordinary() {
    // HttpsUpstreamTest has servers that end a stream without a message.
    return cells(
        EnumSet.complementOf(
            EnumSet.of(Response.CASE_KNOWN, Response.UNREACHABLE, Response.NO_MESSAGE)));
  }

  static Stream<Arguments> caseKnown() {
    return cells(EnumSet.of(Response.CASE_KNOWN));
  }

  static Stream<Arguments> unreachable() {
    return cells(EnumSet.of(Response.UNREACHABLE));
  }

  /** What a server does that makes another response of it in these attempts. */
  static Stream<Arguments> readAsAnswer() {
    return Stream.of(
        Arguments.of(Attempt.TCP_OPTIONS, Response.TRUNCATED),
        Arguments.of(Attempt.TCP_EDNS, Response.TRUNCATED),
        Arguments.of(Attempt.TCP_PLAIN, Response.TRUNCATED),
        Arguments.of(Attempt.UDP_PLAIN, Response.EDNS_ERROR),
        Arguments.of(Attempt.TCP_PLAIN, Response.EDNS_ERROR),
        Arguments.of(Attempt.UDP_PLAIN, Response.NO_EDNS_ERROR),
        Arguments.of(Attempt.TCP_PLAIN, Response.NO_EDNS_ERROR));
  }

  /** A server whose queries are each done by the next part, and by the true answer in the end. */
  private static ScriptedServer.Script inTurn(List<ScriptedServer.Script> parts) {
    AtomicInteger next = new AtomicInteger();
    return q -> {
      int turn = next.getAndIncrement();
      if (turn < parts.size()) {
        parts.get(turn).on(q);
      } else {
        answerTruly(q);
      }
    };
  }

  /** A server that has given a cookie must show it from then on. */
  private static void answerTruly(Asked q) {
    byte[] cookie = q.cookie();
    if (cookie != null && cookie.length > Cookies.CLIENT_LENGTH) {
      q.answerWithCookie(cookie);
    } else {
      q.answer();
    }
  }

  /** The parts that lead to an attempt and make a response of it. */
  private static List<ScriptedServer.Script> parts(Attempt attempt, Response response) {
    List<ScriptedServer.Script> parts = new ArrayList<>();
    if (!attempt.udp()) {
      boolean inDoubt = response == Response.CASE_UNCONFIRMED;
      parts.add(inDoubt ? Asked::answerInOtherCase : Asked::truncated);
    }
    boolean thrice = response == Response.COOKIE_DEMANDED && attempt == Attempt.UDP_OPTIONS;
    boolean twice = response == Response.CASE_UNCONFIRMED;
    for (int i = 0; i < (thrice ? 3 : twice ? 2 : 1); i++) {
      parts.add(making(response));
    }
    return parts;
  }

  private static ScriptedServer.Script making(Response response) {
    return switch (response) {
      case ANSWER -> Asked::answer;
      case REFUSAL -> q -> q.rcode(SERVFAIL);
      case HEADER_ONLY -> q -> q.headerOnly(SERVFAIL);
      case TRUNCATED -> Asked::truncated;
      case EDNS_ERROR -> q -> q.rcodeWithOpt(FORMERR);
      case NO_EDNS_ERROR -> q -> q.rcode(FORMERR);
      case STALE_COOKIE, COOKIE_DEMANDED -> FallbacksActorTest::badCookie;
      case ABSURD -> q -> (q.tcp() ? badCookie() : badVersion()).on(q);
      case DOUBTED, CASE_KNOWN -> Asked::answerInOtherCase;
      case GUESSED_AT -> FallbacksActorTest::wrongIds;
      case SILENCE -> SILENT;
      case CASE_UNCONFIRMED, DISCONNECTED, UNREACHABLE, NO_MESSAGE -> Asked::close;
    };
  }

  private static ScriptedServer.Script badCookie() {
    return FallbacksActorTest::badCookie;
  }

  private static ScriptedServer.Script badVersion() {
    return q -> q.rcodeWithOpt(BADVERS);
  }

  private static void badCookie(Asked q) {
    byte[] cookie = q.cookie();
    q.badCookie(Arrays.copyOf(cookie == null ? new byte[Cookies.CLIENT_LENGTH] : cookie, 16));
  }

  private static void wrongIds(Asked q) {
    for (int i = 1; i <= 20; i++) {
      q.answerWithId(q.id() ^ i);
    }
  }

  /** A pool that asks these servers in their order, once, with as much of EDNS as the attempt. */
  private static PoolSettings settings(Attempt attempt, InetSocketAddress... servers) {
    PoolSettings d = PoolRig.tries(PoolRig.settings(TIMEOUT, List.of(servers)), 1);
    SocketSettings s = d.sockets();
    boolean edns = attempt.rung() != Rung.NONE;
    return d.withFlags(
            edns ? Set.of(ChannelFlag.EDNS, ChannelFlag.DNS0X20) : Set.of(ChannelFlag.DNS0X20))
        .withSockets(
            new SocketSettings(
                s.sockets(),
                s.udpMaxQueries(),
                s.socketLife(),
                s.maxOutstanding(),
                s.localAddress(),
                s.receiveBuffer(),
                s.sendBuffer(),
                s.ednsSize(),
                attempt == Attempt.UDP_OPTIONS));
  }

  private static Query query(Attempt attempt, String name) {
    Query query = PoolRig.query(4711, name);
    InetSocketAddress client = new InetSocketAddress("192.0.2.1", 53);
    return attempt == Attempt.TCP_OPTIONS
        ? query.withSubnet(ClientSubnet.of(client.getAddress(), 24))
        : query;
  }

  private static Attempt attempt(Asked q) {
    int optOnly = 11;
    int length = q.additional().length;
    Rung rung = length == 0 ? Rung.NONE : length == optOnly ? Rung.BARE : Rung.OPTIONS;
    return Attempt.of(!q.tcp(), rung);
  }

  private static List<Attempt> attempts(ScriptedServer server, String name) {
    return server.queries(name).stream().map(FallbacksActorTest::attempt).toList();
  }

  /** How the same server is asked next; empty if it is not. */
  private static List<Attempt> next(Step step, Attempt before) {
    Rung rung = before.rung();
    return switch (step) {
      case HAND_ON, ELSEWHERE, GIVE_UP, NEVER -> List.of();
      case AGAIN, ANY_CASE -> List.of(Attempt.of(true, rung));
      case LESS_EDNS -> List.of(Attempt.of(true, rung.below()));
      case NO_EDNS -> List.of(Attempt.UDP_PLAIN);
      // The only option over UDP was a cookie.
      case TCP -> List.of(Attempt.of(false, rung == Rung.OPTIONS ? Rung.BARE : rung));
      case RECONNECT -> List.of(before);
    };
  }

  @ParameterizedTest
  @MethodSource("ordinary")
  void cell_ofTheTable_stepIsTaken(Attempt attempt, Response response) {
    Step step = response.after(attempt);
    List<ScriptedServer.Script> parts = parts(attempt, response);
    try (ScriptedServer server = ScriptedServer.start(inTurn(parts));
        ScriptedServer other = ScriptedServer.start(Asked::answer);
        PoolRig rig = new PoolRig(settings(attempt, server.address(), other.address()))) {
      Query query = rig.ask(query(attempt, NAME), Duration.ofMinutes(1));
      if (response == Response.SILENCE) {
        await().until(() -> server.queries().size() == parts.size());
        rig.skip(TIMEOUT);
      }
      rig.expectTrueAnswer(query);

      List<Attempt> expected = new ArrayList<>();
      if (!attempt.udp()) {
        expected.add(Attempt.of(true, attempt.rung()));
      }
      while (expected.size() < parts.size()) {
        expected.add(attempt);
      }
      expected.addAll(next(step, attempt));
      assertThat(attempts(server, NAME)).isEqualTo(expected);
      boolean elsewhere = step == Step.ELSEWHERE || step == Step.GIVE_UP;
      assertThat(other.queries()).hasSize(elsewhere ? 1 : 0);
      assertCounted(rig, response, parts.size());
      if (step == Step.ANY_CASE) {
        Asked last = server.queries().get(expected.size() - 1);
        assertThat(last.nameAsSent()).isEqualTo(NAME + ".");
      }
      if (step == Step.RECONNECT) {
        assertThat(server.queries().subList(1, 3))
            .extracting(Asked::sourcePort)
            .doesNotHaveDuplicates();
      }
    }
  }

  private static void assertCounted(PoolRig rig, Response response, int parts) {
    if (response.counter() != null) {
      boolean thrice = response == Response.COOKIE_DEMANDED && parts == 3;
      assertThat(rig.count(response.counter())).isEqualTo(thrice ? 3 : 1);
    }
    boolean silent = response == Response.SILENCE;
    assertThat(rig.count(Counter.UPSTREAM_TIMEOUTS)).isEqualTo(silent ? 1 : 0);
    assertThat(rig.count(Counter.UPSTREAM_NETWORK)).isEqualTo(response == Response.ABSURD ? 1 : 0);
  }

  /** The case is found to be broken by another query while this one still waits for its answer. */
  @ParameterizedTest
  @MethodSource("caseKnown")
  void caseKnown_askedAgainOverUdp(Attempt attempt, Response response) {
    String first = "first." + NAME;
    AtomicReference<Asked> held = new AtomicReference<>();
    ScriptedServer.Script script =
        q -> {
          if (q.name().startsWith("first.") || !held.compareAndSet(null, q)) {
            q.answerInOtherCase();
          }
        };
    try (ScriptedServer server = ScriptedServer.start(script);
        PoolRig rig = new PoolRig(settings(attempt, server.address()))) {
      Query query = rig.ask(query(attempt, NAME), Duration.ofMinutes(1));
      await().until(() -> held.get() != null);
      rig.expectTrueAnswer(rig.ask(query(attempt, first), Duration.ofMinutes(1)));
      held.get().answerInOtherCase();
      rig.expectTrueAnswer(query);
      assertThat(response.after(attempt)).isEqualTo(Step.AGAIN);
      assertThat(attempts(server, NAME)).containsExactly(attempt, attempt);
      assertThat(rig.count(Counter.UPSTREAM_DOUBTED)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @MethodSource("unreachable")
  void unreachable_poolAsksElsewhere(Attempt attempt, Response response) {
    ScriptedServer.Script script = q -> making(q.tcp() ? response : Response.TRUNCATED).on(q);
    try (ScriptedServer server = ScriptedServer.start(script);
        ScriptedServer other = ScriptedServer.start(Asked::answer);
        PoolRig rig = new PoolRig(settings(attempt, dead(attempt, server), other.address()))) {
      rig.expectTrueAnswer(rig.ask(query(attempt, NAME), Duration.ofMinutes(1)));
      assertThat(response.after(attempt)).isEqualTo(Step.GIVE_UP);
      // Over TCP the first connection that ends is replaced.
      assertThat(attempts(server, NAME).stream().filter(a -> a == attempt))
          .hasSize(attempt.udp() ? 0 : 2);
      assertThat(other.queries()).hasSize(1);
      assertThat(rig.count(Counter.UPSTREAM_NETWORK)).isEqualTo(1);
    }
  }

  private static InetSocketAddress dead(Attempt attempt, ScriptedServer server) {
    return attempt.udp() ? ScriptedServer.nobody() : server.address();
  }

  @ParameterizedTest
  @MethodSource("readAsAnswer")
  void never_whatWouldMakeIt_isHandedOn(Attempt attempt, Response response) {
    assertThat(response.after(attempt)).isEqualTo(Step.NEVER);
    List<ScriptedServer.Script> parts = parts(attempt, response);
    try (ScriptedServer server = ScriptedServer.start(inTurn(parts));
        PoolRig rig = new PoolRig(settings(attempt, server.address()))) {
      WireAnswer answer =
          rig.expectAnswered(rig.ask(query(attempt, NAME), Duration.ofMinutes(1))).answer();
      boolean truncated = response == Response.TRUNCATED;
      assertThat(answer.rcode()).isEqualTo(truncated ? 0 : FORMERR);
      assertThat(answer.truncated()).isEqualTo(truncated);
      assertThat(server.queries()).hasSize(parts.size());
    }
  }

  /** Only a query over UDP can be forged or truncated, and only one over TCP has a connection. */
  @Test
  void table_neverStandsWhereATransportHasNoSuchThing() {
    for (Attempt attempt : Attempt.values()) {
      for (Response response : Response.values()) {
        boolean never =
            switch (response) {
              case TRUNCATED, COOKIE_DEMANDED, DOUBTED, CASE_KNOWN, GUESSED_AT -> !attempt.udp();
              case STALE_COOKIE -> attempt != Attempt.UDP_OPTIONS;
              case NO_MESSAGE -> attempt.udp();
              case CASE_UNCONFIRMED, DISCONNECTED -> attempt.udp();
              case EDNS_ERROR, NO_EDNS_ERROR -> attempt.rung() == Rung.NONE;
              case ABSURD -> attempt.udp() && attempt.rung() != Rung.NONE;
              case ANSWER, REFUSAL, HEADER_ONLY, SILENCE, UNREACHABLE -> false;
            };
        assertThat(response.after(attempt) == Step.NEVER)
            .as("%s %s", attempt, response)
            .isEqualTo(never);
      }
    }
  }
}
