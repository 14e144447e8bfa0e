// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.LatencyHistogram;
import io.anteroom.node.upstream.PoolEvent.SetServers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What the event loops of a node have in common for one upstream pool, each of which has a {@link
 * ServerPool} of its own. Safe for any thread. Only what is done when servers are set takes a lock;
 * the way of a query has none.
 */
public final class SharedPool {
  private final PoolSettings settings;
  private final Counters<Counter> counters;
  private final WaitingBytes waiting;
  private final LatencyHistogram latency = new LatencyHistogram();
  private final SharedLookups lookups = new SharedLookups();
  private final AtomicBoolean checked = new AtomicBoolean();
  private final List<ServerPool.Inbox> loops = new ArrayList<>();
  private volatile Map<ServerSettings, ServerHealth> servers = Map.of();

  /**
   * A pool.
   *
   * @param waiting common to all pools of the node
   */
  public SharedPool(PoolSettings settings, Counters<Counter> counters, WaitingBytes waiting) {
    this.settings = settings;
    this.counters = counters;
    this.waiting = waiting;
    setServers(settings.servers());
  }

  public PoolSettings settings() {
    return settings;
  }

  /** Of the answers, from when a query was sent to the pool; all loops together. */
  public LatencyHistogram latency() {
    return latency;
  }

  /** The servers in their order, and how they do. */
  public List<ServerStatus> servers() {
    return servers.values().stream().map(ServerStatus::of).toList();
  }

  /** Whether there is a server that is not down. */
  public boolean isUsable() {
    for (ServerHealth health : servers.values()) {
      if (health.isUp()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Has queries from now on go to these servers, on each loop from one query to the next; those in
   * flight end where they are. What is known of servers that stay is kept.
   */
  public synchronized void setServers(List<ServerSettings> next) {
    Map<ServerSettings, ServerHealth> known = servers;
    Map<ServerSettings, ServerHealth> now = new LinkedHashMap<>();
    for (ServerSettings server : next) {
      ServerHealth health = known.get(server);
      now.put(server, health == null ? newHealth(server) : health);
    }
    servers = now;
    SetServers set = new SetServers(List.copyOf(now.keySet()));
    loops.forEach(loop -> loop.tell(set));
  }

  /** Tells this loop when servers are set; returns those to begin with. */
  synchronized List<ServerSettings> join(ServerPool.Inbox loop) {
    loops.add(loop);
    return List.copyOf(servers.keySet());
  }

  /** How a server does; one that has been taken away meanwhile is new. */
  ServerHealth health(ServerSettings server) {
    ServerHealth known = servers.get(server);
    return known == null ? newHealth(server) : known;
  }

  private ServerHealth newHealth(ServerSettings server) {
    return new ServerHealth(settings.name(), server, settings.health(), counters);
  }

  WaitingBytes waiting() {
    return waiting;
  }

  SharedLookups lookups() {
    return lookups;
  }

  /** Whether the one who asks is to check the servers; yes for the first one only. */
  boolean takeChecks() {
    return checked.compareAndSet(false, true);
  }
}
