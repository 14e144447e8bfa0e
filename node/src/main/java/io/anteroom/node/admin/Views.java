// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.admin.FilterRow.InstanceRow;
import io.anteroom.node.admin.FilterRow.Latency;
import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.ConnectorSettings;
import io.anteroom.node.config.GroupSettings;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.filter.FilterStatus;
import io.anteroom.node.flow.Continuation;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.SuspendedState;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.flow.Waiting;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.ToInstance;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Type;

/** Converts a node's objects to the form in which operators see them. */
final class Views {
  private static final int MAX_ARGUMENTS = 400;
  private static final int MAX_NAMES = 20;

  /** Many rows must fit into one message between nodes. */
  private static final int MAX_ROUTE = 100;

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
        leftMillis(state),
        Objects.requireNonNullElse(route(query), ""),
        Objects.requireNonNullElse(kind(state), ""),
        query.client().identity());
  }

  private static @Nullable String route(Query query) {
    Continuation continuation = query.continuation();
    return continuation == null || continuation.route().isEmpty()
        ? null
        : cut(continuation.route());
  }

  private @Nullable String kind(SuspendedState state) {
    FilterService service = parts.services().get(state.key().asyncId());
    ConnectorSettings.Operation operation = service == null ? null : service.settings().operation();
    return operation == null ? null : operation.key();
  }

  private static @Nullable String arguments(Query query) {
    Continuation continuation = query.continuation();
    Operation operation = continuation == null ? null : continuation.operation();
    if (operation == null) {
      return null;
    }
    StringBuilder text = new StringBuilder();
    // A sorted copy, so that an operator always sees the same order.
    new TreeMap<>(operation.arguments())
        .forEach(
            (name, value) -> {
              if (text.length() <= MAX_ARGUMENTS) {
                text.append(text.isEmpty() ? "" : " ").append(name).append('=');
                append(text, value);
              }
            });
    return text.length() <= MAX_ARGUMENTS
        ? text.toString()
        : text.substring(0, MAX_ARGUMENTS) + "...";
  }

  /** Appends a value, and no more of a long one than can be shown. */
  private static void append(StringBuilder text, @Nullable Object value) {
    if (text.length() > MAX_ARGUMENTS) {
      return;
    } else if (value instanceof byte[] bytes) {
      text.append('(').append(bytes.length).append(" bytes)");
    } else if (value instanceof String word) {
      text.append(word, 0, Math.min(word.length(), MAX_ARGUMENTS + 1));
    } else if (value instanceof List<?> list) {
      text.append('[');
      for (int i = 0; i < list.size() && text.length() <= MAX_ARGUMENTS; i++) {
        text.append(i == 0 ? "" : ", ");
        append(text, list.get(i));
      }
      text.append(']');
    } else if (value instanceof Map<?, ?> map) {
      append(text, map.entrySet().stream().map(e -> e.getKey() + "=...").limit(MAX_NAMES).toList());
    } else {
      text.append(value);
    }
  }

  private static String cut(String text) {
    return text.substring(0, Math.min(text.length(), MAX_ROUTE));
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
        instance == null ? null : path(instance),
        route(query),
        kind(state),
        arguments(query),
        orNull(query.client().identity()),
        orNull(query.client().session().serverName()),
        orNull(query.client().session().path()));
  }

  private static @Nullable String orNull(String text) {
    return text.isEmpty() ? null : text;
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
