// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the filter services and the operation services, one block after the other, and reports
 * asyncIDs that are used twice.
 */
final class FiltersReader {
  private enum Transport {
    UNIX,
    UDP,
    HTTP
  }

  private static final int MANY = 10_000_000;
  private static final Duration MAX_WINDOW = Duration.ofHours(1);

  private final Path directory;

  /** The path of the service that has an asyncID. */
  private final Map<Integer, String> paths = new HashMap<>();

  private final Map<String, String> receivers = new HashMap<>();

  /** Takes the directory that relative paths are resolved against. */
  FiltersReader(Path directory) {
    this.directory = directory;
  }

  FilterSettings read(String name, SettingsReader block) {
    GroupSettings group = GroupReader.read(block);
    return new FilterSettings(
        name,
        asyncId("filters." + name, block),
        timeout(block, FilterSettings.DEFAULT_TIMEOUT),
        block.word("on-timeout", Policy.CONTINUE),
        block.word("on-overload", Policy.CONTINUE),
        block.word("on-no-filter", Policy.CONTINUE),
        block.integer("max-suspended", FilterSettings.DEFAULT_MAX_SUSPENDED, 1, MANY),
        block.integer("max-per-client", FilterSettings.DEFAULT_MAX_PER_CLIENT, 1, MANY),
        block.integer("max-queued", FilterSettings.DEFAULT_MAX_QUEUED, 0, MANY),
        group == null ? breaker(block) : null,
        group == null && block.has("connector") ? connector(name, block.block("connector")) : null,
        group);
  }

  /**
   * Reads an operation service. There are no policies for the cases in which an operation has no
   * result: the policy that started it gets a result code.
   */
  FilterSettings readOperation(
      String name, SettingsReader block, ConnectorSettings.@Nullable Operation operation) {
    return new FilterSettings(
        name,
        asyncId("operations." + name, block),
        timeout(block, FilterSettings.DEFAULT_OPERATION_TIMEOUT),
        Policy.CONTINUE,
        Policy.CONTINUE,
        Policy.CONTINUE,
        block.integer("max-suspended", FilterSettings.DEFAULT_MAX_SUSPENDED, 1, MANY),
        block.integer("max-per-client", FilterSettings.DEFAULT_MAX_PER_CLIENT, 1, MANY),
        block.integer("max-queued", FilterSettings.DEFAULT_MAX_QUEUED, 0, MANY),
        breaker(block),
        operation);
  }

  private int asyncId(String path, SettingsReader block) {
    block.require("async-id");
    int asyncId = block.integer("async-id", 0, 0, 0xffff);
    String first = paths.putIfAbsent(asyncId, path);
    if (first != null && block.has("async-id")) {
      block.error("async-id", asyncId + " is taken by " + first);
    }
    return asyncId;
  }

  private static Duration timeout(SettingsReader block, Duration fallback) {
    return block.duration("timeout", fallback, Duration.ofMillis(1), Duration.ofHours(1));
  }

  private static @Nullable BreakerSettings breaker(SettingsReader filter) {
    BreakerSettings defaults = BreakerSettings.DEFAULT;
    if (filter.has("breaker") && !filter.isBlock("breaker")) {
      return filter.flag("breaker", true) ? defaults : null;
    }
    SettingsReader block = filter.block("breaker");
    return new BreakerSettings(
        block.number("ratio", defaults.ratio(), 0.01, 1),
        block.integer("at-least", defaults.atLeast(), 1, MANY),
        block.duration("window", defaults.window(), Duration.ofMillis(10), MAX_WINDOW),
        block.duration("probe-every", defaults.probeEvery(), Duration.ofMillis(10), MAX_WINDOW));
  }

  private @Nullable ConnectorSettings connector(String name, SettingsReader block) {
    Transport transport = block.word("transport", Transport.UNIX);
    if (transport == Transport.HTTP) {
      return new HttpConnectorReader(directory).read(block);
    } else if (!block.requireAll("transport", "send-to")) {
      return null;
    }
    return transport == Transport.UNIX ? unix(name, block) : udp(block);
  }

  private ConnectorSettings unix(String name, SettingsReader block) {
    String sendTo = block.parsed("send-to", "", this::path);
    String receiveAt = block.has("receive-at") ? block.parsed("receive-at", "", this::path) : null;
    if (receiveAt != null && !receiveAt.isEmpty()) {
      String first = receivers.putIfAbsent(receiveAt, name);
      if (first != null) {
        block.error("receive-at", receiveAt + " is taken by filters." + first);
      } else if (receiveAt.equals(sendTo)) {
        block.error("receive-at", "is where the messages go, so verdicts can't come in there");
      }
    }
    return new ConnectorSettings.Unix(sendTo, receiveAt);
  }

  /** The absolute path of a socket, or a name that starts with {@code @}, unchanged. */
  private String path(String text) {
    if (text.isEmpty() || text.equals("@") || text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("is no path");
    }
    String path =
        text.startsWith("@")
            ? text
            : directory.toAbsolutePath().resolve(text).normalize().toString();
    int length = path.getBytes(StandardCharsets.UTF_8).length;
    if (length > ConnectorSettings.Unix.MAX_PATH) {
      throw new IllegalArgumentException(
          "the path of a socket has at most %d bytes, not %d: %s"
              .formatted(ConnectorSettings.Unix.MAX_PATH, length, path));
    }
    return path;
  }

  private static ConnectorSettings udp(SettingsReader block) {
    InetSocketAddress none = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    InetSocketAddress sendTo = block.parsed("send-to", none, FiltersReader::destination);
    boolean anywhere = block.flag("anywhere", false);
    if (!anywhere && !sendTo.getAddress().isLoopbackAddress()) {
      block.error(
          "send-to",
          Addresses.text(sendTo)
              + " is not loopback, and whoever is on the way can read and decide: say anywhere = on"
              + " if that is meant");
    }
    return new ConnectorSettings.Udp(sendTo);
  }

  private static InetSocketAddress destination(String text) {
    InetSocketAddress address = Addresses.withPort(text);
    if (address.getPort() == 0
        || address.getAddress().isAnyLocalAddress()
        || address.getAddress().isMulticastAddress()) {
      throw new IllegalArgumentException("nothing can be sent to \"" + text + "\"");
    }
    return address;
  }
}
