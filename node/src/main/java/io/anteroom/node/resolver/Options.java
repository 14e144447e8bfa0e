// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.Netmask;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ResolvConf;
import io.anteroom.node.config.ServerText;
import io.anteroom.node.config.TrySettings;
import io.anteroom.node.upstream.SocketListener;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The mutable options of a resolver while its setters are carried out. */
final class Options {
  private static final Path HOSTS = Path.of("/etc/hosts");
  private static final Path SERVICES = Path.of("/etc/services");
  private static final Duration QCACHE_MAX_TTL = Duration.ofHours(1);

  final ServerText.Ports ports;
  PoolSettings channel = PoolSettings.of("resolver", List.of());
  int ndots = 1;
  List<String> domains = List.of();
  boolean bareNames = true;
  List<NameSource> lookups = List.of(NameSource.HOSTS_FILE, NameSource.DNS);
  Path hosts = HOSTS;
  @Nullable Path hostAliases;
  Path services = SERVICES;
  List<Netmask> sortlist = List.of();
  Duration qcacheMaxTtl = QCACHE_MAX_TTL;
  boolean ipv6 = true;
  boolean authenticData;
  int maxLookups = 32_768;
  SocketListener listener = SocketListener.NONE;

  /**
   * Creates options with c-ares' defaults.
   *
   * @param ports the ports of servers that are written without one
   */
  Options(ServerText.Ports ports) {
    this.ports = ports;
  }

  /** Reads resolv.conf, and RES_OPTIONS, LOCALDOMAIN and HOSTALIASES from the environment. */
  void readSystem(Path file, Map<String, String> environment) {
    ResolvConf system = ResolvConf.read(file, environment, ports);
    String aliases = environment.get("HOSTALIASES");
    TrySettings tries = channel.tries();
    channel =
        channel
            .withServers(system.servers())
            .withTries(system.tries(tries))
            .withChoice(system.choice(channel.choice()));
    if (system.useVc()) {
      Set<ChannelFlag> flags = EnumSet.of(ChannelFlag.USE_VC);
      flags.addAll(channel.flags());
      channel = channel.withFlags(flags);
    }
    ndots = system.ndots();
    domains = system.domains();
    sortlist = system.sortlist();
    ipv6 = !system.noAaaa();
    authenticData = system.trustAd();
    bareNames = !system.noTldQuery();
    hostAliases = aliases == null ? null : Path.of(aliases);
  }

  /** Returns the current options as settings. */
  Settings settings() {
    return new Settings(
        channel,
        ports,
        ndots,
        domains,
        bareNames,
        lookups,
        hosts,
        hostAliases,
        services,
        sortlist,
        qcacheMaxTtl,
        ipv6,
        authenticData,
        maxLookups,
        listener);
  }
}
