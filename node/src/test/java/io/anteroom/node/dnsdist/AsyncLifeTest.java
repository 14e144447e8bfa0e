// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.lua.LuaLimits;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DatagramFilter;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.protocol.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** What a script does beside its queries, from the node's start to its end. */
final class AsyncLifeTest {
  @TempDir private Path directory;

  /** In dnsdist the listener ends with its object. */
  @Test
  void listenerWithoutReference_goesOn_whenMemoryHasBeenCollected() {
    try (AsyncRig rig = new AsyncRig(directory, DatagramFilter.ACCEPT)) {
      rig.start(
          rig.example()
              + """
              listener = nil
              addAction("collect.", LuaAction(function(dq)
                for i = 1, 100000 do local t = { i } end
                return DNSAction.Refused
              end))
              function maintenance() for i = 1, 100000 do local t = { i } end end
              """);
      for (int i = 0; i < 3; i++) {
        String name = rig.name("www");
        assertThat(DnsMessages.addresses(rig.ask(Transport.UDP, name)))
            .containsExactly(Asked.addressOf(name));
      }
      rig.assertAtRest();
      assertThat(rig.count(AsyncCounter.RESUMED)).isEqualTo(6);
    }
  }

  @Test
  void stateAtItsMemoryLimit_isReplaced_andSocketsAndLaterQueriesGoOn() {
    try (AsyncRig rig = new AsyncRig(directory, DatagramFilter.ACCEPT)) {
      rig.start(
          """
          kept = {}
          addAction("leak.test.", LuaAction(function(dq)
            for i = 1, 4 do kept[#kept + 1] = string.rep("x", 1048576) .. #kept end
            return DNSAction.Refused
          end))
          """
              + rig.example(),
          new LuaLimits(1_000_000_000, 64 << 20, true));
      renewState(rig);
      assertThat(rig.ask(Transport.UDP, "again.leak.test").getRcode()).isEqualTo(Rcode.REFUSED);
      long resumed = rig.count(AsyncCounter.RESUMED);
      String name = rig.name("www");
      assertThat(DnsMessages.addresses(rig.ask(Transport.UDP, name)))
          .containsExactly(Asked.addressOf(name));
      assertThat(rig.count(AsyncCounter.RESUMED)).isEqualTo(resumed + 2);
      rig.assertAtRest();
    }
  }

  /** The verdicts for a query and for an answer come when the state that sent them is gone. */
  @Test
  void queryAndAnswerThatAreSuspended_areDecidedByTheStateThatHasReplacedItsOwn() {
    try (AsyncRig rig = new AsyncRig(directory, DatagramFilter.SILENT)) {
      rig.start(
          """
          kept = {}
          addAction("leak.test.", LuaAction(function(dq)
            for i = 1, 4 do kept[#kept + 1] = string.rep("x", 1048576) .. #kept end
            return DNSAction.Refused
          end))
          """
              + rig.example().replace("local timeout = 500", "local timeout = 600000"),
          new LuaLimits(1_000_000_000, 64 << 20, true));
      byte[] first = DnsMessages.query(7, rig.name("www"), Type.A);
      byte[] second = DnsMessages.query(8, rig.name("www"), Type.A);
      try (DnsClient client = rig.node().client(Transport.TCP)) {
        client.send(first);
        rig.filter().say("" + rig.filter().next().id());
        DatagramFilter.Sent answer = rig.filter().next();
        assertThat(answer.message()[2] & 0x80).as("QR").isNotZero();
        client.send(second);
        DatagramFilter.Sent query = rig.filter().next();

        renewState(rig);

        rig.filter().say("" + answer.id());
        assertThat(client.receiveAnswerTo(first).getRcode()).isEqualTo(Rcode.NOERROR);
        rig.filter().say("" + query.id());
        rig.filter().say("" + rig.filter().next().id());
        assertThat(client.receiveAnswerTo(second).getRcode()).isEqualTo(Rcode.NOERROR);
      }
      rig.assertAtRest();
      assertThat(rig.count(AsyncCounter.RESUMED)).isEqualTo(4);
      assertThat(rig.count(AsyncCounter.CALLBACKS_FAILED)).isZero();
    }
  }

