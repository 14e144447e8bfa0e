// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.admin.FilterRow.InstanceRow;
import io.anteroom.node.admin.FilterRow.Latency;
import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.GroupSettings;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.filter.FilterStatus;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.SuspendedState;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.flow.Waiting;
import io.anteroom.protocol.ToInstance;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorRef;
import org.xbill.DNS.Type;

/** Converts a node's objects to the form in which operators see them. */
final class Views {
  private final AdminParts parts;
  private final Address self;

  Views(AdminParts parts) {
    this(parts, parts.cluster().node());
  }

  Views(AdminParts parts, Address self) {
    this.parts = parts;
    this.self = self;
  }

  /** This node's name. */
  String node() {
    return node(self);
  }

  /** A node's name, which is its address in the cluster. */
  static String node(Address address) {
    return address.getHost().orElse("") + ":" + address.getPort().orElse(0);
  }

  /** The name of the node on which an actor runs. */
  String nodeOf(ActorRef<?> actor) {
    Address address = actor.path().address();
    return node(address.hasGlobalScope() ? address : self);
  }

  SuspendedRow row(Waiting waiting) {
    SuspendedState state = waiting.state();
    Query query = state.query();
    return new SuspendedRow(
        state.key().toString(),
        service(state),
        query.wire().name().toString(),
        Type.string(query.wire().type()),
        Addresses.text(query.client().address()),
        state.stage().word(),
        nodeOf(waiting.entity()),
        ageMillis(state),
        leftMillis(state));
  }

  SuspendedDetail detail(Waiting waiting) {
    SuspendedState state = waiting.state();
    Query query = state.query();
    ActorRef<ToInstance> instance = waiting.instance();
    return new SuspendedDetail(
        state.key().toString(),
        service(state),
        query.wire().name().toString(),
        Type.string(query.wire().type()),
        Addresses.text(query.client().address()),
        query.client().transport().word(),
        state.stage().word(),
        state.nextRule(),
        nodeOf(waiting.entity()),
        ageMillis(state),
        leftMillis(state),
        query.suspensions(),
        query.pool(),
        query.tags(),
        instance == null ? null : path(instance));
  }

  FilterRow filter(FilterService service) {
    FilterStatus status = service.status();
    int asyncId = service.settings().asyncId();
    GroupSettings group = service.settings().group();
    Map<String, Long> counts = new LinkedHashMap<>();
    for (SuspensionCounter counter : SuspensionCounter.values()) {
      counts.put(counter.word(), service.counters().get(counter));
    }
    return new FilterRow(
        service.settings().name(),
        asyncId,
        node(),
        service.isAvailable(),
        service.breaker().state().word(),
        service.limits().live(),
        status.queued(),
        status.outstanding(),
        status.instances().stream()
            .limit(FilterRow.MAX_INSTANCES)
            .map(
                instance ->
                    new InstanceRow(
                        path(instance.ref()),
                        instance.granted(),
                        instance.credits(),
                        instance.outstanding()))
            .toList(),
        counts,
        Latency.of(service.verdictLatency().snapshot()),
        group == null ? List.of() : group.members(),
        group == null ? "" : group.decide().word());
  }

  private String path(ActorRef<ToInstance> instance) {
    return instance.path().toStringWithAddress(self);
  }

  private String service(SuspendedState state) {
    FilterService service = parts.services().get(state.key().asyncId());
    return service == null ? "" : service.settings().name();
  }

  private long leftMillis(SuspendedState state) {
    return Math.max(
        0, (state.deadlineNanos() - parts.resources().nanoTime().getAsLong()) / 1_000_000);
  }

  private long ageMillis(SuspendedState state) {
    FilterService service = parts.services().get(state.key().asyncId());
    return service == null
        ? 0
        : Math.max(0, service.settings().timeout().toMillis() - leftMillis(state));
  }
}
