// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.live;

import io.anteroom.node.cache.Purger.Forget;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.GroupSettings;
import io.anteroom.node.filter.Connectors;
import io.anteroom.node.filter.EndedKeys;
import io.anteroom.node.filter.FilterDispatcher;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.filter.GroupDispatcher;
import io.anteroom.node.filter.ServiceView;
import io.anteroom.node.filter.Strays;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.net.EventLoops;
import io.anteroom.protocol.ToDispatcher;
import io.anteroom.protocol.ToInstance;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;

/**
 * The dispatchers of all filter services in one cluster that the node is a member of. A node that
 * goes from one cluster to another has two of these for a while. Safe for any thread.
 */
public final class Dispatchers {
  private static final DispatcherSelector FIRST = DispatcherSelector.fromConfig(EventLoops.FIRST);

  private final ActorSystem<?> member;
  private final Node node;
  private final Consumer<SuspensionCommand> region;
  private final EndedKeys ended;
  private final Strays strays = new Strays();
  private final Map<Integer, ActorRef<ToDispatcher>> byAsyncId = new ConcurrentHashMap<>();
  private final Map<Integer, ServiceView> views = new ConcurrentHashMap<>();

  /**
   * What the node has for the dispatchers of every cluster.
   *
   * @param services by asyncID; safe for any thread
   * @param pools the names of the upstream pools
   * @param connectors of the services
   * @param datagrams those of them that are actors of the node, by asyncID
   * @param purger takes what filters want to be forgotten
   */
  public record Node(
      Map<Integer, FilterService> services,
      Set<String> pools,
      Connectors connectors,
      Map<Integer, ActorRef<ToInstance>> datagrams,
      Consumer<Forget> purger,
      LongSupplier clock) {}

  /**
   * Those of one cluster.
   *
   * @param member the ActorSystem that they are actors of
   * @param region takes a verdict for a query that did not ask here
   * @param ended the keys that ended on this node, in this cluster
   */
  public Dispatchers(
      ActorSystem<?> member, Node node, Consumer<SuspensionCommand> region, EndedKeys ended) {
    this.member = member;
    this.node = node;
    this.region = region;
    this.ended = ended;
  }

  /** Them all, by asyncID; changes as services are added. */
  public Map<Integer, ActorRef<ToDispatcher>> byAsyncId() {
    return byAsyncId;
  }

  /** The services that have an instance in this cluster. */
  public Set<Integer> available() {
    Set<Integer> available = new HashSet<>();
    views.forEach(
        (asyncId, view) -> {
          if (view.isAvailable()) {
            available.add(asyncId);
          }
        });
    return available;
  }

  /** Whether each of these services has an instance in this cluster. */
  public boolean areAvailable(Iterable<Integer> asyncIds) {
    for (int asyncId : asyncIds) {
      ServiceView view = views.get(asyncId);
      if (view == null || !view.isAvailable()) {
        return false;
      }
    }
    return true;
  }

  /** Starts the dispatcher of a service; that of a group after those of its members. */
  void start(FilterService service) {
    int asyncId = service.settings().asyncId();
    ServiceView view = service.newView();
    views.put(asyncId, view);
    GroupSettings group = service.settings().group();
    ActorRef<ToDispatcher> dispatcher =
        member.systemActorOf(
            group == null
                ? FilterDispatcher.create(
                    service, view, region, ended, strays, node.purger(), node.clock())
                : GroupDispatcher.create(
                    service, view, members(group), node.pools(), ended, node.clock()),
            "filter-dispatcher-" + asyncId,
            FIRST);
    byAsyncId.put(asyncId, dispatcher);
    Behavior<ToInstance> http = node.connectors().http(service, dispatcher, node.clock());
    if (http != null) {
      member.systemActorOf(http, "connector-" + asyncId, FIRST);
    }
  }

  private List<GroupDispatcher.Member> members(GroupSettings group) {
    Map<String, FilterService> byName = new HashMap<>();
    node.services().values().forEach(service -> byName.put(service.settings().name(), service));
    List<GroupDispatcher.Member> members = new ArrayList<>();
    for (String name : group.members()) {
      FilterService service = Objects.requireNonNull(byName.get(name));
      int asyncId = service.settings().asyncId();
      members.add(
          new GroupDispatcher.Member(
              service,
              Objects.requireNonNull(byAsyncId.get(asyncId)),
              Objects.requireNonNull(views.get(asyncId))));
    }
    return members;
  }

  /** From now on queries are suspended in this cluster: its instances are those that count. */
  void takeOver() {
    views.forEach(
        (asyncId, view) -> Objects.requireNonNull(node.services().get(asyncId)).use(view));
    node.datagrams()
        .forEach(
            (asyncId, connector) ->
                connector.tell(Connectors.serve(Objects.requireNonNull(byAsyncId.get(asyncId)))));
  }

  /** A group needs the dispatchers of its members. */
  static int startOrder(FilterSettings settings) {
    return settings.group() == null ? 0 : 1;
  }
}
