// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.config.OwnListeners;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.config.ServerText;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The targets of {@code NS} lines in hosts files: upstream pools, and servers, for which pools are
 * created when the node starts. Later there are no new pools. One thread at a time may use it.
 */
final class LocalPools {
  private final Map<String, PoolSettings> upstreams;
  private final OwnListeners listeners;
  private final Map<String, PoolSettings> own = new LinkedHashMap<>();
  private boolean started;

  LocalPools(NodeSettings settings) {
    this.upstreams = settings.upstreams();
    this.listeners =
        new OwnListeners(settings.listeners().stream().map(ListenerSettings::address).toList());
  }

  /**
   * The name of the pool for the target of a line.
   *
   * @throws IllegalArgumentException if there is none
   */
  String find(String target) {
    if (upstreams.containsKey(target)) {
      return target;
    }
    List<ServerSettings> servers;
    try {
      servers = ServerText.parseAll(target);
      servers.forEach(listeners::refuse);
    } catch (IllegalArgumentException e) {
      String what = "NS: " + target + " is neither an upstream pool nor a server: ";
      throw new IllegalArgumentException(what + e.getMessage(), e);
    }
    String name = nameOf(servers);
    if (started && !own.containsKey(name)) {
      throw new IllegalArgumentException(
          "NS: server " + target + " is new: start the node again, or use an upstream pool");
    }
    own.computeIfAbsent(name, key -> PoolSettings.of(key, List.of()).withServers(servers));
    return name;
  }

  /** A name that is valid for an actor, and has a character that configured pools can't have. */
  private static String nameOf(List<ServerSettings> servers) {
    StringBuilder name = new StringBuilder("ns");
    for (ServerSettings server : servers) {
      name.append(name.length() == 2 ? ':' : ',');
      for (char c : ServerText.of(server).replaceAll("[\\[\\]]", "").toCharArray()) {
        boolean plain = Character.isLetterOrDigit(c) || ".:-".indexOf(c) >= 0;
        name.append(plain ? String.valueOf(c) : "~" + (int) c);
      }
    }
    return name.toString();
  }

  /** Returns the pools for servers; later calls of {@link #find} create no new ones. */
  Map<String, PoolSettings> start() {
    started = true;
    return Map.copyOf(own);
  }
}
