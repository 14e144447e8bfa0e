// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** Reads an upstream pool, and refuses a server that is this node itself. */
final class UpstreamReader {
  private static final String SYSTEM = "system";
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final int MAX_OUTSTANDING = 1_000_000;
  private static final int MAX_BUFFER = 1 << 30;
  private static final Duration MAX_TIME = Duration.ofMinutes(1);
  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Map<String, ChannelFlag> FLAGS =
      Arrays.stream(ChannelFlag.values())
          .collect(Collectors.toMap(Words::of, flag -> flag, (a, b) -> a, LinkedHashMap::new));

  private final Machine machine;
  private final OwnListeners listeners;
  private final CacheSettings cache;
  private final Path directory;

  /**
   * Creates a reader of pools.
   *
   * @param cache the cache settings of a pool without its own
   * @param directory the directory of relative file names
   */
  UpstreamReader(Machine machine, OwnListeners listeners, CacheSettings cache, Path directory) {
    this.directory = directory.toAbsolutePath();
    this.cache = cache;
    this.machine = machine;
    this.listeners = listeners;
  }

  PoolSettings read(String name, SettingsReader block) {
    if (!NAME.matcher(name).matches()) {
      block.error("the name of a pool has 1 to 64 letters, digits and any of - _ .");
    }
    return new PoolSettings(
        name,
        servers(name, block),
        choice(block),
        tries(block),
        sockets(block),
        health(block),
        flags(block),
        CacheReader.read(block, cache));
  }

  private static ChoiceSettings choice(SettingsReader block) {
    ChoiceSettings defaults = ChoiceSettings.DEFAULT;
    return new ChoiceSettings(
        block.word("policy", defaults.policy()),
        block.flag("rotate", defaults.rotate()),
        block.integer("parallel", defaults.width(), 2, PoolSettings.MAX_SERVERS),
        block.duration("grace", defaults.grace(), Duration.ZERO, MAX_TIME),
        block.number("load-factor", defaults.loadFactor(), 1.01, 100));
  }

  private static TrySettings tries(SettingsReader block) {
    TrySettings defaults = TrySettings.DEFAULT;
    return new TrySettings(
        block.duration("timeout", defaults.timeout(), MILLI, MAX_TIME),
        block.duration("max-timeout", defaults.maxTimeout(), MILLI, MAX_TIME),
        block.integer("tries", defaults.tries(), 1, 10),
        block.duration("deadline", defaults.deadline(), MILLI, MAX_TIME),
        new HashSet<>(
            block.list(
                "failover-on",
                () -> new ArrayList<>(defaults.failoverOn()),
                UpstreamReader::rcode)));
  }

  private static SocketSettings sockets(SettingsReader block) {
    SocketSettings defaults = SocketSettings.DEFAULT;
    return new SocketSettings(
        block.integer("sockets", defaults.sockets(), 1, 256),
        block.integer("udp-max-queries", defaults.udpMaxQueries(), 1, Integer.MAX_VALUE),
        block.duration(
            "socket-life", defaults.socketLife(), Duration.ofSeconds(1), Duration.ofDays(1)),
        block.integer("max-outstanding", defaults.maxOutstanding(), 1, MAX_OUTSTANDING),
        localAddress(block),
        block.size("socket-receive-buffer", defaults.receiveBuffer(), 4_096, MAX_BUFFER),
        block.size("socket-send-buffer", defaults.sendBuffer(), 0, MAX_BUFFER),
        block.integer("edns-size", defaults.ednsSize(), 512, 4_096),
        block.flag("cookies", defaults.cookies()));
  }

  private static @Nullable InetAddress localAddress(SettingsReader block) {
    InetAddress none = InetAddress.getLoopbackAddress();
    InetAddress address = block.parsed("local-address", none, Addresses::literal);
    return block.has("local-address") ? address : null;
  }

  private static HealthSettings health(SettingsReader block) {
    HealthSettings defaults = HealthSettings.DEFAULT;
    SettingsReader failover = block.block("server-failover");
    return new HealthSettings(
        failover.integer("retry-chance", defaults.retryChance(), 0, 65_535),
        failover.duration("retry-delay", defaults.retryDelay(), MILLI, Duration.ofHours(1)),
        failover.integer("down-after", defaults.downAfter(), 1, 1_000),
        block.has("check") ? check(block) : null);
  }

  private static HealthSettings.@Nullable Check check(SettingsReader pool) {
    if (!pool.isBlock("check")) {
      pool.error("check", "must be a block with a name");
      return null;
    }
    SettingsReader block = pool.block("check");
    block.require("name");
    return new HealthSettings.Check(
        block.parsed("name", ".", UpstreamReader::name),
        block.parsed("type", Type.A, UpstreamReader::type),
        block.duration(
            "interval", Duration.ofSeconds(10), Duration.ofMillis(100), Duration.ofHours(1)),
        block.duration("timeout", Duration.ofSeconds(2), MILLI, MAX_TIME),
        block.has("failing")
            ? Set.copyOf(block.list("failing", List::of, UpstreamReader::rcode))
            : null);
  }

  private static String name(String text) {
    try {
      return Name.fromString(text, Name.root).toString();
    } catch (TextParseException e) {
      throw new IllegalArgumentException("is no domain name: \"" + text + "\"", e);
    }
  }

  private static int type(String text) {
    int type = Type.value(text, true);
    if (type < 0) {
      throw new IllegalArgumentException("is no type of record: \"" + text + "\"");
    }
    return type;
  }

  private static int rcode(String text) {
    int rcode = Rcode.value(text);
    if (rcode < 0) {
      throw new IllegalArgumentException("is no response code: \"" + text + "\"");
    }
    return rcode;
  }

  private static Set<ChannelFlag> flags(SettingsReader block) {
    List<ChannelFlag> flags =
        block.list(
            "flags",
            () -> List.copyOf(ChannelFlag.defaults()),
            text -> {
              ChannelFlag flag = FLAGS.get(text);
              if (flag == null) {
                throw new IllegalArgumentException(SettingsReader.unknown(text, FLAGS.keySet()));
              }
              return flag;
            });
    Set<ChannelFlag> all = EnumSet.noneOf(ChannelFlag.class);
    all.addAll(flags);
    return all;
  }

  /** Reads the servers, which are required for all pools except the default one. */
  private List<ServerSettings> servers(String name, SettingsReader block) {
    boolean fromSystem = name.equals(PoolSettings.DEFAULT) && !block.has("servers");
    if (fromSystem || (!block.isList("servers") && SYSTEM.equals(block.text("servers", "")))) {
      machine.servers().stream()
          .filter(listeners::include)
          .forEach(
              server ->
                  block.error("servers", OwnListeners.message(server) + " (from resolv.conf)"));
      if (machine.servers().isEmpty()) {
        block.warn(
            "servers",
            "%s names no server, so all that is sent to this pool gets SERVFAIL"
                .formatted(ResolvConf.SYSTEM));
      }
      return ServerSettings.of(machine.servers());
    }
    block.require("servers");
    List<ServerSettings> servers =
        block.list("servers", List::of, this::servers).stream().flatMap(List::stream).toList();
    if (servers.size() > PoolSettings.MAX_SERVERS) {
      block.error(
          "servers", "are %d, at most %d".formatted(servers.size(), PoolSettings.MAX_SERVERS));
      return List.of();
    }
    return servers;
  }

  private List<ServerSettings> servers(String text) {
    List<ServerSettings> servers = ServerText.parseAll(text, ServerText.Ports.DEFAULT, directory);
    for (ServerSettings server : servers) {
      listeners.refuse(server);
    }
    return servers;
  }
}
