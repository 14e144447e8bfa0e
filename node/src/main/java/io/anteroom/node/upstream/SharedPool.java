// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.LatencyHistogram;
import io.anteroom.node.tls.TlsProvider;
import io.anteroom.node.upstream.PoolEvent.SetServers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * State of one upstream pool that is shared by the event loops of a node; each loop has its own
 * {@link ServerPool}. Safe for any thread. Only setting the servers and adding a loop take a lock;
 * no query does.
 */
public final class SharedPool {
  private final PoolSettings settings;
  private final Counters<Counter> counters;
  private final WaitingBytes waiting;
  private final LatencyHistogram latency = new LatencyHistogram();
  private final SharedLookups lookups = new SharedLookups();
  private final TlsContexts tls;
  private final AtomicBoolean checked = new AtomicBoolean();
  private final List<ServerPool.Inbox> loops = new ArrayList<>();
  private volatile Map<ServerSettings, ServerHealth> servers = Map.of();

  /**
   * A pool.
   *
   * @param waiting shared by all pools of the node
   */
  public SharedPool(PoolSettings settings, Counters<Counter> counters, WaitingBytes waiting) {
    this.settings = settings;
    this.counters = counters;
    this.waiting = waiting;
    this.tls = new TlsContexts(TlsProvider.AUTO, counters);
    setServers(settings.servers());
  }

  public PoolSettings settings() {
    return settings;
  }

  /** Time from a query's arrival at the pool to its answer, over all event loops. */
  public LatencyHistogram latency() {
    return latency;
  }

  /** State of the servers, in their order. */
  public List<ServerStatus> servers() {
    return servers.values().stream().map(ServerStatus::of).toList();
  }

  /** Whether at least one server is not down. */
  public boolean isUsable() {
    for (ServerHealth health : servers.values()) {
      if (health.isUp()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Sets the servers for new lookups; each loop switches at its next event for this. Lookups in
   * flight keep the servers that they began with. The health of servers that stay is kept.
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

  /** Registers a loop for changes of the servers; returns the current ones. */
  synchronized List<ServerSettings> join(ServerPool.Inbox loop) {
    loops.add(loop);
    return List.copyOf(servers.keySet());
  }

  /** Health of a server; a new one if the server has been removed in the meantime. */
  ServerHealth health(ServerSettings server) {
    ServerHealth known = servers.get(server);
    return known == null ? newHealth(server) : known;
  }

  private ServerHealth newHealth(ServerSettings server) {
    return new ServerHealth(settings.name(), server, settings.health(), counters);
  }

  /** TLS contexts of the servers. */
  TlsContexts tls() {
    return tls;
  }

  WaitingBytes waiting() {
    return waiting;
  }

  SharedLookups lookups() {
    return lookups;
  }

  /** Whether the caller is the one that runs the health checks: true for the first call only. */
  boolean takeChecks() {
    return checked.compareAndSet(false, true);
  }
}
