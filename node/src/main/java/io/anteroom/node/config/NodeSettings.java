// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All settings of a node but its rules.
 *
 * @param acl clients outside it are dropped and counted, before parsing
 * @param upstreams by name; {@link PoolSettings#DEFAULT} is always there
 * @param filters by name
 * @param zones answered locally
 * @param local what is answered here besides
 * @param admin null if nobody may look into the node
 * @param embeddedBlocklist whether the example filter service runs in this process
 * @param cacheBytes bound of the answer cache; 0 for none
 * @param verdictCacheBytes bound of the verdict cache; 0 for none
 * @param loops event loops; each has a UDP socket of every UDP listener
 * @param maxSuspendedBytes of memory that the queries which wait may take together, of all services
 * @param responseLimit null for none
 * @param startWithin how long a node that starts waits for its filters before it answers, at most;
 *     zero for not at all
 * @param drain how long a leaving node waits for its own suspensions, at most
 */
public record NodeSettings(
    List<ListenerSettings> listeners,
    List<Netmask> acl,
    Map<String, PoolSettings> upstreams,
    Map<String, FilterSettings> filters,
    List<ZoneSettings> zones,
    LocalSettings local,
    ClusterSettings cluster,
    @Nullable AdminSettings admin,
    boolean embeddedBlocklist,
    long cacheBytes,
    long verdictCacheBytes,
    int loops,
    long maxSuspendedBytes,
    @Nullable ResponseLimitSettings responseLimit,
    BlocksSettings blocks,
    Duration startWithin,
    Duration drain) {

  public NodeSettings {
    listeners = List.copyOf(listeners);
    acl = List.copyOf(acl);
    upstreams = Map.copyOf(upstreams);
    filters = Map.copyOf(filters);
    zones = List.copyOf(zones);
  }

  /** What the answer cache keeps of the answers of each pool, by name. */
  public Map<String, CacheSettings> caches() {
    Map<String, CacheSettings> caches = new LinkedHashMap<>();
    upstreams.forEach((name, pool) -> caches.put(name, pool.cache()));
    return caches;
  }
}
