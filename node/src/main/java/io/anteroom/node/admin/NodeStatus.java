// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.filter.CircuitBreaker;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.listener.Certificates;
import io.anteroom.node.listener.OpenSockets;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Puts together how this node is. Part of an admin agent. */
final class NodeStatus {
  private static final int MILLIS_IN_SECOND = 1000;

  private final AdminParts parts;
  private final Views views;

  NodeStatus(AdminParts parts, Views views) {
    this.parts = parts;
    this.views = views;
  }

  StatusRow row() {
    Collection<FilterService> services = parts.services().all();
    MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    Certificates.Status first = firstToEnd();
    return new StatusRow(
        views.node(),
        BuildVersion.text(),
        ManagementFactory.getRuntimeMXBean().getUptime() / MILLIS_IN_SECOND,
        parts.cluster().ready().getAsBoolean(),
        parts.cluster().localShards().getAsInt(),
        limited(parts.sockets().bound().get().stream().map(NodeStatus::text)),
        parts.resources().counters().get(Counter.QUERIES),
        services.stream().mapToLong(service -> service.limits().live()).sum(),
        parts.resources().cache().stats().entries(),
        services.size(),
        limited(services.stream().flatMap(NodeStatus::away)),
        parts.resources().upstreams().values().stream().mapToInt(p -> p.servers().size()).sum(),
        limited(serversDown().stream()),
        heap.getUsed(),
        heap.getMax(),
        first == null ? "" : first.file(),
        first == null ? "" : first.notAfter().toString());
  }

  private static String text(OpenSockets.Bound bound) {
    return bound.transport().word() + " " + Addresses.text(bound.address());
  }

  private static Stream<String> away(FilterService service) {
    if (!service.isAvailable()) {
      return Stream.of(service.name() + ": no instance is there");
    }
    return service.breaker().state() == CircuitBreaker.State.OPEN
        ? Stream.of(service.name() + ": its circuit breaker is open")
        : Stream.empty();
  }

  private List<String> serversDown() {
    List<String> down = new ArrayList<>();
    parts
        .resources()
        .upstreams()
        .forEach(
            (name, pool) ->
                pool.servers().stream()
                    .filter(server -> !server.up())
                    .forEach(server -> down.add(server.server() + " of pool " + name)));
    return down;
  }

  private Certificates.@Nullable Status firstToEnd() {
    return parts.sockets().certificates().get().stream()
        .min(Comparator.comparing(Certificates.Status::notAfter))
        .orElse(null);
  }

  private static List<String> limited(Stream<String> all) {
    return all.limit(StatusRow.MAX_LISTED).toList();
  }
}
