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
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;

/**
 * The routers of all filter services in one cluster that the node is a member of. A node that goes
 * from one cluster to another has two of these for a while. Safe for any thread.
 */
public final class FilterRouters {
  private static final DispatcherSelector FIRST = DispatcherSelector.fromConfig(EventLoops.FIRST);

  private final ActorSystem<?> member;
  private final Node node;
  private final Consumer<SuspensionCommand> region;
  private final EndedKeys ended;
  private final Strays strays = new Strays();

  /**
   * What the node has for the routers of every cluster.
   *
   * @param pools the names of the upstream pools
   * @param connectors of the services
   * @param purger takes what filters want to be forgotten
   */
  public record Node(
      FilterServices services,
      Set<String> pools,
      Connectors connectors,
      Consumer<Forget> purger,
      LongSupplier clock) {}

  /**
   * Those of one cluster.
   *
   * @param member the ActorSystem that they are actors of
   * @param region takes a verdict for a query that did not ask here
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
   * Starts the router of a service; that of a group after those of its members.
   *
   * @param all services, those among them that are not published yet
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
            "filter-router-" + service.asyncId(),
            FIRST);
    service.add(new InCluster(member, router, view));
    Behavior<ToInstance> http = node.connectors().http(service, router, node.clock());
    if (http != null) {
      member.systemActorOf(http, "connector-" + service.asyncId(), FIRST);
    }
  }

  private List<GroupMember> members(GroupSettings group, FilterServices.Snapshot all) {
    List<GroupMember> members = new ArrayList<>();
    for (String name : group.members()) {
      FilterService service = Objects.requireNonNull(all.named(name));
      members.add(new GroupMember(service, Objects.requireNonNull(service.in(member))));
    }
    return members;
  }

  /** From now on queries for this service are suspended in this cluster. */
  void takeOver(FilterService service) {
    service.use(member);
  }

  /** The node has left this cluster. */
  void ended() {
    node.services().all().forEach(service -> service.remove(member));
  }

  /** A group needs the routers of its members. */
  static int startOrder(FilterService service) {
    return service.settings().group() == null ? 0 : 1;
  }
}
