// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.anteroom.node.config.ConnectorSettings;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.Policy;
import io.anteroom.node.net.EventLoops;
import io.anteroom.node.testing.DatagramFilter;
import io.netty.channel.Channel;
import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What may be in the way of a socket, and what may not be removed for it. */
class ConnectorSocketsTest {
  private static final EventLoops loops = new EventLoops(1);

  @TempDir private Path directory;
  private Path path;

  @BeforeAll
  static void needsEpoll() {
    assumeTrue(Epoll.isAvailable(), "Unix datagram sockets need epoll");
  }

  @AfterAll
  static void stop() {
    loops.shutdown().awaitUninterruptibly();
  }

  @BeforeEach
  void start() {
    path = directory.resolve("node");
  }

  @Test
  void freePath_isBound() throws IOException {
    Channel channel = open();
    assertThat(path).exists();
    channel.close().awaitUninterruptibly();
  }

  @Test
  void socketThatNobodyHasOpen_isReplaced() throws IOException {
    open().close().awaitUninterruptibly();
    assertThat(path).exists();
    open().close().awaitUninterruptibly();
  }

  @Test
  void socketThatSomebodyHasOpen_isLeftAlone() {
    try (DatagramFilter other = DatagramFilter.unix(path.toString(), null, sent -> List.of())) {
      assertThatThrownBy(this::open)
          .hasMessage(
              "the connector of filters.guard can't be opened: %s is in use by another"
                  + " process",
              path);
      assertThat(other.waiting()).isZero();
    }
  }

  @Test
  void streamSocketThatSomebodyListensOn_isLeftAlone() throws IOException {
    try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      other.bind(UnixDomainSocketAddress.of(path));
      assertThatThrownBy(this::open).hasMessageContaining("is in use by another process");
    }
  }

  @Test
  void file_isLeftAlone() throws IOException {
    Files.writeString(path, "precious");
    assertThatThrownBy(this::open).hasMessageContaining("is there, and is no socket");
    assertThat(path).hasContent("precious");
  }

  @Test
  void link_isLeftAlone() throws IOException {
    Files.createSymbolicLink(path, directory.resolve("elsewhere"));
    assertThatThrownBy(this::open).hasMessageContaining("is there, and is no socket");
    assertThat(Files.isSymbolicLink(path)).isTrue();
  }

  @Test
  void missingDirectory_isNamed() {
    path = directory.resolve("missing/node");
    assertThatThrownBy(this::open).hasMessageContaining("no such directory: " + path.getParent());
  }

  @Test
  void abstractName_thatIsTaken_isRefused() throws IOException {
    path = Path.of("@" + directory);
    Channel first = open();
    assertThatThrownBy(this::open).hasMessageContaining("can't bind @");
    first.close().awaitUninterruptibly();
    open().close().awaitUninterruptibly();
  }

  private Channel open() throws IOException {
    FilterSettings filter =
        new FilterSettings(
            "guard",
            7,
            Duration.ofSeconds(1),
            Policy.CONTINUE,
            Policy.CONTINUE,
            Policy.CONTINUE,
            1,
            1,
            1,
            null,
            new ConnectorSettings.Unix(directory.resolve("filter").toString(), path.toString()));
    Map<Integer, Channel> open = ConnectorSockets.open(List.of(filter), loops.get(0));
    assertThat(open).containsOnlyKeys(7);
    return open.values().iterator().next();
  }
}
