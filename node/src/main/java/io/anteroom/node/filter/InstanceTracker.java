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
 * Tracks the instances of one filter router's service, and moves requests when an instance appears,
 * goes or becomes unreachable. Used by the router's thread only.
 *
 * <p>If an instance has terminated or is no longer listed, its requests move to another one, unless
 * their deadline has passed or they have lost an instance before. An unreachable instance gets no
 * new requests, and its requests move to another instance too. If there is none, they stay: perhaps
 * this node itself had a GC pause, and failing every waiting request would overreact to it.
 */
final class InstanceTracker {
  /** The logger of the router, whose level operators may have set. */
  private static final Logger LOG = LoggerFactory.getLogger(FilterRouter.class);

  private final ActorContext<ToRouter> context;
  private final FilterService service;
  private final int asyncId;
  private final ServiceView view;
  private final Instances instances;
  private final RequestSender sender;

  /**
   * The instances that the Receptionist lists; one that is missing in {@code instances} is tried
   * again.
   */
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

  /**
   * Handles an instance's grant of credits. No credits mean that the instance does not know this
   * router.
   */
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

  /** The instance took this router for terminated and has refused its requests since. */
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

  /** Moves the requests of unreachable instances to other ones. */
  private void relieveCutOff() {
    for (Instance instance : instances.all()) {
      if (instance.isCutOff() && !instance.isConnector()) {
        sender.moveFrom(instance);
      }
    }
  }

  /**
   * Adds listed actors that are no instances yet. One of them may have been reported as terminated:
   * when the cluster removes a node, Pekko reports every watched actor at that address as
   * terminated, also those of a node restarted there. Watching it again a little later shows
   * whether it has.
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

  /** Called once per second. */
  void onTick() {
    addListed();
    instances.all().forEach(instance -> instance.look(asyncId, context.getSelf()));
  }

  private String name() {
    return service.settings().name();
  }
}
