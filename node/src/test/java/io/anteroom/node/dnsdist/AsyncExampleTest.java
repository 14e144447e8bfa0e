// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DatagramFilter;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.Program;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.Transport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** The example of dnsdist's documentation, with a filter that answers like the one there. */
final class AsyncExampleTest {
  private static final int SERVICE = 0;
  private static final int TRANSPORTS = Transport.values().length;

  @TempDir private Path directory;
  private AsyncRig rig;

  @BeforeEach
  void setUp() {
    rig = new AsyncRig(directory, DatagramFilter.ACCEPT);
  }

  private void start() {
    rig.start(rig.example());
  }

  /** Starts it so that a verdict that is slow to come still comes in time. */
  private void startPatiently() {
    rig.start(rig.example().replace("local timeout = 500", "local timeout = 600000"));
  }

  @AfterEach
  void stop() {
    rig.close();
  }

  private void assertAnsweredOverEachTransport() {
    for (Transport transport : Transport.values()) {
      assertAnswered(transport);
    }
  }

  private void assertAnswered(Transport transport) {
    String name = rig.name("www");
    assertThat(DnsMessages.addresses(rig.ask(transport, name)))
        .containsExactly(Asked.addressOf(name));
  }

  @Test
  void queryAndResponse_areDecided() {
    startPatiently();
    assertAnsweredOverEachTransport();

    rig.assertAtRest();
    assertThat(rig.count(AsyncCounter.RESUMED)).isEqualTo(2 * TRANSPORTS);
    assertThat(rig.count(AsyncCounter.DATAGRAMS_OUT)).isEqualTo(2 * TRANSPORTS);
    assertThat(rig.count(AsyncCounter.CALLBACKS_FAILED)).isZero();
    assertThat(rig.node().count(SERVICE, SuspensionCounter.RESUMED)).isEqualTo(2 * TRANSPORTS);
  }

  @Test
  void filterThatIsSilent_delaysQueryAndResponse_whichGoOnUnchanged() {
    start();
    rig.filter().play(DatagramFilter.SILENT);

    assertAnsweredOverEachTransport();

    rig.assertAtRest();
    assertThat(rig.count(AsyncCounter.UNSETTLED)).isEqualTo(2 * TRANSPORTS);
    assertThat(rig.node().count(SERVICE, SuspensionCounter.TIMED_OUT)).isEqualTo(2 * TRANSPORTS);
  }

  @Test
  void lateVerdict_isCounted_andHitsNobody() {
    start();
    rig.filter().play(DatagramFilter.SILENT);
    assertAnswered(Transport.UDP);
    rig.assertAtRest();

    rig.filter().say("" + rig.filter().next().id());
    rig.filter().say("" + rig.filter().next().id());

    rig.awaitCount(AsyncCounter.CALLBACKS_FAILED, 2);
    assertThat(rig.count(AsyncCounter.VERDICTS_LATE) + rig.count(AsyncCounter.VERDICTS_UNKNOWN))
        .isEqualTo(2);
    rig.filter().play(DatagramFilter.ACCEPT);
    assertAnswered(Transport.UDP);
    assertThat(rig.count(AsyncCounter.RESUMED)).isEqualTo(2);
  }

  @Test
  void senselessVerdicts_areErrorsOfTheScript_andDoNotStopTheListener() {
    startPatiently();
    assertAnswered(Transport.UDP);
    for (String verdict : List.of("", "x", "-1", "1.5", "65536", "99999999999", "nan", "\0\0")) {
      rig.filter().say(verdict);
    }

    // The empty one may not come at all.
    await().atMost(AsyncRig.PATIENCE).until(() -> rig.count(AsyncCounter.CALLBACKS_FAILED) >= 7);
    assertAnswered(Transport.UDP);
  }

  @Test
  void filterThatRestarts_isAskedAgain() {
    startPatiently();
    assertAnsweredOverEachTransport();
    rig.killFilter();
    rig.startFilter(DatagramFilter.ACCEPT);

    assertAnsweredOverEachTransport();

    rig.assertAtRest();
    assertThat(rig.count(AsyncCounter.RESUMED)).isEqualTo(4 * TRANSPORTS);
    assertThat(rig.count(AsyncCounter.ENDPOINTS_BROKEN)).isEqualTo(1);
  }

