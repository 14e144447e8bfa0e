// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigResolveOptions;
import io.anteroom.node.Node;
import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.PolicyProgram;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.sdk.Filter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionFactory;

/**
 * A node with real sockets on free ports of 127.0.0.1, in this JVM, in a cluster of its own. It is
 * ready to suspend when {@link #start} returns.
 */
public final class TestNode implements AutoCloseable {
  private static final Map<String, String> BASE =
      Map.of(
          "listeners",
          """
          [
            { transport = udp, address = "127.0.0.1:0" }
            { transport = tcp, address = "127.0.0.1:0" }
            { transport = tls, address = "127.0.0.1:0", tls %1$s }
            { transport = https, address = "127.0.0.1:0", tls %1$s }
            { transport = quic, address = "127.0.0.1:0", tls %1$s }
            { transport = https3, address = "127.0.0.1:0", tls %1$s }
          ]
          """
              .formatted(TlsFiles.ofThisRun().block()),
          "cluster.port",
          "0",
          "admin",
          "off",
          "special-names",
          "{ except = [test] }",
          "loops",
          "2",
          "start-within",
          "0");

  private final Node node;

  private TestNode(Node node) {
    this.node = node;
  }

  /**
   * Starts one.
   *
   * @param settings what stands in the block {@code anteroom}; listeners, cluster port and loops
   *     are there already, and may be said again
   */
  public static TestNode start(String settings, Map<String, Filter> filters) {
    try {
      return start(configuration(settings), filters);
    } catch (InvalidConfiguration e) {
      throw new AssertionError("the configuration is wrong", e);
    }
  }

  /** Starts one from a file, which it can load again. */
  public static TestNode start(Path file, Map<String, Filter> filters) {
    try {
      return start(NodeConfiguration.load(file), filters);
    } catch (InvalidConfiguration e) {
      throw new AssertionError("the configuration is wrong", e);
    }
  }

