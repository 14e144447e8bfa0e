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
import io.anteroom.node.flow.SuspensionCommand.Decide;
import io.anteroom.node.flow.SuspensionCommand.Describe;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.flow.Undecided;
import io.anteroom.node.flow.Waiting;
import io.anteroom.node.wire.WireName;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.Grant;
import io.anteroom.protocol.Invalidate;
import io.anteroom.protocol.Invalidated;
import io.anteroom.protocol.Rejection;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.ResumeResult;
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
 * Deals the requests of one filter service on one node out to the instances of that service, and
 * brings their verdicts to the queries. {@link RequestSender} sends the requests, {@link
 * InstanceTracker} knows the instances.
 *
 * <p><b>Who is an instance.</b> Whoever the Receptionist lists for the asyncID, and the connector
 * of this node, which makes itself known. The router attaches to each; an instance that grants
 * credits gets requests. A verdict counts only from an instance.
 *
 * <p><b>Credits.</b> The instance gives a credit back when it has done with the request, decided or
 * not; requests that were lost on the way show as a gap in the sequence numbers, and their credits
 * come back as well. An instance may also take the router for gone; then it says so, and is
 * attached to again.
 *
 * <p><b>Verdicts.</b> A verdict about a query that asked here goes straight to its entity; any
 * other goes through the shard region, which finds the query on whatever node it waits.
 */
public final class FilterRouter extends AbstractBehavior<ToRouter> {
  private static final Duration TICK = Duration.ofSeconds(1);

  private final FilterService service;
  private final ServiceView view;
  private final Consumer<SuspensionCommand> region;
  private final EndedKeys ended;
  private final Strays strays;
  private final Consumer<Forget> purger;
  private final LongSupplier nanoTime;
  private final RejectedVerdicts rejections;
  private final int asyncId;
  private final Requests requests = new Requests();
  private final Instances instances = new Instances();
  private final RequestSender sender;
  private final InstanceTracker tracker;

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
    this.region = region;
    this.ended = ended;
    this.strays = strays;
    this.purger = purger;
    this.nanoTime = nanoTime;
    this.rejections = new RejectedVerdicts(service, nanoTime);
    this.asyncId = service.settings().asyncId();
    this.sender =
        new RequestSender(service, view, instances, requests, context.getSelf(), nanoTime);
    this.tracker = new InstanceTracker(context, service, view, instances, sender);
  }

  /**
   * A router.
   *
   * @param view where it tells what it knows of its instances
   * @param region takes a verdict for a query that did not ask here
   * @param ended the keys that ended on this node; shared with its entities, on the same thread
   * @param strays shared with the routers of other services, on the same thread
   * @param purger has all nodes forget verdicts that hold
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
                      subscribe(context, FilterKeys.instances(service.settings().asyncId()));
                      return new FilterRouter(
                          context, service, view, region, ended, strays, purger, nanoTime);
                    }));
    // A failure is a bug; what all other queries wait for must not go with it.
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
    sender.end(message.key());
    return this;
  }

  private Behavior<ToRouter> onFlush() {
    sender.flush();
    return this;
  }

  private Behavior<ToRouter> onResumes(Resumes resumes) {
    Instance instance = instances.get(resumes.instance());
    long now = nanoTime.getAsLong();
    if (instance == null && strays.admits(resumes.instance(), now)) {
      rejections.refuse(resumes);
      return this;
    } else if (instance == null) {
      service.counters().add(SuspensionCounter.VERDICTS_FLOOD, resumes.resumes().size());
      return this;
    }
    instance.giveBack(resumes.credits());
    for (Resume resume : resumes.resumes()) {
      deliver(resume, instance, now);
    }
    sender.drainQueue();
    return this;
  }

  private void deliver(Resume resume, Instance instance, long now) {
    SuspensionKey key = resume.key();
    if (key.asyncId() != asyncId) {
      rejections.log(Rejection.SERVICE, key, instance.ref());
      sender.acknowledge(instance, ResumeResult.rejected(key, Rejection.SERVICE));
      return;
    }
    Pending asked = requests.get(key);
    if (resume.verdict().isUndecided()) {
      onUndecided(asked, instance);
    } else if (asked != null) {
      asked.ask.entity().tell(decide(resume, instance));
    } else if (ended.contains(key)) {
      sender.acknowledge(instance, new ResumeResult(key, ResumeResult.Status.ENDED));
    } else if (strays.admits(instance.ref(), now)) {
      region.accept(decide(resume, instance));
    } else {
      // It is repeated, if it is about a query at all.
      service.counters().increment(SuspensionCounter.VERDICTS_FLOOD);
    }
  }

  private Decide decide(Resume resume, Instance instance) {
    return new Decide(resume.key(), resume.verdict(), instance.ref(), getContext().getSelf());
  }

  /** There will be no verdict of this instance; if another has the query by now, it decides. */
  private void onUndecided(@Nullable Pending asked, Instance instance) {
    service.counters().increment(SuspensionCounter.VERDICTS_UNDECIDED);
    if (asked != null && asked.instance() == instance) {
      sender.giveUp(asked, Undecided.TIMEOUT);
    }
  }

  private Behavior<ToRouter> onSettled(Settled settled) {
    ResumeResult result = settled.result();
    Pending request = requests.get(result.key());
    if (result.status() == ResumeResult.Status.REJECTED) {
      Object about = request == null ? result.key() : request.ask.state().query().wire().name();
      rejections.log(result.rejection(), about, settled.instance());
    }
    sender.end(result.key());
    Instance instance = instances.get(settled.instance());
    if (instance != null) {
      sender.acknowledge(instance, result);
    }
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
   * Shows operators what there is to do: once a second and when instances change, not for each
   * request, so that requests cost nothing for what nobody may look at.
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
      // Also about what is no name, which would be none the next time.
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

  /** The instances as the Receptionist has them. */
  record Listed(Set<ActorRef<ToInstance>> instances, Set<ActorRef<ToInstance>> reachable)
      implements ToRouter, NoSerializationVerificationNeeded {}

  /** An instance has ended, or its node. */
  record Gone(ActorRef<ToInstance> instance)
      implements ToRouter, NoSerializationVerificationNeeded {}

  /**
   * A connector of this node, which is an instance without being listed, has found its filter or
   * lost it. What it was sent before stays with it: the filter may still decide.
   *
   * @param capacity requests that it can have at once, of all routers
   * @param free how many more it can have now; counts when the router hears of it first
   */
  record Connection(ActorRef<ToInstance> connector, boolean isUp, int capacity, int free)
      implements ToRouter, NoSerializationVerificationNeeded {}

  /**
   * A connector knows that no verdict will come for what it was sent, because its filter was not
   * there ({@code NO_FILTER}), and another instance may be, or decided nothing ({@code TIMEOUT}).
   *
   * @param credits that this gives back, 0 or 1
   */
  record Failed(ActorRef<ToInstance> connector, int credits, SuspensionKey key, Undecided reason)
      implements ToRouter, NoSerializationVerificationNeeded {}
}
