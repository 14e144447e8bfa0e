// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.lua.LuaLimits;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DatagramFilter;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.Program;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.TlsFiles;
import io.anteroom.protocol.Transport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;
import org.xbill.DNS.Type;

/**
 * A node that runs a dnsdist file with a filter: real sockets, a server behind it, and a filter
 * that gets each message as a datagram and answers in text.
 */
final class AsyncRig implements AutoCloseable {
  /** The seed's script, from the examples. */
  static final Path EXAMPLE = Path.of("../deploy/examples/dnsdist/async.lua");

  static final Duration PATIENCE = Duration.ofMinutes(2);

  final ScriptedServer upstream = ScriptedServer.start(Asked::answer);
  private final Path directory;
  private DatagramFilter filter;
  private @Nullable TestNode node;
  private @Nullable Async async;
  private int number;

  /** A filter that plays this script; no node yet. */
  AsyncRig(Path directory, Function<DatagramFilter.Sent, List<String>> script) {
    this.directory = directory;
    this.filter = open(script);
  }

  private DatagramFilter open(Function<DatagramFilter.Sent, List<String>> script) {
    return DatagramFilter.unix(at("filter.sock"), at("verdicts.sock"), script);
  }

  private String at(String name) {
    return directory.resolve(name).toString();
  }

  /** The text of the example, with the sockets and the server of this rig. */
  String example() {
    try {
      return adapted(Files.readString(EXAMPLE));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A text with the sockets and the server of this rig in place of those of the example. */
  String adapted(String text) {
    return text.replace("/run/anteroom", directory.toString())
        .replace("127.0.0.1:5300", "127.0.0.1:" + upstream.address().getPort());
  }

  /** Lines of a file for listeners with certificates, which {@code -l} leaves as they are. */
  static String secureListeners() {
    TlsFiles files = TlsFiles.ofThisRun();
    return Stream.of("TLS", "DOH", "DOQ", "DOH3")
        .map(
            name ->
                "\nadd%sLocal('127.0.0.1:0', '%s', '%s')"
                    .formatted(name, files.certificate(), files.key()))
        .collect(Collectors.joining());
  }

  /**
   * Starts the node with this file, in which the example's paths are replaced; it also listens with
   * all other transports, and waits long for its server.
   */
  AsyncRig start(String text) {
    return start(text, Loader.LOADING);
  }

  /** The same with these limits of Lua. */
  AsyncRig start(String text, LuaLimits limits) {
    try {
      Path file =
          Files.writeString(
              directory.resolve("test.lua"),
              adapted(text) + secureListeners() + "\nsetUDPTimeout(30)");
      DnsdistConfiguration loaded =
          DnsdistConfiguration.load(file, List.of(new InetSocketAddress("127.0.0.1", 0)), limits);
      async = loaded.async();
      // A slow machine must not let the first queries pass before anything can be suspended.
      String settings = loaded.translation().text() + "\nanteroom.start-within = 0\n";
      node = TestNode.start(NodeConfiguration.parse(Translation.NAME, settings, directory, loaded));
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InvalidConfiguration e) {
      throw new AssertionError("the configuration is wrong: " + e.getMessage(), e);
    }
  }

  /** A server is used once a check of its health has ended, which comes before the second one. */
  private void awaitServers(int servers) {
    await("the servers are up")
        .atMost(PATIENCE)
        .until(() -> upstream.queries("a.root-servers.net").size() >= 2 * servers);
  }

  TestNode node() {
    return java.util.Objects.requireNonNull(node);
  }

  DatagramFilter filter() {
    return filter;
  }

  /** Ends the filter, as if its process were killed. */
  void killFilter() {
    filter.close();
  }

  /** Starts another filter at the same path. */
  void startFilter(Function<DatagramFilter.Sent, List<String>> script) {
    removeSocket();
    filter = open(script);
  }

  /** Starts a filter at the same path in a process of its own; it accepts everything. */
  Program startFilterProcess() {
    removeSocket();
    return Program.java(FilterProcess.class.getName(), at("filter.sock"), at("verdicts.sock"))
        .awaitLine(FilterProcess.READY);
  }

  private void removeSocket() {
    try {
      Files.deleteIfExists(Path.of(at("filter.sock")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  long count(AsyncCounter counter) {
    return java.util.Objects.requireNonNull(async).counters().get(counter);
  }

  /** Waits until so much has been counted, and not more. */
  void awaitCount(AsyncCounter counter, long n) {
    await(counter.word()).atMost(PATIENCE).until(() -> count(counter) == n);
  }

  /** Waits until no object is left, and checks that each has ended once. */
  void assertAtRest() {
    Async of = java.util.Objects.requireNonNull(async);
    await("no object is left").atMost(PATIENCE).until(() -> of.objects().live() == 0);
    node().assertAtRest();
    await("each object has ended once")
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(
                        count(AsyncCounter.RESUMED)
                            + count(AsyncCounter.DROPPED)
                            + count(AsyncCounter.UNSETTLED))
                    .isEqualTo(count(AsyncCounter.SUSPENDED)));
  }

  /** A name that has not been asked for. */
  String name(String what) {
    number++;
    return what + "." + number + ".anteroom.test";
  }

  Message ask(Transport transport, String name) {
    try (var client = node().client(transport)) {
      return client.ask(DnsMessages.query(7, name, Type.A));
    }
  }

  @Override
  public void close() {
    if (node != null) {
      node.close();
    }
    filter.close();
    upstream.close();
  }
}
