// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.Counters;
import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaLimits;
import io.anteroom.node.lua.LuaRef;
import io.anteroom.node.lua.LuaState;
import io.anteroom.node.testing.DatagramFilter;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Endpoints and listeners with real sockets. */
class ScriptSocketsTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final byte[] MESSAGE = "\u0001\u0002a message".getBytes(StandardCharsets.UTF_8);

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final EventLoop loop = group.next();
  private final Counters<AsyncCounter> counters = new Counters<>(AsyncCounter.class);
  private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
  private final ScriptSockets sockets = new ScriptSockets(counters, this::received);
  private final LuaState lua = new LuaState(LuaLimits.DEFAULT);

  @TempDir private Path directory;
  private LuaRef function;

  @BeforeEach
  void makeFunction() throws LuaFailure {
    lua.define(
        "keep",
        arguments -> {
          function = (LuaRef) arguments[0];
          function.keep();
          return null;
        });
    lua.load(
        io.anteroom.node.lua.LuaScript.compile(
            "f.lua", "keep(function() end)".getBytes(StandardCharsets.UTF_8)));
  }

  @AfterEach
  void close() throws Exception {
    onLoop(
        () -> {
          sockets.close();
          return null;
        });
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
    lua.close();
  }

  private void received(LuaRef called, int endpointId, byte[] payload, String from) {
    assertThat(called).isSameAs(function);
    received.add(endpointId + " " + new String(payload, StandardCharsets.UTF_8) + " " + from);
  }

  private <T> T onLoop(Callable<T> work) throws Exception {
    return loop.submit(work).get(2, TimeUnit.MINUTES);
  }

  private String path(String name) {
    return directory.resolve(name).toString();
  }

  private boolean send() throws Exception {
    return onLoop(() -> sockets.endpoint(0).send(MESSAGE.clone()));
  }

  private void listen(String path) throws Exception {
    long listener = sockets.listener();
    sockets.listen(listener, path, 9, function, "f.lua:1");
    sockets.start(listener);
  }

  @Test
  void datagrams_goOut_andComeIn() throws Exception {
    listen(path("in"));
    try (DatagramFilter filter =
        DatagramFilter.unix(path("filter"), path("in"), sent -> java.util.List.of("4711 ok"))) {
      sockets.endpoint(path("filter"));
      sockets.open(loop);

      assertThat(send()).isTrue();

      assertThat(filter.next().message()).isEqualTo(MESSAGE);
      assertThat(received.poll(2, TimeUnit.MINUTES)).startsWith("9 4711 ok ");
      assertThat(counters.get(AsyncCounter.DATAGRAMS_OUT)).isEqualTo(1);
      assertThat(counters.get(AsyncCounter.DATAGRAMS_IN)).isEqualTo(1);
    }
  }

  /** More than leave or arrive with one system call, and one that is too long for that. */
  @Test
  void datagramsOfOneTurn_goOut_andComeIn_inOrder() throws Exception {
    listen(path("in"));
    try (DatagramFilter filter =
        DatagramFilter.unix(
            path("filter"),
            path("in"),
            sent -> java.util.List.of(new String(sent.message(), StandardCharsets.UTF_8)))) {
      sockets.endpoint(path("filter"));
      sockets.open(loop);

      boolean sent =
          onLoop(() -> IntStream.range(0, 200).allMatch(i -> sockets.endpoint(0).send(message(i))));

      assertThat(sent).isTrue();
      for (int i = 0; i < 200; i++) {
        assertThat(received.poll(2, TimeUnit.MINUTES)).startsWith("9 message " + i + ".");
      }
      assertThat(counters.get(AsyncCounter.DATAGRAMS_OUT)).isEqualTo(200);
      assertThat(counters.get(AsyncCounter.DATAGRAMS_IN)).isEqualTo(200);
      assertThat(filter.waiting()).isEqualTo(200);
    }
  }

  private static byte[] message(int number) {
    String rest = number == 100 ? "x".repeat(5_000) : "";
    return ("message " + number + "." + rest).getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void abstractNames_areTaken() throws Exception {
    String name = "anteroom-test-" + directory.getFileName();
    listen("\0" + name + "-in");
    try (DatagramFilter filter =
        DatagramFilter.unix("@" + name, "@" + name + "-in", sent -> java.util.List.of("1"))) {
      sockets.endpoint("\0" + name);
      sockets.open(loop);

      assertThat(send()).isTrue();

      filter.next();
      assertThat(received.poll(2, TimeUnit.MINUTES)).startsWith("9 1 ");
    }
  }

  @Test
  void endpoint_withoutAFilter_sendsNothing_andIsThereWhenTheFilterIs() throws Exception {
    sockets.endpoint(path("filter"));
    assertThat(sockets.endpoint(0).isValid()).isFalse();
    sockets.open(loop);

    assertThat(send()).isFalse();
    assertThat(counters.get(AsyncCounter.SEND_FAILED)).isEqualTo(1);

    try (DatagramFilter filter = DatagramFilter.unix(path("filter"), null, DatagramFilter.SILENT)) {
      await().atMost(PATIENCE).until(() -> onLoop(() -> sockets.endpoint(0).isValid()));
      assertThat(send()).isTrue();
      filter.next();
    }
  }

  @Test
  void filterThatRestarted_losesNoDatagram() throws Exception {
    DatagramFilter before = DatagramFilter.unix(path("filter"), null, DatagramFilter.SILENT);
    sockets.endpoint(path("filter"));
    sockets.open(loop);
    assertThat(send()).isTrue();
    before.next();
    before.close();
    Files.delete(directory.resolve("filter"));
    try (DatagramFilter after = DatagramFilter.unix(path("filter"), null, DatagramFilter.SILENT)) {
      assertThat(send()).isTrue();
      assertThat(send()).isTrue();

      after.next();
      after.next();
      assertThat(counters.get(AsyncCounter.ENDPOINTS_BROKEN)).isEqualTo(1);
      assertThat(counters.get(AsyncCounter.SEND_FAILED)).isZero();
    }
  }

  @Test
  void filterThatHasGone_failsTheNextDatagrams_andIsFoundAgain() throws Exception {
    DatagramFilter before = DatagramFilter.unix(path("filter"), null, DatagramFilter.SILENT);
    sockets.endpoint(path("filter"));
    sockets.open(loop);
    before.close();

    await().atMost(PATIENCE).until(() -> !send());
    Files.delete(directory.resolve("filter"));

    try (DatagramFilter after = DatagramFilter.unix(path("filter"), null, DatagramFilter.SILENT)) {
      await().atMost(PATIENCE).until(this::send);
      after.next();
    }
  }

  @Test
  void filterThatDoesNotRead_isSentNoMoreThanABacklog_andTheRestFails() throws Exception {
    try (DatagramFilter filter = DatagramFilter.unix(path("filter"), null, DatagramFilter.SILENT)) {
      filter.sleep(true);
      sockets.endpoint(path("filter"));
      sockets.open(loop);

      long sent = 0;
      while (onLoop(() -> sockets.endpoint(0).send(new byte[1_000])) && sent < 10_000) {
        sent++;
      }

      assertThat(sent).isBetween(100L, 9_999L);
      filter.sleep(false);
      for (long i = 0; i < sent; i++) {
        filter.next();
      }
      await().atMost(PATIENCE).until(this::send);
    }
  }

  @Test
  void emptyDatagram_isNotSent() throws Exception {
    try (DatagramFilter filter = DatagramFilter.unix(path("filter"), null, DatagramFilter.SILENT)) {
      sockets.endpoint(path("filter"));
      sockets.open(loop);

      assertThat(onLoop(() -> sockets.endpoint(0).send(new byte[0]))).isFalse();
      assertThat(send()).isTrue();
      assertThat(filter.next().message()).isEqualTo(MESSAGE);
    }
  }

  @Test
  void fileOfADeadSocket_isReplaced_andRemovedAtTheEnd() throws Exception {
    DatagramFilter.unix(path("in"), null, DatagramFilter.SILENT).close();
    assertThat(directory.resolve("in")).exists();
    listen(path("in"));

    sockets.open(loop);

    onLoop(
        () -> {
          sockets.close();
          return null;
        });
    assertThat(directory.resolve("in")).doesNotExist();
  }

  @Test
  void pathOfALiveSocket_ofAFile_andInNoDirectory_areRefusedWithTheirPlace() throws Exception {
    try (DatagramFilter other = DatagramFilter.unix(path("in"), null, DatagramFilter.SILENT)) {
      listen(path("in"));
      assertThatThrownBy(() -> sockets.open(loop))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("f.lua:1: can't listen at " + path("in"))
          .hasMessageContaining("in use");
      assertThat(other.waiting()).isZero();
    }
    Files.writeString(directory.resolve("file"), "precious");
    ScriptSockets second = new ScriptSockets(counters, this::received);
    long listener = second.listener();
    second.listen(listener, path("file"), 1, function, "f.lua:2");
    second.start(listener);
    assertThatThrownBy(() -> second.open(loop)).hasMessageContaining("f.lua:2: can't listen");
    assertThat(directory.resolve("file")).hasContent("precious");
    ScriptSockets third = new ScriptSockets(counters, this::received);
    long another = third.listener();
    third.listen(another, path("none/in"), 1, function, "f.lua:3");
    third.start(another);
    assertThatThrownBy(() -> third.open(loop)).hasMessageContaining("no such directory");
  }

  @Test
  void pathThatIsTooLong_isRefused() throws Exception {
    String fits = "/" + "x".repeat(106);
    assertThat(UnixAddresses.of(fits, "f")).isEqualTo(fits);

    assertThatThrownBy(() -> UnixAddresses.of(fits + "x", "f"))
        .isInstanceOf(LuaFailure.class)
        .hasMessageContaining("at most 107 bytes");
    assertThatThrownBy(() -> UnixAddresses.of("", "f")).hasMessageContaining("not empty");
    assertThatThrownBy(() -> UnixAddresses.of("/a\0b", "f")).hasMessageContaining("NUL");
    assertThatThrownBy(() -> UnixAddresses.of(7L, "f")).hasMessageContaining("text");
  }

  @Test
  void listener_withoutSocket_orStarted_isAnError() throws Exception {
    long listener = sockets.listener();
    assertThatThrownBy(() -> sockets.start(listener)).hasMessageContaining("has no socket");
    sockets.listen(listener, path("in"), 1, function, "f.lua:1");
    sockets.start(listener);

    assertThatThrownBy(() -> sockets.listen(listener, path("two"), 1, function, "f.lua:2"))
        .hasMessageContaining("has been started");
    assertThatThrownBy(() -> sockets.listen(sockets.listener(), path("in"), 1, function, "f.lua:3"))
        .hasMessageContaining("already");
  }

  @Test
  void socketsOfARunningScript_openAtOnce() throws Exception {
    sockets.open(loop);
    onLoop(
        () -> {
          listen(path("in"));
          return sockets.endpoint(path("in"));
        });
    await().atMost(PATIENCE).until(this::send);

    assertThat(received.poll(2, TimeUnit.MINUTES)).startsWith("9 \u0001\u0002a message");
  }
}
