// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchException;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.channels.ServerSocketChannel;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

final class BindFailureTest {
  private static Exception failureOf(InetSocketAddress address) throws IOException {
    try (ServerSocketChannel socket = ServerSocketChannel.open()) {
      return catchException(() -> socket.bind(address));
    }
  }

  @Test
  void reason_isInWordsForTheOperator() throws Exception {
    Exception noHost = failureOf(InetSocketAddress.createUnresolved("node.example", 53));
    Exception noAddress = failureOf(new InetSocketAddress("192.0.2.1", 5300));

    assertThat(BindFailure.reason(53, noHost)).isEqualTo("there is no such host");
    assertThat(BindFailure.reason(5300, noAddress)).isEqualTo("the machine has no such address");
    try (ServerSocket other = new ServerSocket(0)) {
      Exception taken = failureOf(new InetSocketAddress(other.getLocalPort()));
      assertThat(BindFailure.reason(5300, taken)).isEqualTo("address already in use");
      assertThat(BindFailure.reason(5300, new ExecutionException("failed", taken)))
          .isEqualTo("address already in use");
    }
  }

  @Test
  void permissionDenied_belowPort1024_saysWhatToDo() {
    Exception denied = new SocketException("Permission denied");

    assertThat(BindFailure.reason(53, denied))
        .startsWith("permission denied; ")
        .contains("CAP_NET_BIND_SERVICE", "ip_unprivileged_port_start=53");
    assertThat(BindFailure.reason(1024, denied)).isEqualTo("permission denied");
  }

  @Test
  void reason_thatIsNotKnown_isThatOfTheException() {
    assertThat(BindFailure.reason(53, new BindException("odd"))).isEqualTo("odd");
    assertThat(BindFailure.reason(53, new IllegalStateException()))
        .isEqualTo("java.lang.IllegalStateException");
  }
}
