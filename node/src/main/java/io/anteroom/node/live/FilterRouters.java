// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.live;

import io.anteroom.node.cache.Purger.Forget;
import io.anteroom.node.config.GroupSettings;
import io.anteroom.node.filter.Connectors;
import io.anteroom.node.filter.EndedKeys;
import io.anteroom.node.filter.FilterRouter;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.filter.FilterService.InCluster;
import io.anteroom.node.filter.FilterServices;
import io.anteroom.node.filter.GroupMember;
import io.anteroom.node.filter.GroupRouter;
import io.anteroom.node.filter.ServiceView;
import io.anteroom.node.filter.Strays;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.net.EventLoops;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;

/**
 * The filter routers of all services in one cluster of the node. While a node changes clusters, it
 * has two of these. Thread-safe.
 */
public final class FilterRouters {
  private static final DispatcherSelector FIRST = DispatcherSelector.fromConfig(EventLoops.FIRST);

  private final ActorSystem<?> member;
  private final Node node;
  private final Consumer<SuspensionCommand> region;
  private final EndedKeys ended;
  private final Strays strays = new Strays();

  /** Makes names different, so that a reload that has failed can be tried again. */
  private final AtomicInteger starts = new AtomicInteger();

  /**
   * The parts of the node that the filter routers of every cluster use.
   *
   * @param pools the names of the upstream pools
   * @param connectors of the services
   * @param purger carries out the purges that filters request
   */
  public record Node(
      FilterServices services,
      Set<String> pools,
      Connectors connectors,
      Consumer<Forget> purger,
      LongSupplier clock) {}

  /**
   * Creates the filter routers of one cluster.
   *
   * @param member the ActorSystem that they run in
   * @param region delivers a verdict for a query that did not ask these routers
   * @param ended the keys that ended on this node, in this cluster
   */
  public FilterRouters(
      ActorSystem<?> member, Node node, Consumer<SuspensionCommand> region, EndedKeys ended) {
    this.member = member;
    this.node = node;
    this.region = region;
    this.ended = ended;
  }

  /** The services that have an instance in this cluster. */
  public Set<Integer> available() {
    return node.services().all().stream()
        .filter(service -> service.isAvailable(member))
        .map(FilterService::asyncId)
        .collect(Collectors.toSet());
  }

  /** Whether each of these services has an instance in this cluster. */
  public boolean areAvailable(Iterable<Integer> asyncIds) {
    for (int asyncId : asyncIds) {
      FilterService service = node.services().get(asyncId);
      if (service == null || !service.isAvailable(member)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Starts the filter router of a service. The routers of a group's members must be started before
   * the group's.
   *
   * @param all services, including those not published yet
   */
  void start(FilterService service, FilterServices.Snapshot all) {
    ServiceView view = service.newView();
    GroupSettings group = service.settings().group();
    ActorRef<ToRouter> router =
        member.systemActorOf(
            group == null
                ? FilterRouter.create(
                    service, view, region, ended, strays, node.purger(), node.clock())
                : GroupRouter.create(
                    service, view, members(group, all), node.pools(), ended, node.clock()),
            name("filter-router-", service),
            FIRST);
    service.add(new InCluster(member, router, view));
    Behavior<ToInstance> connector = node.connectors().forRouter(service, router, node.clock());
    if (connector != null) {
      member.systemActorOf(connector, name("connector-", service), FIRST);
    }
  }

  private String name(String prefix, FilterService service) {
    return prefix + service.asyncId() + "-" + starts.incrementAndGet();
  }

  /** Whether the node is about to leave this cluster. */
  boolean isEnding() {
    return CoordinatedShutdown.get(member).getShutdownReason().isPresent();
  }

  private List<GroupMember> members(GroupSettings group, FilterServices.Snapshot all) {
    List<GroupMember> members = new ArrayList<>();
    for (String name : group.members()) {
      FilterService service = Objects.requireNonNull(all.named(name));
      members.add(new GroupMember(service, Objects.requireNonNull(service.in(member))));
    }
    return members;
  }

  /** Makes this the cluster in which queries for the service are suspended from now on. */
  void takeOver(FilterService service) {
    service.use(member);
  }

  /** Called when the node has left this cluster. */
  void ended() {
    node.services().all().forEach(service -> service.remove(member));
  }

  /** Sort key: groups after other services, because a group needs its members' routers. */
  static int startOrder(FilterService service) {
    return service.settings().group() == null ? 0 : 1;
  }
}
