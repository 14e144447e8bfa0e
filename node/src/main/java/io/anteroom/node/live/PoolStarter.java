// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.live;

import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.UpstreamCommand;
import io.anteroom.node.net.EventLoops;
import io.anteroom.node.query.UpstreamPools;
import io.anteroom.node.upstream.SharedPool;
import io.anteroom.node.upstream.UpstreamPool;
import io.anteroom.node.upstream.WaitingBytes;
import io.anteroom.node.zone.LocalData;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;

/**
 * Starts upstream pools on all event loops and ends pools that get no more queries. Used by one
 * actor at a time.
 */
public final class PoolStarter {
  private final EventLoops loops;
  private final Map<String, SharedPool> shared;
  private final Counters<Counter> counters;
  private final WaitingBytes waiting = WaitingBytes.ofHeap();
  private final LongSupplier clock;
  private final SecureRandom random;

  /** Pools that no query uses yet. */
  private final Map<String, SharedPool> fresh = new HashMap<>();

  /** The actors of those. */
  private final List<ActorRef<UpstreamCommand>> freshActors = new ArrayList<>();

  private int started;

  /**
   * Creates a starter.
   *
   * @param shared the parts of pools that all loops share, by pool name; a thread-safe map, kept up
   *     to date here
   */
  public PoolStarter(
      EventLoops loops,
      Map<String, SharedPool> shared,
      Counters<Counter> counters,
      LongSupplier clock,
      SecureRandom random) {
    this.loops = loops;
    this.shared = shared;
    this.counters = counters;
    this.clock = clock;
    this.random = random;
  }

  /** Starts the initial pools of a node. */
  public void start(ActorContext<?> context, Live live) {
    Serving empty = live.serving();
    Serving now =
        new Serving(
            empty.settings(),
            empty.rules(),
            empty.local(),
            prepare(context, empty, empty.settings(), empty.local()));
    live.set(now);
    finish(empty, now);
  }

  /**
   * Returns the node's next pools. A pool whose settings are the same, apart from its servers, is
   * kept; the others are started.
   */
  Map<String, List<UpstreamPools.Pool>> prepare(
      ActorContext<?> context, Serving now, NodeSettings next, LocalData local) {
    Map<String, List<UpstreamPools.Pool>> pools = new HashMap<>();
    settings(next, local)
        .forEach(
            (name, settings) -> {
              List<UpstreamPools.Pool> known = now.pools().get(name);
              pools.put(
                  name,
                  known != null && isSameButServers(known.get(0).settings(), settings)
                      ? known.stream()
                          .map(p -> new UpstreamPools.Pool(p.actor(), settings))
                          .toList()
                      : start(context, settings));
            });
    return pools;
  }

  /** The pools of the configuration, and those of servers that hosts files name. */
  private static Map<String, PoolSettings> settings(NodeSettings settings, LocalData local) {
    Map<String, PoolSettings> all = new LinkedHashMap<>(settings.upstreams());
    all.putAll(local.pools());
    return all;
  }

  private static boolean isSameButServers(PoolSettings one, PoolSettings other) {
    return one.withServers(other.servers()).equals(other);
  }

  private List<UpstreamPools.Pool> start(ActorContext<?> context, PoolSettings settings) {
    SharedPool pool = new SharedPool(settings, counters, waiting);
    int number = started++;
    List<UpstreamPools.Pool> onLoops = new ArrayList<>();
    for (int loop = 0; loop < loops.count(); loop++) {
      ActorRef<UpstreamCommand> actor =
          context.spawn(
              UpstreamPool.create(pool, loops.get(loop), counters, clock, random),
              "upstream-" + number + "-" + loop,
              DispatcherSelector.fromConfig(EventLoops.dispatcher(loop)));
      onLoops.add(new UpstreamPools.Pool(actor, settings));
      freshActors.add(actor);
    }
    fresh.put(settings.name(), pool);
    return onLoops;
  }

  /** Called when queries use the next pools: sets their servers and ends removed pools. */
  void finish(Serving before, Serving now) {
    before
        .pools()
        .forEach(
            (name, pools) -> {
              if (!isKept(pools, now.pools().get(name))) {
                pools.forEach(pool -> pool.actor().tell(UpstreamPool.retire()));
              }
            });
    shared.putAll(fresh);
    fresh.clear();
    freshActors.clear();
    shared.keySet().retainAll(now.pools().keySet());
    // Also replaces servers that an operator has set.
    shared.forEach((name, pool) -> pool.setServers(servers(now, name)));
  }

  /** Ends the pools that have been prepared and that no query will use. */
  void abandon() {
    freshActors.forEach(actor -> actor.tell(UpstreamPool.retire()));
    freshActors.clear();
    fresh.clear();
  }

  private static List<ServerSettings> servers(Serving now, String name) {
    List<UpstreamPools.Pool> pools = now.pools().get(name);
    return pools == null ? List.of() : pools.get(0).settings().servers();
  }

  private static boolean isKept(
      List<UpstreamPools.Pool> pools, @Nullable List<UpstreamPools.Pool> now) {
    return now != null && now.get(0).actor().equals(pools.get(0).actor());
  }
}
