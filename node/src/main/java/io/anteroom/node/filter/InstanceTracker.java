// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.filter.FilterRouter.Connection;
import io.anteroom.node.filter.FilterRouter.Gone;
import io.anteroom.node.filter.FilterRouter.Listed;
import io.anteroom.protocol.Grant;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows who is an instance of one router's service, and what becomes of the requests of one that
 * comes, goes or can't be reached. For the router's thread alone.
 *
 * <p>An instance that is no longer listed, or has terminated, loses what it had to another one, if
 * the query has time left and has not lost an instance before. One that can't be reached for the
 * moment gets nothing new and loses what it had to another one too; but if there is no other, what
 * it had stays with it. It may be the node itself that was away, for a collection of its garbage,
 * and giving up all requests would overreact to a short pause.
 */
final class InstanceTracker {
  /** The router's: operators may have set its level. */
  private static final Logger LOG = LoggerFactory.getLogger(FilterRouter.class);

  private final ActorContext<ToRouter> context;
  private final FilterService service;
  private final int asyncId;
  private final ServiceView view;
  private final Instances instances;
  private final RequestSender sender;

  /** As the Receptionist has it; one that is here and not among the instances is tried again. */
  private Set<ActorRef<ToInstance>> listed = Set.of();

  InstanceTracker(
      ActorContext<ToRouter> context,
      FilterService service,
      ServiceView view,
      Instances instances,
      RequestSender sender) {
    this.context = context;
    this.service = service;
    this.asyncId = service.settings().asyncId();
    this.view = view;
    this.instances = instances;
    this.sender = sender;
  }

  /** An instance takes requests from now on; without credits, it has forgotten the router. */
  void onGrant(Grant grant) {
    Instance instance = instances.get(grant.instance());
    if (instance != null && grant.credits() == 0 && !instance.isConnector()) {
      onForgotten(instance);
    } else if (instance != null && grant.credits() > 0) {
      instance.grant(grant.credits());
      if (instance.announce()) {
        LOG.info(
            "filter {}: instance {} is there, for {} requests at once",
            name(),
            instance.ref().path(),
            grant.credits());
      }
      view.setAvailable(instances.isAnyAvailable());
      sender.drainQueue();
    }
  }

  /** It took this router for gone, and has refused what it was sent since. */
  private void onForgotten(Instance instance) {
    sender.flush(instance);
    instance.attachAgain(asyncId, context.getSelf());
    sender.moveFrom(instance);
  }

  void onListed(Listed listing) {
    listed = listing.instances();
    for (Instance instance : List.copyOf(instances.all())) {
      if (!instance.isConnector() && !listed.contains(instance.ref())) {
        context.unwatch(instance.ref());
        onGone(instance.ref());
      }
    }
    addListed();
    for (Instance instance : instances.all()) {
      if (!instance.isConnector()) {
        setCutOff(instance, !listing.reachable().contains(instance.ref()));
      }
    }
    view.setAvailable(instances.isAnyAvailable());
    if (view.isAvailable()) {
      relieveCutOff();
    }
    sender.drainQueue();
  }

  private void setCutOff(Instance instance, boolean cutOff) {
    if (instance.setCutOff(cutOff)) {
      LOG.info(
          "filter {}: instance {} can {}",
          name(),
          instance.ref().path(),
          cutOff ? "not be reached for the moment" : "be reached again");
    }
  }

  /** Has other instances decide about what those were asked that can't be reached. */
  private void relieveCutOff() {
    for (Instance instance : instances.all()) {
      if (instance.isCutOff() && !instance.isConnector()) {
        sender.moveFrom(instance);
      }
    }
  }

  /**
   * Adds those that are listed and no instances yet. That can be one which has gone, as far as this
   * node knows: when the cluster has removed a node, Pekko says so at once of whoever is watched at
   * its address, and so of what was started there in its place. Whether it is true shows when it is
   * watched again a little later.
   */
  private void addListed() {
    for (ActorRef<ToInstance> ref : listed) {
      if (!instances.contains(ref)) {
        Instance instance = new Instance(ref, false);
        instances.add(instance);
        context.watchWith(ref, new Gone(ref));
        instance.attach(asyncId, context.getSelf());
      }
    }
  }

  void onGone(ActorRef<ToInstance> ref) {
    Instance gone = instances.remove(ref);
    if (gone == null) {
      return;
    }
    if (gone.isAnnounced()) {
      LOG.info("filter {}: instance {} has gone", name(), ref.path());
    }
    view.setAvailable(instances.isAnyAvailable());
    if (!view.isAvailable()) {
      sender.giveUpQueued();
    }
    sender.moveAllFrom(gone);
  }

  void onConnection(Connection connection) {
    @Nullable Instance instance = instances.get(connection.connector());
    if (instance == null) {
      instance = new Instance(connection.connector(), true);
      instances.add(instance);
    }
    instance.serve(connection);
    view.setAvailable(instances.isAnyAvailable());
    if (view.isAvailable()) {
      sender.drainQueue();
    } else {
      sender.giveUpQueued();
    }
  }

  /** To be called once a second. */
  void onTick() {
    addListed();
    instances.all().forEach(instance -> instance.look(asyncId, context.getSelf()));
  }

  private String name() {
    return service.settings().name();
  }
}
