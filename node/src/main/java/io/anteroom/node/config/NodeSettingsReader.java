// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.node.wire.WireName;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the block {@code anteroom} except its rules. The reference of keys and defaults is the
 * resource {@code anteroom-default.conf}.
 */
public final class NodeSettingsReader {
  /** The built-in zone, which needs no file. */
  public static final String BUILT_IN_ZONE = "anteroom.test";

  /** The filter service of the example filter. */
  public static final String BLOCKLIST = "blocklist";

  private static final Duration DEFAULT_DRAIN = Duration.ofSeconds(6);
  private static final Duration DEFAULT_START = Duration.ofSeconds(5);
  private static final int MAX_LOOPS = 256;
  private static final long LEAST_SUSPENDED_BYTES = 1 << 20;

  private final SettingsReader anteroom;
  private final Path directory;
  private final Machine machine;

  private NodeSettingsReader(SettingsReader anteroom, Path directory, Machine machine) {
    this.anteroom = anteroom;
    this.directory = directory;
    this.machine = machine;
  }

  /**
   * Reads the settings; errors are recorded in the reader.
   *
   * @param directory the directory at which relative paths start
   */
  public static NodeSettings read(SettingsReader anteroom, Path directory) {
    return read(anteroom, directory, Machine.here());
  }

  static NodeSettings read(SettingsReader anteroom, Path directory, Machine machine) {
    return new NodeSettingsReader(anteroom, directory, machine).settings();
  }

  private NodeSettings settings() {
    ListenersReader listeners = new ListenersReader(machine, this::existing);
    List<ListenerSettings> listening = listeners.read(anteroom);
    Map<String, PoolSettings> upstreams = upstreams(listeners);
    Map<String, FilterSettings> filters = filters(upstreams.keySet());
    AdminSettings admin = admin();
    ClusterSettings cluster = cluster();
    PortCheck.check(anteroom, listening, admin, cluster);
    return new NodeSettings(
        listening,
        acl(),
        upstreams,
        filters,
        new PoliciesReader(directory, this::existing).read(anteroom),
        zones(),
        new LocalReader(this::existing).read(anteroom),
        cluster,
        admin,
        embeddedBlocklist(filters),
        CacheReader.maxBytes(anteroom, machine),
        CacheReader.maxVerdictBytes(anteroom, machine),
        loops(),
        maxSuspendedBytes(),
        LimitsReader.responseLimit(anteroom),
        LimitsReader.blocks(anteroom),
        CookieSettings.read(anteroom, this::existing),
        DdrSettings.read(anteroom, listening),
        DataSettings.read(anteroom, directory),
        anteroom.duration("start-within", DEFAULT_START, Duration.ZERO, Duration.ofMinutes(5)),
        anteroom.duration("drain", DEFAULT_DRAIN, Duration.ZERO, Duration.ofMinutes(1)));
  }

  private List<Netmask> acl() {
    if (anteroom.isEmptyList("acl")) {
      anteroom.warn("acl", "is an empty list, so nobody may ask");
    }
    return anteroom.list("acl", () -> Netmask.LOCAL_NETWORKS, Netmask::parse);
  }

  private Map<String, PoolSettings> upstreams(ListenersReader listeners) {
    Map<String, PoolSettings> pools = new LinkedHashMap<>();
    CacheSettings cache = CacheReader.read(anteroom, CacheSettings.DEFAULT);
    UpstreamReader reader = new UpstreamReader(machine, listeners.own(), cache, directory);
    anteroom
        .namedBlocks("upstreams")
        .forEach((name, block) -> pools.put(name, reader.read(name, block)));
    if (!pools.containsKey(PoolSettings.DEFAULT)) {
      SettingsReader absent = anteroom.block("upstreams").block(PoolSettings.DEFAULT);
      pools.put(PoolSettings.DEFAULT, reader.read(PoolSettings.DEFAULT, absent));
    }
    return pools;
  }

  /** The filter services and the operation services, by name. */
  private Map<String, FilterSettings> filters(Set<String> pools) {
    FiltersReader reader = new FiltersReader(directory);
    Map<String, FilterSettings> filters = new LinkedHashMap<>();
    Map<String, SettingsReader> blocks = anteroom.namedBlocks("filters");
    blocks.forEach((name, block) -> filters.put(name, reader.read(name, block)));
    new OperationsReader(directory, pools).read(anteroom, reader, filters);
    GroupReader.check(filters, blocks);
    return filters;
  }

  private List<ZoneSettings> zones() {
    List<ZoneSettings> zones = new ArrayList<>();
    Set<String> origins = new HashSet<>();
    for (SettingsReader block : anteroom.blocks("zones")) {
      block.require("origin");
      String origin = block.parsed("origin", "", NodeSettingsReader::zoneName);
      if (!origins.add(origin)) {
        block.error("origin", "the zone " + origin + " is there already");
      }
      Path file = file(block, "file");
      if (file == null && !origin.equals(BUILT_IN_ZONE) && !block.has("file")) {
        block.error("file", "is missing; only " + BUILT_IN_ZONE + " is built in");
      }
      zones.add(new ZoneSettings(origin, file, directory));
    }
    return zones;
  }

