// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.filter.FilterService;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.live.ConfigReloader;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.ToRouter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.apache.pekko.actor.typed.receptionist.ServiceKey;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.typed.Cluster;

/**
 * Answers operators' requests about its node, and asks the admin agents of all nodes for the HTTP
 * interface of its own node. Every node has one, even without HTTP; they find each other through
 * the Receptionist.
 */
final class AdminAgentActor extends AbstractBehavior<AdminAgentActor.Command> {
  /** Nodes find each other by this name, so it stays. */
  static final ServiceKey<Command> KEY = ServiceKey.create(Command.class, "anteroom-admin-desk");

  private final AdminParts parts;
  private final ActorSystem<?> member;
  private final Consumer<SuspensionCommand> region;
  private final Views views;
  private final CacheAgent caches;
  private Set<ActorRef<Command>> adminAgents = Set.of();

  /** Messages to an admin agent. */
  sealed interface Command {}

  /** Messages that {@link CacheAgent} handles. */
  non-sealed interface AboutCaches extends Command {}

  /**
   * Asks for the oldest suspended queries of this node.
   *
   * @param service the name of the filter service; empty for all
   */
  record ListSuspended(int limit, String service, ActorRef<AdminPage> replyTo)
      implements Command, AdminMessage {
    ListSuspended {
      AdminPage.checkLimit(limit);
    }
  }

  /** Asks for the filter services of this node. */
  record ListFilters(ActorRef<AdminPage> replyTo) implements Command, AdminMessage {}

  /** Asks how this node is. */
  record ShowStatus(ActorRef<AdminPage> replyTo) implements Command, AdminMessage {}

  /** Asks this node to reload its configuration. */
  record ReloadNode(ActorRef<AdminPage> replyTo) implements Command, AdminMessage {}

  /** Asks for the rules of this node. */
  record ListRules(ActorRef<AdminPage> replyTo) implements Command, AdminMessage {}

  /** Asks the admin agents of all nodes and collects their answers until the timeout. */
  record AskAll(
      Function<ActorRef<AdminPage>, Command> question, Duration atMost, ActorRef<Gathered> replyTo)
      implements Command, NoSerializationVerificationNeeded {
    AskAll(Function<ActorRef<AdminPage>, Command> question, ActorRef<Gathered> replyTo) {
      this(question, Gathering.TIMEOUT, replyTo);
    }
  }

  /** Sends a message to a suspended query on any node. */
  record Forward(SuspensionCommand message) implements Command, NoSerializationVerificationNeeded {}

  private record Listed(Set<ActorRef<Command>> adminAgents)
      implements Command, NoSerializationVerificationNeeded {}

  /**
   * The collected answers of all nodes.
   *
   * @param total number of items on the nodes that answered, including those not listed
   * @param unanswered the names of the nodes that did not answer in time
   */
  record Gathered(List<AdminPage.Row> rows, long total, List<String> unanswered)
      implements NoSerializationVerificationNeeded {}

  private AdminAgentActor(
      ActorContext<Command> context,
      ActorSystem<?> member,
      AdminParts parts,
      Consumer<SuspensionCommand> region) {
    super(context);
    this.parts = parts;
    this.member = member;
    this.region = region;
    this.views = new Views(parts);
    this.caches = new CacheAgent(parts, views);
    var receptionist = context.getSystem().receptionist();
    receptionist.tell(Receptionist.register(KEY, context.getSelf()));
    receptionist.tell(
        Receptionist.subscribe(
            KEY,
            context.messageAdapter(
                Receptionist.Listing.class,
                // Includes unreachable admin agents, so that they are reported as unanswered.
                listing -> new Listed(listing.getAllServiceInstances(KEY)))));
  }

  static Behavior<Command> create(
      ActorSystem<?> member, AdminParts parts, Consumer<SuspensionCommand> region) {
    Behavior<Command> adminAgent =
        Behaviors.setup(context -> new AdminAgentActor(context, member, parts, region));
    return Behaviors.supervise(adminAgent).onFailure(SupervisorStrategy.restart());
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(ListSuspended.class, this::onListSuspended)
        .onMessage(ListFilters.class, this::onListFilters)
        .onMessage(ShowStatus.class, this::onShowStatus)
        .onMessage(ReloadNode.class, this::onReloadNode)
        .onMessage(ListRules.class, this::onListRules)
        .onMessage(AskAll.class, this::onAskAll)
        .onMessage(Forward.class, this::onForward)
        .onMessage(CacheAgent.Request.class, this::onCaches)
        .onMessage(Listed.class, this::onListed)
        .build();
  }

