// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.ChoiceSettings;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The forwarders of a pool on one event loop, one per server. */
final class Forwarders {
  private final PoolSettings settings;
  private final RandomBits random;
  private final Function<ServerSettings, Forwarder> maker;
  private Map<ServerSettings, Forwarder> all = Map.of();
  private ServerSet set = ServerSet.of();

  /** No forwarders yet. The function creates the forwarder of a new server. */
  Forwarders(PoolSettings settings, RandomBits random, Function<ServerSettings, Forwarder> maker) {
    this.settings = settings;
    this.random = random;
    this.maker = maker;
  }

  /**
   * Replaces the servers. Lookups in flight may finish at a server that is no longer listed; its
   * sockets are closed when nothing is in flight there.
   */
  void set(List<ServerSettings> servers) {
    boolean primary = settings.has(ChannelFlag.PRIMARY) && !servers.isEmpty();
    Map<ServerSettings, Forwarder> next = new LinkedHashMap<>();
    for (ServerSettings server : primary ? servers.subList(0, 1) : servers) {
      Forwarder known = all.get(server);
      next.put(server, known == null ? maker.apply(server) : known);
    }
    all.forEach(
        (server, forwarder) -> {
          if (!next.containsKey(server)) {
            forwarder.retire();
          }
        });
    all = next;
    set = new ServerSet(List.copyOf(next.values()), chooser(next.values()));
  }

  private ServerSet.Chooser chooser(Collection<Forwarder> of) {
    ChoiceSettings choice = settings.choice();
    return switch (choice.policy()) {
      case FIRST_AVAILABLE, PARALLEL ->
          choice.rotate() ? new WeightedRandom(random, false) : new FirstAvailable();
      case LEAST_OUTSTANDING -> new LeastOutstanding();
      case ROUND_ROBIN -> new RoundRobin(of.size());
      case WEIGHTED_RANDOM -> new WeightedRandom(random, true);
      case CONSISTENT_HASH -> new ConsistentHash(new ArrayList<>(of), choice.loadFactor());
    };
  }

  /** The current servers, which a lookup keeps until it ends. */
  ServerSet set() {
    return set;
  }

  /** All current forwarders. Callers must not keep the collection. */
  Collection<Forwarder> all() {
    return all.values();
  }

  void close() {
    all.values().forEach(Forwarder::close);
  }
}
