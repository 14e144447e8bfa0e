// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

class ResolveRunnerTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration LONG = Duration.ofMinutes(1);

  private final ScriptedServer server = ScriptedServer.start(q -> {});
  private final BlockingQueue<OperationResult> results = new LinkedBlockingQueue<>();
  private ResolveRunner runner = runner(server.address(), 2);

  @AfterEach
  void stop() {
    runner.close();
    server.close();
  }

  private static ResolveRunner runner(InetSocketAddress address, int capacity) {
    return new ResolveRunner(PoolSettings.of("dns", List.of(address)), capacity);
  }

  @Test
  void lookup_returnsTheRecordsOfTheAnswer() throws Exception {
    server.script(Asked::answer);

    runner.start(lookup("www.example", null), LONG, results::add);

    assertThat(next())
        .isEqualTo(
            OperationResult.done(
                Map.of(
                    "rcode",
                    0L,
                    "answers",
                    List.of(
                        Map.of(
                            "name",
                            "www.example.",
                            "type",
                            "A",
                            "ttl",
                            60L,
                            "data",
                            Asked.addressOf("www.example").getHostAddress())))));
  }

  @Test
  void name_thatIsNotThere_isADoneLookup() throws Exception {
    server.script(q -> q.rcode(Rcode.NXDOMAIN));

    runner.start(lookup("www.example", "TXT"), LONG, results::add);

    assertThat(next()).isEqualTo(OperationResult.done(Map.of("rcode", 3L, "answers", List.of())));
    assertThat(server.queries().get(0).type()).isEqualTo(Type.TXT);
  }

  @Test
  void lookup_thatGetsNoAnswer_isATimeoutWhenItsTimeIsUp_andGivesItsRoomBack() throws Exception {
    runner.start(lookup("one.example", "A"), Duration.ofMillis(50), results::add);
    runner.start(lookup("two.example", "A"), Duration.ZERO, results::add);

    assertThat(next().code()).isEqualTo(ResultCode.TIMEOUT);
    assertThat(next().code()).isEqualTo(ResultCode.TIMEOUT);
    server.script(Asked::answer);
    runner.start(lookup("three.example", "A"), LONG, results::add);
    assertThat(next().code()).isEqualTo(ResultCode.DONE);
  }

  @Test
  void lookup_withoutAServerThere_isRefused() throws Exception {
    runner.close();
    runner = runner(ScriptedServer.nobody(), 2);

    runner.start(lookup("www.example", "A"), LONG, results::add);

    assertThat(next().code()).isEqualTo(ResultCode.REFUSED);
  }

  @Test
  void lookup_beyondTheCapacity_isRejected_untilAnotherIsCancelled() throws Exception {
    OperationRunner.Running first = runner.start(lookup("a.example", "A"), LONG, results::add);
    runner.start(lookup("b.example", "A"), LONG, results::add);
    runner.start(lookup("c.example", "A"), LONG, results::add);
    assertThat(next().code()).isEqualTo(ResultCode.REJECTED);
    first.cancel();
    assertThat(next().code()).isEqualTo(ResultCode.CANCELLED);
    server.script(Asked::answer);
    runner.start(lookup("d.example", "A"), LONG, results::add);

    await().atMost(PATIENCE).until(() -> !results.isEmpty());
    assertThat(next().code()).isEqualTo(ResultCode.DONE);
  }

  @Test
  void answer_thatDoesNotFitIntoAResult_isRejected() throws Exception {
    // Its record of empty strings has three characters for each byte.
    server.script(
        q -> {
          if (q.tcp()) {
            q.send(q.longestAnswerBytes());
          } else {
            q.truncated();
          }
        });

    runner.start(lookup("www.example", "A"), LONG, results::add);

    assertThat(next().code()).isEqualTo(ResultCode.REJECTED);
  }

  static List<Map<String, ?>> wrong() {
    return List.of(
        Map.of("type", "A"),
        Map.of("name", 1L),
        Map.of("name", "a..b"),
        Map.of("name", "x".repeat(64)),
        Map.of("name", "www.example", "type", "NOSUCH"),
        Map.of("name", "www.example", "type", 1L),
        Map.of("name", "www.example", "type", "TYPE70000"));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void lookup_withWrongArguments_isAnInternalFault(Map<String, Object> arguments) throws Exception {
    runner.start(new Operation(arguments), LONG, results::add);

    assertThat(next().code()).isEqualTo(ResultCode.INTERNAL);
    assertThat(server.queries()).isEmpty();
  }

  @Test
  void runner_thatCloses_cancelsLookups_andTakesNoMore() throws Exception {
    runner.start(lookup("www.example", "A"), LONG, results::add);
    runner.close();

    assertThat(next().code()).isEqualTo(ResultCode.CANCELLED);
    runner.start(lookup("www.example", "A"), LONG, results::add);
    assertThat(next().code()).isEqualTo(ResultCode.CANCELLED);
  }

  private OperationResult next() throws InterruptedException {
    OperationResult result = results.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    assertThat(result).isNotNull();
    return result;
  }

  private static Operation lookup(String name, String type) {
    return new Operation(type == null ? Map.of("name", name) : Map.of("name", name, "type", type));
  }
}
