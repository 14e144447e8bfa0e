// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.cache.Purge;
import io.anteroom.node.cache.Purger.Forget;
import io.anteroom.node.flow.Ask;
import io.anteroom.node.flow.Described;
import io.anteroom.node.flow.Ended;
import io.anteroom.node.flow.Peek;
import io.anteroom.node.flow.Peek.Peeked;
import io.anteroom.node.flow.Settled;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.flow.SuspensionCommand.Describe;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.flow.Undecided;
import io.anteroom.node.flow.Waiting;
import io.anteroom.node.wire.WireName;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.Grant;
import io.anteroom.protocol.Invalidate;
import io.anteroom.protocol.Invalidated;
import io.anteroom.protocol.Resumes;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.apache.pekko.actor.typed.receptionist.ServiceKey;
import org.jspecify.annotations.Nullable;

/**
 * Assigns the requests of one filter service on one node to the service's instances and delivers
 * their verdicts to the queries. {@link RequestSender} sends the requests, {@link VerdictDelivery}
 * delivers the verdicts, {@link InstanceTracker} tracks the instances.
 *
 * <p><b>Instances</b> are the actors that the Receptionist lists for the asyncID, and this node's
 * connector, which announces itself. The router attaches to each; an instance that grants credits
 * gets requests. A service of operations has the connector only, because operations are not sent to
 * other processes.
 *
 * <p><b>Credits.</b> The instance gives a credit back when it has finished a request, decided or
 * not. Requests lost in transit show as a gap in the sequence numbers, and their credits return
 * too. An instance that has removed the router, because it seemed to have gone, says so; the router
 * then attaches again.
 */
public final class FilterRouter extends AbstractBehavior<ToRouter> {
  private static final Duration TICK = Duration.ofSeconds(1);

  private final FilterService service;
  private final ServiceView view;
  private final Consumer<Forget> purger;
  private final int asyncId;
  private final Requests requests = new Requests();
  private final Instances instances = new Instances();
  private final RequestSender sender;
  private final InstanceTracker tracker;
  private final VerdictDelivery verdicts;

  private FilterRouter(
      ActorContext<ToRouter> context,
      FilterService service,
      ServiceView view,
      Consumer<SuspensionCommand> region,
      EndedKeys ended,
      Strays strays,
      Consumer<Forget> purger,
      LongSupplier nanoTime) {
    super(context);
    this.service = service;
    this.view = view;
    this.purger = purger;
    this.asyncId = service.settings().asyncId();
    this.sender =
        new RequestSender(service, view, instances, requests, context.getSelf(), nanoTime);
    this.tracker = new InstanceTracker(context, service, view, instances, sender);
    this.verdicts =
        new VerdictDelivery(
            service,
            instances,
            requests,
            sender,
            region,
            ended,
            strays,
            context.getSelf(),
            nanoTime);
  }

  /**
   * Creates a filter router.
   *
   * @param view updated with the state of its instances
   * @param region delivers a verdict for a query that did not ask this router
   * @param ended the keys that ended on this node; shared with its entities, on the same thread
   * @param strays shared with the routers of other services, on the same thread
   * @param purger purges held verdicts on all nodes
   */
  public static Behavior<ToRouter> create(
      FilterService service,
      ServiceView view,
      Consumer<SuspensionCommand> region,
      EndedKeys ended,
      Strays strays,
      Consumer<Forget> purger,
      LongSupplier nanoTime) {
    Behavior<ToRouter> router =
        Behaviors.setup(
            context ->
                Behaviors.withTimers(
                    timers -> {
                      timers.startTimerWithFixedDelay(Internal.TICK, TICK);
                      if (service.settings().operation() == null) {
                        subscribe(context, FilterKeys.instances(service.asyncId()));
                      }
                      return new FilterRouter(
                          context, service, view, region, ended, strays, purger, nanoTime);
                    }));
    // An exception is a bug, but must not lose the requests of all other queries.
    return Behaviors.supervise(router).onFailure(SupervisorStrategy.resume());
  }

  private static void subscribe(ActorContext<ToRouter> context, ServiceKey<ToInstance> key) {
    ActorRef<Receptionist.Listing> listings =
        context.messageAdapter(
            Receptionist.Listing.class,
            listing ->
                new Listed(listing.getAllServiceInstances(key), listing.getServiceInstances(key)));
    context.getSystem().receptionist().tell(Receptionist.subscribe(key, listings));
  }

  @Override
  public Receive<ToRouter> createReceive() {
    return newReceiveBuilder()
        .onMessage(Ask.class, this::onAsk)
        .onMessage(Resumes.class, this::onResumes)
        .onMessage(Settled.class, this::onSettled)
        .onMessageEquals(Internal.FLUSH, this::onFlush)
        .onMessage(Ended.class, this::onEnded)
        .onMessage(Grant.class, grant -> thenPublish(() -> tracker.onGrant(grant)))
        .onMessage(Listed.class, listing -> thenPublish(() -> tracker.onListed(listing)))
        .onMessage(Gone.class, gone -> thenPublish(() -> tracker.onGone(gone.instance())))
        .onMessage(Connection.class, this::onConnection)
        .onMessage(Failed.class, this::onFailed)
        .onMessageEquals(Internal.TICK, () -> thenPublish(tracker::onTick))
        .onMessage(Peek.class, this::onPeek)
        .onMessage(Describe.class, this::onDescribe)
        .onMessage(Invalidate.class, this::onInvalidate)
        .build();
  }

