// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All settings of a node except its rules.
 *
 * @param acl packets of clients outside it are dropped and counted before parsing
 * @param upstreams the pools by name; {@link PoolSettings#DEFAULT} always exists
 * @param filters the filter services by name
 * @param policies the operator's own code that rules run, by name
 * @param zones the local zones
 * @param local other local data
 * @param admin the HTTP interface; null if it is off
 * @param embeddedBlocklist whether the example filter service runs in this process
 * @param cacheBytes the limit of the answer cache; 0 for no cache
 * @param verdictCacheBytes the limit of the verdict cache; 0 for no cache
 * @param loops the number of event loops; each has a UDP socket for each UDP listener
 * @param maxSuspendedBytes the memory limit of suspended queries, of all services together
 * @param responseLimit response rate limiting; null if it is off
 * @param cookies server cookies for clients; null if they are off
 * @param ddr how clients find listeners with encryption; null if they are not told
 * @param data where files for policies are
 * @param startWithin how long a node waits at most at its start for its filters before it answers;
 *     zero for no wait
 * @param drain how long a node that stops waits at most for its suspended queries
 */
public record NodeSettings(
    List<ListenerSettings> listeners,
    List<Netmask> acl,
    Map<String, PoolSettings> upstreams,
    Map<String, FilterSettings> filters,
    Map<String, PolicySettings> policies,
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
    @Nullable CookieSettings cookies,
    @Nullable DdrSettings ddr,
    DataSettings data,
    Duration startWithin,
    Duration drain) {

  public NodeSettings {
    listeners = List.copyOf(listeners);
    acl = List.copyOf(acl);
    upstreams = Map.copyOf(upstreams);
    filters = Map.copyOf(filters);
    policies = Map.copyOf(policies);
    zones = List.copyOf(zones);
  }

  /** These settings with more services and more policies, whose names must be new. */
  public NodeSettings with(List<FilterSettings> services, Collection<PolicySettings> code) {
    Map<String, FilterSettings> allServices = new LinkedHashMap<>(filters);
    services.forEach(service -> allServices.put(service.name(), service));
    Map<String, PolicySettings> allPolicies = new LinkedHashMap<>(policies);
    code.forEach(policy -> allPolicies.put(policy.name(), policy));
    return new NodeSettings(
        listeners,
        acl,
        upstreams,
        allServices,
        allPolicies,
        zones,
        local,
        cluster,
        admin,
        embeddedBlocklist,
        cacheBytes,
        verdictCacheBytes,
        loops,
        maxSuspendedBytes,
        responseLimit,
        blocks,
        cookies,
        ddr,
        data,
        startWithin,
        drain);
  }

  /** The same with more listeners. */
  public NodeSettings withListeners(List<ListenerSettings> others) {
    List<ListenerSettings> more = new ArrayList<>(listeners);
    more.addAll(others);
    return new NodeSettings(
        more,
        acl,
        upstreams,
        filters,
        policies,
        zones,
        local,
        cluster,
        admin,
        embeddedBlocklist,
        cacheBytes,
        verdictCacheBytes,
        loops,
        maxSuspendedBytes,
        responseLimit,
        blocks,
        cookies,
        ddr,
        data,
        startWithin,
        drain);
  }

  /** The cache settings of each pool, by name. */
  public Map<String, CacheSettings> caches() {
    Map<String, CacheSettings> caches = new LinkedHashMap<>();
    upstreams.forEach((name, pool) -> caches.put(name, pool.cache()));
    return caches;
  }
}