  /** Has the script keep memory until its state is replaced once more. */
  private static void renewState(AsyncRig rig) {
    long before = rig.count(AsyncCounter.STATES_RENEWED);
    await()
        .atMost(AsyncRig.PATIENCE)
        .until(
            () -> {
              rig.ask(Transport.UDP, "www.leak.test");
              return rig.count(AsyncCounter.STATES_RENEWED) == before + 1;
            });
  }

  /** A call that used up the memory, and left none of it in use, costs its own query only. */
  @Test
  void callThatUsesUpTheMemory_leavesTheStateAsItIs() {
    try (AsyncRig rig = new AsyncRig(directory, DatagramFilter.ACCEPT)) {
      rig.start(
          """
          count = 0
          addAction("large.test.", LuaAction(function(dq)
            count = count + 1
            local all = {}
            for i = 1, 100 do all[i] = string.rep("x", 1048576) .. i end
            return DNSAction.Refused
          end))
          addAction("count.test.", LuaAction(function(dq)
            return count == 1 and DNSAction.Refused or DNSAction.Nxdomain
          end))
          newServer("127.0.0.1:5300")
          """,
          new LuaLimits(1_000_000_000, 64 << 20, true));
      assertThat(rig.ask(Transport.UDP, "www.large.test").getRcode()).isEqualTo(Rcode.SERVFAIL);
      assertThat(rig.ask(Transport.UDP, "www.count.test").getRcode()).isEqualTo(Rcode.REFUSED);
      assertThat(rig.count(AsyncCounter.STATES_RENEWED)).isZero();
    }
  }

  @Test
  void maintenanceThatFails_isCounted_andCalledAgain_andTheExitIsCalled() {
    Path end = directory.resolve("end");
    try (AsyncRig rig = new AsyncRig(directory, DatagramFilter.ACCEPT)) {
      rig.start(
          """
          newServer("127.0.0.1:5300")
          function maintenance() error("boom") end
          addExitCallback(function() io.open("/run/anteroom/end", "w"):close() end)
          """);
      await()
          .atMost(AsyncRig.PATIENCE)
          .until(() -> rig.count(AsyncCounter.MAINTENANCE_FAILED) >= 2);
      assertThat(end).doesNotExist();
    }
    assertThat(end).exists();
    assertThat(directory.resolve("verdicts.sock")).doesNotExist();
  }

  @Test
  void pathThatCannotBeListenedAt_keepsTheNodeFromStarting_withItsLine() throws Exception {
    Files.writeString(directory.resolve("verdicts.sock"), "precious");
    try (AsyncRig rig = new AsyncRig(directory, DatagramFilter.ACCEPT)) {
      assertThatThrownBy(() -> rig.start(rig.example()))
          .hasStackTraceContaining("test.lua:24: can't listen at ")
          .hasStackTraceContaining("is no socket");
    }
    assertThat(directory.resolve("verdicts.sock")).hasContent("precious");
  }

  @Test
  void functionsOfTheFfi_areRefusedWithTheirNames() {
    try (AsyncRig rig = new AsyncRig(directory, DatagramFilter.ACCEPT)) {
      assertThatThrownBy(
              () -> rig.start("newNetworkListener():addUnixListeningEndpointFFI('/x', 0, print)"))
          .hasMessageContaining("test.lua:1: ")
          .hasMessageContaining("dnsdist_ffi_resume_from_async");
    }
  }

  @Test
  void pathThatIsTooLong_isAnErrorOfTheFile() {
    try (AsyncRig rig = new AsyncRig(directory, DatagramFilter.ACCEPT)) {
      assertThatThrownBy(() -> rig.start("newNetworkEndpoint(('x'):rep(108))"))
          .hasMessageContaining("test.lua:1: newNetworkEndpoint")
          .hasMessageContaining("at most 107 bytes");
    }
  }
}
