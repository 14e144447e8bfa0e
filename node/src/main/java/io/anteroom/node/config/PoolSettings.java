// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;

/**
 * Settings of one upstream pool.
 *
 * @param servers at most {@link #MAX_SERVERS}; if it is empty, every query to the pool fails
 */
public record PoolSettings(
    String name,
    List<ServerSettings> servers,
    ChoiceSettings choice,
    TrySettings tries,
    SocketSettings sockets,
    HealthSettings health,
    Set<ChannelFlag> flags,
    CacheSettings cache) {

  public static final String DEFAULT = "default";

  /**
   * The maximum number of servers: a lookup stores the servers that it has tried as bits of a long.
   */
  public static final int MAX_SERVERS = 64;

  public PoolSettings {
    servers = List.copyOf(servers);
    flags = Set.copyOf(flags);
  }

  /** Settings with c-ares' defaults and a deadline of 4 s. */
  public static PoolSettings of(String name, List<InetSocketAddress> servers) {
    return new PoolSettings(
        name,
        ServerSettings.of(servers),
        ChoiceSettings.DEFAULT,
        TrySettings.DEFAULT,
        SocketSettings.DEFAULT,
        HealthSettings.DEFAULT,
        ChannelFlag.defaults(),
        CacheSettings.DEFAULT);
  }

  public boolean has(ChannelFlag flag) {
    return flags.contains(flag);
  }

  public PoolSettings withServers(List<ServerSettings> others) {
    return new PoolSettings(name, others, choice, tries, sockets, health, flags, cache);
  }

  public PoolSettings withTries(TrySettings others) {
    return new PoolSettings(name, servers, choice, others, sockets, health, flags, cache);
  }

  public PoolSettings withSockets(SocketSettings others) {
    return new PoolSettings(name, servers, choice, tries, others, health, flags, cache);
  }

  public PoolSettings withFlags(Set<ChannelFlag> others) {
    return new PoolSettings(name, servers, choice, tries, sockets, health, others, cache);
  }

  public PoolSettings withChoice(ChoiceSettings other) {
    return new PoolSettings(name, servers, other, tries, sockets, health, flags, cache);
  }

  public PoolSettings withCache(CacheSettings other) {
    return new PoolSettings(name, servers, choice, tries, sockets, health, flags, other);
  }

  public PoolSettings withHealth(HealthSettings other) {
    return new PoolSettings(name, servers, choice, tries, sockets, other, flags, cache);
  }
}