  private Behavior<ToRouter> onAsk(Ask ask) {
    sender.ask(ask);
    return this;
  }

  private Behavior<ToRouter> onEnded(Ended message) {
    if (service.settings().operation() != null) {
      cancel(requests.get(message.key()));
    }
    sender.end(message.key());
    return this;
  }

  /** Cancels an operation that no query waits for. Filters are not told, and decide in vain. */
  private void cancel(@Nullable Pending request) {
    Instance instance = request == null ? null : request.instance();
    if (request != null && instance != null) {
      sender.flush(instance);
      instance.ref().tell(new OperationConnector.Forget(request.key()));
    }
  }

  private Behavior<ToRouter> onFlush() {
    sender.flush();
    return this;
  }

  private Behavior<ToRouter> onResumes(Resumes resumes) {
    verdicts.onResumes(resumes);
    return this;
  }

  private Behavior<ToRouter> onSettled(Settled settled) {
    verdicts.onSettled(settled);
    return this;
  }

  private Behavior<ToRouter> onConnection(Connection connection) {
    tracker.onConnection(connection);
    return this;
  }

  private Behavior<ToRouter> onFailed(Failed failed) {
    Instance instance = instances.get(failed.connector());
    if (instance == null) {
      return this;
    }
    instance.giveBack(failed.credits());
    Pending request = requests.get(failed.key());
    if (request != null && request.instance() == instance) {
      if (failed.reason() == Undecided.NO_FILTER) {
        sender.sendAgain(request);
      } else {
        sender.giveUp(request, failed.reason());
      }
    }
    sender.drainQueue();
    return this;
  }

  /**
   * Publishes the status for operators once per second and when instances change, not per request,
   * to keep requests cheap.
   */
  private Behavior<ToRouter> thenPublish(Runnable step) {
    step.run();
    view.publish(new FilterStatus(requests.queued(), requests.size(), instances.status()));
    return this;
  }

  private Behavior<ToRouter> onPeek(Peek peek) {
    List<Waiting> oldest = requests.oldest(peek.limit()).stream().map(this::waiting).toList();
    peek.replyTo().tell(new Peeked(requests.own(), oldest));
    return this;
  }

  private Behavior<ToRouter> onInvalidate(Invalidate invalidate) {
    boolean known = instances.contains(invalidate.instance()) && invalidate.asyncId() == asyncId;
    boolean all = invalidate.name().isEmpty();
    if (known && (all || WireName.isName(invalidate.name()))) {
      service.counters().increment(SuspensionCounter.INVALIDATIONS);
      WireName name = all ? null : WireName.parse(invalidate.name());
      Purge purge = Purge.verdicts(asyncId, name, invalidate.subtree());
      purger.accept(new Forget(Long.toHexString(invalidate.id()), purge, gone -> {}));
    } else {
      service.counters().increment(SuspensionCounter.INVALIDATIONS_REJECTED);
    }
    if (known) {
      // Acknowledged even if the name is invalid: it would be invalid the next time too.
      invalidate.instance().tell(new Invalidated(invalidate.id()));
    }
    return this;
  }

  private Behavior<ToRouter> onDescribe(Describe describe) {
    Pending request = requests.get(describe.key());
    Waiting waiting = request == null ? null : waiting(request);
    describe.replyTo().tell(new Described(describe.key(), waiting, request == null));
    return this;
  }

  private Waiting waiting(Pending request) {
    Instance instance = request.instance();
    return new Waiting(
        request.ask.state(), request.ask.entity(), instance == null ? null : instance.ref());
  }

  enum Internal implements ToRouter, NoSerializationVerificationNeeded {
    FLUSH,
    TICK
  }

  /** The instances that the Receptionist lists. */
  record Listed(Set<ActorRef<ToInstance>> instances, Set<ActorRef<ToInstance>> reachable)
      implements ToRouter, NoSerializationVerificationNeeded {}

  /** An instance or its node has terminated. */
  record Gone(ActorRef<ToInstance> instance)
      implements ToRouter, NoSerializationVerificationNeeded {}

  /**
   * This node's connector, an instance that the Receptionist does not list, has found or lost its
   * filter. Requests already sent stay with it: the filter may still decide.
   *
   * @param capacity number of requests that it takes at once, from all routers
   * @param free number of requests that it can still take; used when the router first hears of the
   *     connector
   */
  record Connection(ActorRef<ToInstance> connector, boolean isUp, int capacity, int free)
      implements ToRouter, NoSerializationVerificationNeeded {}

  /**
   * A connector reports that no verdict will follow for a request: its filter was unreachable
   * ({@code NO_FILTER}; another instance may be asked) or it answered without a decision ({@code
   * TIMEOUT}), or the connector had no free ID ({@code OVERLOAD}).
   *
   * @param credits number of credits returned, 0 or 1
   */
  record Failed(ActorRef<ToInstance> connector, int credits, SuspensionKey key, Undecided reason)
      implements ToRouter, NoSerializationVerificationNeeded {}
}