  @Test
  void filterInAnotherProcess_isAskedAgain_afterItWasKilled() {
    start();
    rig.killFilter();
    try (Program process = rig.startFilterProcess()) {
      assertAnsweredUntilAFilterDecides();
      process.kill();
    }
    long resumed = rig.count(AsyncCounter.RESUMED);
    assertAnswered(Transport.UDP);
    assertThat(rig.count(AsyncCounter.RESUMED)).isEqualTo(resumed);

    try (Program again = rig.startFilterProcess()) {
      assertAnsweredUntilAFilterDecides();
      assertThat(again.handle().isAlive()).isTrue();
    }
  }

  private void assertAnsweredUntilAFilterDecides() {
    long resumed = rig.count(AsyncCounter.RESUMED);
    await()
        .atMost(AsyncRig.PATIENCE)
        .until(
            () -> {
              assertAnsweredOverEachTransport();
              return rig.count(AsyncCounter.RESUMED) >= resumed + 2 * TRANSPORTS;
            });
  }

  /** Over HTTPS and QUIC all queries have the ID 0, which makes dnsdist lose all but one. */
  @Test
  void equalIdsOnOneConnection_areAllAnswered() {
    startPatiently();
    for (Transport transport : Transport.values()) {
      assertEqualIdsAnswered(transport);
    }
    rig.assertAtRest();
    assertThat(rig.count(AsyncCounter.RESUMED)).isEqualTo(40 * TRANSPORTS);
  }

  private void assertEqualIdsAnswered(Transport transport) {
    Set<String> names = new TreeSet<>();
    Set<String> answered = new TreeSet<>();
    try (DnsClient client = rig.node().client(transport)) {
      for (int i = 0; i < 20; i++) {
        String name = rig.name("host");
        names.add(name);
        client.send(query(0, name, Type.A));
      }
      for (int i = 0; i < 20; i++) {
        Message answer = DnsMessages.parse(client.receive());
        String name = answer.getQuestion().getName().toString(true);
        assertThat(DnsMessages.addresses(answer)).containsExactly(Asked.addressOf(name));
        answered.add(name);
      }
    }
    assertThat(answered).as(transport.word()).isEqualTo(names);
  }

  @Test
  void filterThatHasGone_costsItsTimeoutOnly_untilItIsBack() {
    start();
    rig.killFilter();
    assertAnswered(Transport.UDP);
    assertThat(rig.count(AsyncCounter.SEND_FAILED)).isPositive();
    rig.startFilter(DatagramFilter.ACCEPT);

    await()
        .atMost(AsyncRig.PATIENCE)
        .until(
            () -> {
              assertAnswered(Transport.UDP);
              return rig.count(AsyncCounter.RESUMED) > 0;
            });
  }

  /** Where dnsdist answers a third of them, as its keys are the IDs of clients. */
  @Test
  void equalIdsOfManyClients_areAllAnswered_eachWithItsName() {
    startPatiently();
    for (int round = 0; round < 25; round++) {
      List<UdpClient> clients = new ArrayList<>();
      List<byte[]> queries = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        clients.add(rig.node().udp());
        queries.add(query(0x1234 + round, rig.name("host"), Type.A));
      }
      for (int i = 0; i < 20; i++) {
        clients.get(i).send(queries.get(i));
      }
      for (int i = 0; i < 20; i++) {
        Message answer = clients.get(i).receiveAnswerTo(queries.get(i));
        assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
        String name = answer.getQuestion().getName().toString(true);
        assertThat(DnsMessages.addresses(answer)).containsExactly(Asked.addressOf(name));
        clients.get(i).close();
      }
    }
    rig.assertAtRest();
    assertThat(rig.count(AsyncCounter.SUSPENDED)).isEqualTo(1_000);
    assertThat(rig.count(AsyncCounter.REFUSED_DUPLICATE)).isZero();
    assertThat(rig.node().count(Counter.POLICY_ERRORS)).isZero();
  }
}