  private Behavior<Command> onListSuspended(ListSuspended list) {
    List<ActorRef<ToRouter>> routers = new ArrayList<>();
    for (FilterService service : parts.services().all()) {
      FilterService.InCluster here = service.in(member);
      if (here != null && (list.service().isEmpty() || list.service().equals(service.name()))) {
        routers.add(here.router());
      }
    }
    int limit = Math.min(list.limit(), SuspendedList.MAX);
    getContext()
        .spawnAnonymous(
            SuspendedList.create(routers, limit, views, list.replyTo()), AdminInterface.DISPATCHER);
    return this;
  }

  private Behavior<Command> onListFilters(ListFilters list) {
    List<FilterRow> rows = parts.services().all().stream().map(views::filter).toList();
    // One row per page, because a row may have many instances.
    rows.subList(0, Math.max(0, rows.size() - 1))
        .forEach(
            row ->
                list.replyTo().tell(new AdminPage(views.node(), rows.size(), List.of(row), false)));
    List<FilterRow> last = rows.isEmpty() ? List.of() : List.of(rows.get(rows.size() - 1));
    list.replyTo().tell(new AdminPage(views.node(), rows.size(), last, true));
    return this;
  }

  private Behavior<Command> onShowStatus(ShowStatus show) {
    AdminPage.send(views.node(), 1, List.of(new NodeStatus(parts, views).row()), show.replyTo());
    return this;
  }

  private Behavior<Command> onReloadNode(ReloadNode reload) {
    parts
        .changes()
        .reloader()
        .tell(new ConfigReloader.Reload(whenTold(told -> answer(told, reload.replyTo()))));
    return this;
  }

  private void answer(ConfigReloader.Reloaded told, ActorRef<AdminPage> replyTo) {
    AdminPage.send(views.node(), 1, List.of(ReloadRow.of(views.node(), told)), replyTo);
  }

  private Behavior<Command> onListRules(ListRules list) {
    parts
        .changes()
        .reloader()
        .tell(new ConfigReloader.ListRules(whenTold(told -> answer(told, list.replyTo()))));
    return this;
  }

  private void answer(ConfigReloader.Listed told, ActorRef<AdminPage> replyTo) {
    List<AdminPage.Row> rows = RuleRow.of(views.node(), told);
    AdminPage.send(views.node(), rows.size(), rows, replyTo);
  }

  /** Returns an address for one answer of the config reloader, which may take long. */
  private <T> ActorRef<T> whenTold(Consumer<T> answer) {
    return getContext()
        .spawnAnonymous(
            Behaviors.<T>receiveMessage(
                told -> {
                  answer.accept(told);
                  return Behaviors.stopped();
                }),
            AdminInterface.DISPATCHER);
  }

  private Behavior<Command> onAskAll(AskAll all) {
    Set<ActorRef<Command>> asked = new HashSet<>(adminAgents);
    asked.add(getContext().getSelf());
    Set<String> nodes = new HashSet<>();
    for (Member member : Cluster.get(getContext().getSystem()).state().getMembers()) {
      if (member.hasRole(FilterKeys.NODE_ROLE)) {
        nodes.add(Views.node(member.address()));
      }
    }
    asked.forEach(adminAgent -> nodes.add(views.nodeOf(adminAgent)));
    getContext()
        .spawnAnonymous(
            Gathering.create(asked, nodes, all.question(), all.atMost(), all.replyTo(), views),
            AdminInterface.DISPATCHER);
    return this;
  }

  private Behavior<Command> onCaches(CacheAgent.Request request) {
    caches.answer(request);
    return this;
  }

  private Behavior<Command> onForward(Forward forward) {
    region.accept(forward.message());
    return this;
  }

  private Behavior<Command> onListed(Listed listed) {
    adminAgents = listed.adminAgents();
    return this;
  }
}