  /** A zone's name in lower case, without the final dot. */
  private static String zoneName(String text) {
    WireName.parse(text);
    String lower = text.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") && lower.length() > 1
        ? lower.substring(0, lower.length() - 1)
        : lower;
  }

  private ClusterSettings cluster() {
    SettingsReader block = anteroom.block("cluster");
    String host = block.text("host", "127.0.0.1");
    boolean insecure = block.flag("insecure", false);
    ClusterSettings.Tls tls = block.has("tls") ? tls(block.block("tls")) : null;
    if (host.equals("0.0.0.0") || host.equals("::")) {
      block.error("host", "is what other members know this one by, so it can't be a wildcard");
    } else if (tls == null && !insecure && !isLoopback(host)) {
      block.error(
          "host", host + " is not loopback: give cluster.tls, or say cluster.insecure = true");
    }
    int port = block.integer("port", ClusterSettings.DEFAULT_PORT, 0, 0xffff);
    InetSocketAddress bind =
        block.has("bind")
            ? block.parsed("bind", new InetSocketAddress(port), Addresses::withPort)
            : null;
    if (bind != null && port == 0) {
      block.error("bind", "needs a port by which other members know this one");
    } else if (bind != null && tls == null && !insecure && !bind.getAddress().isLoopbackAddress()) {
      block.error(
          "bind", "is not a loopback address: give cluster.tls, or say cluster.insecure = true");
    }
    return new ClusterSettings(
        host, port, bind, block.list("seeds", List::of, Addresses::hostAndPort), insecure, tls);
  }

  private ClusterSettings.@Nullable Tls tls(SettingsReader block) {
    block.requireAll("key", "certificate", "ca");
    Path key = file(block, "key");
    Path certificate = file(block, "certificate");
    Path ca = file(block, "ca");
    return key == null || certificate == null || ca == null
        ? null
        : new ClusterSettings.Tls(key, certificate, ca);
  }

  private @Nullable AdminSettings admin() {
    if (anteroom.has("admin") && !anteroom.isBlock("admin")) {
      return anteroom.flag("admin", true) ? AdminSettings.defaults() : null;
    }
    SettingsReader block = anteroom.block("admin");
    AdminSettings defaults = AdminSettings.defaults();
    return new AdminSettings(
        block.parsed(
            "address",
            defaults.address(),
            text -> Addresses.withPortOr(AdminSettings.DEFAULT_PORT, text)),
        block.parsed(
            "token-file", defaults.tokenFile(), text -> AdminSettings.path(directory, text)));
  }

  private static boolean isLoopback(String host) {
    try {
      return host.equals("localhost") || Addresses.literal(host).isLoopbackAddress();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private boolean embeddedBlocklist(Map<String, FilterSettings> filters) {
    boolean embedded = anteroom.flag("embedded-blocklist", false);
    FilterSettings served = filters.get(BLOCKLIST);
    if (embedded && (served == null || !served.hasInstances())) {
      anteroom.error("embedded-blocklist", "needs filters." + BLOCKLIST + ", which it serves");
    }
    return embedded;
  }

  private int loops() {
    int half = Math.min(MAX_LOOPS, Math.max(1, machine.cores() / 2));
    boolean auto = anteroom.text("loops", "auto").equals("auto");
    return auto ? half : anteroom.integer("loops", half, 1, MAX_LOOPS);
  }

  private long maxSuspendedBytes() {
    long quarter = Math.max(LEAST_SUSPENDED_BYTES, machine.heap() / 4);
    boolean auto = anteroom.text("max-suspended-bytes", "auto").equals("auto");
    return auto
        ? quarter
        : anteroom.size(
            "max-suspended-bytes",
            quarter,
            LEAST_SUSPENDED_BYTES,
            Math.max(LEAST_SUSPENDED_BYTES, machine.heap()));
  }

  /** An existing file; null if the key or the file is missing. */
  private @Nullable Path file(SettingsReader block, String key) {
    Path none = Path.of("");
    Path file = block.parsed(key, none, this::existing);
    return file.equals(none) ? null : file;
  }

  private Path existing(String name) {
    Path file = directory.toAbsolutePath().resolve(name).normalize();
    if (Files.isDirectory(file)) {
      throw new IllegalArgumentException("is a directory, not a file: " + file);
    }
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException("no such file: " + file);
    }
    if (!Files.isReadable(file)) {
      throw new IllegalArgumentException("can't be read: " + file);
    }
    return file;
  }
}
