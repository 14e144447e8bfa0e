// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DatagramFilter;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.Transport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** The example of dnsdist's documentation, with a filter that answers like the one there. */
final class AsyncExampleTest {
  private static final int SERVICE = 0;

  @TempDir private Path directory;
  private AsyncRig rig;

  @BeforeEach
  void start() {
    rig = new AsyncRig(directory, DatagramFilter.ACCEPT);
    rig.start(rig.example());
  }

  @AfterEach
  void stop() {
    rig.close();
  }

  private void assertAnswered(Transport transport) {
    String name = rig.name("www");
    assertThat(DnsMessages.addresses(rig.ask(transport, name)))
        .containsExactly(Asked.addressOf(name));
  }

  @ParameterizedTest
  @EnumSource(names = {"UDP", "TCP"})
  void queryAndResponse_areDecided(Transport transport) {
    assertAnswered(transport);

    rig.assertAtRest();
    assertThat(rig.count(AsyncCounter.RESUMED)).isEqualTo(2);
    assertThat(rig.count(AsyncCounter.DATAGRAMS_OUT)).isEqualTo(2);
    assertThat(rig.count(AsyncCounter.CALLBACKS_FAILED)).isZero();
    assertThat(rig.node().count(SERVICE, SuspensionCounter.RESUMED)).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource(names = {"UDP", "TCP"})
  void filterThatIsSilent_delaysQueryAndResponse_whichGoOnUnchanged(Transport transport) {
    rig.filter().play(DatagramFilter.SILENT);

    assertAnswered(transport);

    rig.assertAtRest();
    assertThat(rig.count(AsyncCounter.UNSETTLED)).isEqualTo(2);
    assertThat(rig.node().count(SERVICE, SuspensionCounter.TIMED_OUT)).isEqualTo(2);
  }

  @Test
  void lateVerdict_isCounted_andHitsNobody() {
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
    assertAnswered(Transport.UDP);
    for (String verdict : List.of("", "x", "-1", "1.5", "65536", "99999999999", "nan", "\0\0")) {
      rig.filter().say(verdict);
    }

    // The empty one may not come at all.
    await().atMost(AsyncRig.PATIENCE).until(() -> rig.count(AsyncCounter.CALLBACKS_FAILED) >= 7);
    assertAnswered(Transport.UDP);
  }

  @ParameterizedTest
  @EnumSource(names = {"UDP", "TCP"})
  void filterThatRestarts_isAskedAgain(Transport transport) {
    assertAnswered(transport);
    rig.killFilter();
    rig.startFilter(DatagramFilter.ACCEPT);

    assertAnswered(transport);

    rig.assertAtRest();
    assertThat(rig.count(AsyncCounter.RESUMED)).isEqualTo(4);
    assertThat(rig.count(AsyncCounter.ENDPOINTS_BROKEN)).isEqualTo(1);
  }

  @Test
  void filterThatHasGone_costsItsTimeoutOnly_untilItIsBack() {
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
