// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DatagramFilter;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.protocol.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
