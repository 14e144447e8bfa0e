// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import static io.anteroom.node.testing.DnsMessages.addresses;
import static io.anteroom.node.testing.DnsMessages.ednsQuery;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.HttpCaller;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.sdk.Question;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/**
 * What an operator's verdicts do to queries that a filter holds. A second filter holds them too, so
 * that what it is asked tells what the first verdict has left.
 */
final class AdminVerdictTest {
  @TempDir private static Path directory;
  private static final ScriptedServer upstream = ScriptedServer.start(Asked::answer);
  private static final ScriptedServer other = ScriptedServer.start(Asked::answer);
  private static final TestFilter first = new TestFilter();
  private static final TestFilter second = new TestFilter();
  private static TestNode node;
  private static HttpCaller operator;

  @BeforeAll
  static void start() throws Exception {
    Path token = directory.resolve("token");
    node =
        TestNode.start(
            """
            upstreams.default.servers = ["127.0.0.1:%d"]
            upstreams.other.servers = ["127.0.0.1:%d"]
            filters.first { async-id = 1, timeout = 50s, on-timeout = drop }
            filters.second { async-id = 2, timeout = 50s, on-timeout = drop }
            rules.query = [
              { match = all, action { suspend = first } }
              { match { suffix = ["two.example"] }, action { suspend = second } }
            ]
            admin { address = "127.0.0.1:0", token-file = "%s" }
            """
                .formatted(upstream.address().getPort(), other.address().getPort(), token),
            Map.of("first", first, "second", second));
    operator =
        new HttpCaller(node.node().adminAddress()).withToken(Files.readString(token).strip());
  }

  @AfterAll
  static void stop() {
    node.close();
    upstream.close();
    other.close();
  }

  @AfterEach
  void rest() {
    node.assertAtRest();
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void truncate_sendsClientsOfUdpToTcp(Transport transport) {
    Message answer = answerAfter("truncate", transport, "truncate-" + transport + ".example");

    assertThat(answer.getHeader().getFlag(Flags.TC)).isEqualTo(transport == Transport.UDP);
    assertThat(addresses(answer)).hasSize(transport == Transport.UDP ? 0 : 1);
  }

  @Test
  void name_isAskedForInstead() {
    Message answer = answerAfter("name Instead.example", Transport.UDP, "name.example");

    assertThat(addresses(answer)).containsExactly(Asked.addressOf("instead.example"));
    assertThat(answer.getQuestion().getName()).hasToString("name.example.");
    assertThat(upstream.queries("name.example")).isEmpty();
  }

  @Test
  void pool_isAsked() {
    Message answer = answerAfter("pool other", Transport.UDP, "pool.example");

    assertThat(addresses(answer)).hasSize(1);
    assertThat(other.queries("pool.example")).hasSize(1);
    assertThat(upstream.queries("pool.example")).isEmpty();
  }

  @Test
  void askAgain_startsAtTheFirstRule() {
    try (DnsClient client = node.udp()) {
      byte[] query = query("again.example");
      client.send(query);
      resume(first.next().request(), "ask-again tag tried=1");
      FilterRequest again = first.next().request();
      assertThat(again.tags()).containsEntry("tried", "1");
      resume(again, "refuse");

      assertThat(client.receiveAnswerTo(query).getRcode()).isEqualTo(Rcode.REFUSED);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"hex", "base64"})
  void message_isTheAnswer(String form) {
    String name = form + ".example";
    byte[] message = DnsMessages.answer(name, "192.0.2.77");

    Message answer = answerAfter("message " + form(form, message), Transport.UDP, name);

    assertThat(addresses(answer)).extracting(a -> a.getHostAddress()).containsExactly("192.0.2.77");
    assertThat(answer.getHeader().getID()).isEqualTo(7);
  }

  @Test
  void message_asLargeAsItGets_isTaken() {
    String[] addresses =
        IntStream.range(0, 4_000)
            .mapToObj(i -> "192.0." + i / 250 + "." + i % 250)
            .toArray(String[]::new);
    byte[] message = DnsMessages.answer("large.example", addresses);
    assertThat(message.length).isBetween(64_000, 0xffff);

    Message answer = answerAfter("message " + form("hex", message), Transport.TCP, "large.example");

    assertThat(addresses(answer)).hasSize(4_000);
  }

  @Test
  void tagsAndExtendedError_goOnWithTheQuery() {
    try (DnsClient client = node.udp()) {
      byte[] query = query("a.two.example");
      client.send(query);
      resume(first.next().request(), "continue tag a=1 tag b=2 extended-error 17 Filtered, by us");
      FilterRequest next = second.next().request();
      assertThat(next.tags()).isEqualTo(Map.of("a", "1", "b", "2"));
      resume(next, "rcode servfail");

      Message answer = client.receiveAnswerTo(query);
      assertThat(answer.getRcode()).isEqualTo(Rcode.SERVFAIL);
      assertThat(DnsMessages.errorCode(answer)).isEqualTo(17);
      assertThat(DnsMessages.error(answer).getText()).isEqualTo("Filtered, by us");
    }
  }

  @Test
  void verdict_thatDoesNotFit_isExplainedAndTheQueryWaitsOn() {
    try (DnsClient client = node.udp()) {
      byte[] query = query("misfit.example");
      client.send(query);
      FilterRequest request = first.next().request();

      assertThat(refused(request, "pool nowhere")).contains("no upstream pool nowhere", "waits on");
      assertThat(
              refused(
                  request, "message " + form("hex", DnsMessages.answer("x.example", "192.0.2.1"))))
          .contains("the question of the message", "waits on");

      resume(request, "continue");
      assertThat(addresses(client.receiveAnswerTo(query))).hasSize(1);
    }
  }

  private static Message answerAfter(String verdict, Transport transport, String name) {
    try (DnsClient client = node.client(transport)) {
      byte[] query = query(name);
      client.send(query);
      FilterRequest request = first.next().request();
      assertThat(Question.of(request).name()).isEqualToIgnoringCase(name);
      resume(request, verdict);
      return client.receiveAnswerTo(query);
    }
  }

  private static byte[] query(String name) {
    return ednsQuery(7, name, Type.A, 1232);
  }

  private static void resume(FilterRequest request, String verdict) {
    HttpCaller.Answer answer = decide(request, verdict);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
  }

  private static String refused(FilterRequest request, String verdict) {
    HttpCaller.Answer answer = decide(request, verdict);
    assertThat(answer.status()).as(answer.body()).isEqualTo(422);
    return answer.json().path("error").textValue();
  }

  private static HttpCaller.Answer decide(FilterRequest request, String verdict) {
    return operator.post(
        "/api/v1/suspended/" + request.key() + "/resume",
        JsonNodeFactory.instance.objectNode().put("verdict", verdict).toString());
  }

  private static String form(String form, byte[] message) {
    return form
        + " "
        + (form.equals("hex")
            ? HexFormat.of().formatHex(message)
            : Base64.getEncoder().encodeToString(message));
  }
}