  /** Writes a file for such a node; the same settings as with {@link #start}. */
  public static void write(Path file, String settings) {
    try {
      Files.writeString(file, text(settings));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(String settings) {
    StringBuilder text = new StringBuilder("anteroom {\n");
    Config said = said(settings);
    BASE.forEach(
        (key, value) -> {
          if (!said.hasPathOrNull(key)) {
            text.append(key).append(" = ").append(value).append('\n');
          }
        });
    return text.append(settings).append("\n}").toString();
  }

  /** What a test sets itself; nothing if it can't be read, which the node is to find out. */
  private static Config said(String settings) {
    try {
      ConfigResolveOptions asFar = ConfigResolveOptions.noSystem().setAllowUnresolved(true);
      return ConfigFactory.parseString(settings).resolve(asFar);
    } catch (ConfigException e) {
      return ConfigFactory.empty();
    }
  }

  /** Starts one whose rules may name these policies. */
  public static TestNode start(String settings, Path directory, PolicyProgram... policies) {
    try {
      return start(
          PlayedPolicies.configuration(text(settings) + "\n", directory, policies), Map.of());
    } catch (InvalidConfiguration e) {
      throw new AssertionError("the configuration is wrong", e);
    }
  }

  /** Starts one with this configuration as it is. */
  public static TestNode start(NodeConfiguration configuration) {
    return start(configuration, Map.of());
  }

  private static TestNode start(NodeConfiguration configuration, Map<String, Filter> filters) {
    try {
      TestNode node = new TestNode(Node.start(configuration, filters));
      node.node.whenReady().toCompletableFuture().get(2, TimeUnit.MINUTES);
      return node;
    } catch (Exception e) {
      throw new AssertionError("the node does not start", e);
    }
  }

  /** The configuration of such a node. */
  public static NodeConfiguration configuration(String settings) throws InvalidConfiguration {
    return NodeConfiguration.parse(text(settings));
  }

  public Node node() {
    return node;
  }

  /** The first address with this transport. */
  public InetSocketAddress address(Transport transport) {
    return addresses(transport).get(0);
  }

  /** The addresses with this transport, in the order of the configuration. */
  public List<InetSocketAddress> addresses(Transport transport) {
    return node.listening().stream()
        .filter(bound -> bound.transport() == transport)
        .map(bound -> bound.address())
        .toList();
  }

  /** A client of the first address with this transport. */
  public DnsClient client(Transport transport) {
    return client("127.0.0.1", transport);
  }

  /** The same, from this address. */
  public DnsClient client(String from, Transport transport) {
    InetSocketAddress server = address(transport);
    return switch (transport) {
      case UDP -> new UdpClient(from, server);
      case TCP -> new TcpClient(from, server);
      case TLS -> TcpClient.tls(from, server);
      case HTTPS -> HttpsClient.connect(from, server);
      case QUIC -> new QuicClient(from, server);
      case HTTPS3 -> new Https3Client(from, server);
    };
  }

  public UdpClient udp() {
    return new UdpClient("127.0.0.1", address(Transport.UDP));
  }

  public TcpClient tcp() {
    return new TcpClient("127.0.0.1", address(Transport.TCP));
  }

  public long count(Counter counter) {
    return node.counters().get(counter);
  }

  public long count(int asyncId, SuspensionCounter counter) {
    return node.services().get(asyncId).counters().get(counter);
  }

  /** Waits until so much has been counted, and not more. */
  public void awaitCount(Counter counter, long n) {
    soon(counter.word()).untilAsserted(() -> assertThat(count(counter)).isEqualTo(n));
  }

  /** Waits until so much has been counted, and not more. */
  public void awaitCount(int asyncId, SuspensionCounter counter, long n) {
    soon(counter.word()).untilAsserted(() -> assertThat(count(asyncId, counter)).isEqualTo(n));
  }

  /**
   * Waits until every suspension has ended, and sees that each has ended once: requested = accepted
   * + refused, accepted = all the ends together, for each service.
   */
  public void assertAtRest() {
    soon("at rest").untilAsserted(() -> node.services().values().forEach(TestNode::assertAtRest));
  }

  private static void assertAtRest(FilterService service) {
    Counters<SuspensionCounter> of = service.counters();
    String name = service.settings().name();
    long accepted = of.get(SuspensionCounter.ACCEPTED);
    assertThat(of.get(SuspensionCounter.REQUESTED))
        .as("%s: requested = accepted + refused", name)
        .isEqualTo(accepted + refused(of));
    assertThat(accepted).as("%s: accepted = all that ended", name).isEqualTo(ended(of));
  }

  /** A wait that usually need not wait. */
  private static ConditionFactory soon(String what) {
    return await(what)
        .atMost(DnsClient.PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5));
  }

  private static long refused(Counters<SuspensionCounter> of) {
    return of.get(SuspensionCounter.REFUSED_NO_FILTER)
        + of.get(SuspensionCounter.REFUSED_NO_HOME)
        + of.get(SuspensionCounter.REFUSED_LIMIT)
        + of.get(SuspensionCounter.REFUSED_CLIENT_LIMIT)
        + of.get(SuspensionCounter.REFUSED_MEMORY)
        + of.get(SuspensionCounter.REFUSED_BREAKER)
        + of.get(SuspensionCounter.REFUSED_TOO_OFTEN);
  }

  private static long ended(Counters<SuspensionCounter> of) {
    return of.get(SuspensionCounter.RESUMED)
        + of.get(SuspensionCounter.DROPPED)
        + of.get(SuspensionCounter.TIMED_OUT)
        + of.get(SuspensionCounter.WITHDRAWN)
        + of.get(SuspensionCounter.CLIENT_GONE)
        + of.get(SuspensionCounter.NOT_NEEDED)
        + of.get(SuspensionCounter.LOST);
  }

  /** Stops the node and waits for its end. */
  @Override
  public void close() {
    try {
      node.stop().toCompletableFuture().get(2, TimeUnit.MINUTES);
    } catch (Exception e) {
      throw new AssertionError("the node does not stop", e);
    }
  }
}
