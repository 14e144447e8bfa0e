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
import io.anteroom.node.flow.SuspensionCommand.GiveUp;
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
import io.anteroom.protocol.ToDispatcher;
import io.anteroom.protocol.ToInstance;
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
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deals the requests of one filter service on one node out to the instances of that service, and
 * brings their verdicts to the queries.
 *
 * <p><b>Who is an instance.</b> Whoever the Receptionist lists for the asyncID, and the connector
 * of this node, which makes itself known. The dispatcher attaches to each; an instance that grants
 * credits gets requests. A verdict counts only from an instance.
 *
 * <p><b>Credits.</b> A request costs one of the instance's credits and goes to the one that has
 * most in flight to spare. The instance gives a credit back when it has done with the request,
 * decided or not; requests that were lost on the way show as a gap in the sequence numbers, and
 * their credits come back as well. Without credit a request waits in a queue of bounded length.
 *
 * <p><b>Batches.</b> What gathers while the mailbox is worked off leaves in one message for each
 * instance: the first request of a batch makes the dispatcher tell itself to flush, and that
 * message stands behind all that have come before it.
 *
 * <p><b>Verdicts.</b> A verdict about a query that asked here goes straight to its entity; any
 * other goes through the shard region, which finds the query on whatever node it waits.
 *
 * <p><b>Failure.</b> An instance that is no longer listed, or has terminated, loses what it had to
 * another one, if the query has time left and has not lost an instance before. One that can't be
 * reached for the moment gets nothing new and loses what it had to another one too; but if there is
 * no other, what it had stays with it. It may be the node itself that was away, for a collection of
 * its garbage, and to give up all that waits would make much of little. An instance may also take
 * the dispatcher for gone; then it says so, and is attached to again.
 */
public final class FilterDispatcher extends AbstractBehavior<ToDispatcher> {
  private static final Duration TICK = Duration.ofSeconds(1);

  /** Not the context's, which has the name of a class of Pekko once there are timers. */
  private static final Logger LOG = LoggerFactory.getLogger(FilterDispatcher.class);

  private final FilterService service;
  private final ServiceView view;
  private final Consumer<SuspensionCommand> region;
  private final EndedKeys ended;
  private final Consumer<Forget> purger;
  private final LongSupplier nanoTime;
  private final Rejections rejections;
  private final int asyncId;
  private final ActorRef<ToDispatcher> self;
  private final Instances instances = new Instances();

  /** As the Receptionist has it; one that is here and not among the instances is tried again. */
  private Set<ActorRef<ToInstance>> listed = Set.of();

  private final Requests requests = new Requests();
  private final Strays strays;
  private boolean flushing;

  private FilterDispatcher(
      ActorContext<ToDispatcher> context,
      TimerScheduler<ToDispatcher> timers,
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
    this.purger = purger;
    this.nanoTime = nanoTime;
    this.rejections = new Rejections(service, nanoTime);
    this.asyncId = service.settings().asyncId();
    this.self = context.getSelf();
    this.strays = strays;
    timers.startTimerWithFixedDelay(Internal.TICK, TICK);
    context
        .getSystem()
        .receptionist()
        .tell(
            Receptionist.subscribe(
                FilterKeys.instances(asyncId),
                context.messageAdapter(
                    Receptionist.Listing.class,
                    listing ->
                        new Listed(
                            listing.getAllServiceInstances(FilterKeys.instances(asyncId)),
                            listing.getServiceInstances(FilterKeys.instances(asyncId))))));
  }

  /**
   * A dispatcher.
   *
   * @param view where it tells what it knows of its instances
   * @param region takes a verdict for a query that did not ask here
   * @param ended the keys that ended on this node; shared with its entities, on the same thread
   * @param strays shared with the dispatchers of other services, on the same thread
   * @param purger has all nodes forget verdicts that hold
   */
  public static Behavior<ToDispatcher> create(
      FilterService service,
      ServiceView view,
      Consumer<SuspensionCommand> region,
      EndedKeys ended,
      Strays strays,
      Consumer<Forget> purger,
      LongSupplier nanoTime) {
    Behavior<ToDispatcher> dispatcher =
        Behaviors.setup(
            context ->
                Behaviors.withTimers(
                    timers ->
                        new FilterDispatcher(
                            context, timers, service, view, region, ended, strays, purger,
                            nanoTime)));
    // A failure is a bug; what all other queries wait for must not go with it.
    return Behaviors.supervise(dispatcher).onFailure(SupervisorStrategy.resume());
  }

  @Override
  public Receive<ToDispatcher> createReceive() {
    return newReceiveBuilder()
        .onMessage(Ask.class, this::onAsk)
        .onMessage(Resumes.class, this::onResumes)
        .onMessage(Settled.class, this::onSettled)
        .onMessageEquals(Internal.FLUSH, this::onFlush)
        .onMessage(Ended.class, this::onEnded)
        .onMessage(Grant.class, this::onGrant)
        .onMessage(Listed.class, this::onListed)
        .onMessage(Gone.class, m -> onGone(m.instance()))
        .onMessage(Connection.class, this::onConnection)
        .onMessage(Failed.class, this::onFailed)
        .onMessageEquals(Internal.TICK, this::onTick)
        .onMessage(Peek.class, this::onPeek)
        .onMessage(Describe.class, this::onDescribe)
        .onMessage(Invalidate.class, this::onInvalidate)
        .build();
  }

  private Behavior<ToDispatcher> onAsk(Ask ask) {
    Pending request = new Pending(ask);
    forget(request.key());
    requests.add(request);
    dispatch(request);
    return this;
  }

  private void dispatch(Pending request) {
    Instance instance = instances.mostCredits();
    if (instance != null) {
      send(request, instance);
    } else if (!view.isAvailable()) {
      giveUp(request, Undecided.NO_FILTER);
    } else if (requests.queued() >= service.settings().maxQueued()) {
      giveUp(request, Undecided.OVERLOAD);
    } else {
      requests.enqueue(request);
    }
  }

  private void send(Pending request, Instance instance) {
    if (instance.add(request)) {
      flush(instance);
    } else {
      flushSoon();
    }
  }

  private void giveUp(Pending request, Undecided reason) {
    requests.remove(request.key());
    request.ask.entity().tell(new GiveUp(request.key(), reason));
  }

  private void flushSoon() {
    if (!flushing) {
      flushing = true;
      self.tell(Internal.FLUSH);
    }
  }

  private Behavior<ToDispatcher> onFlush() {
    flushing = false;
    instances.all().forEach(this::flush);
    return this;
  }

  private void flush(Instance instance) {
    service
        .counters()
        .add(SuspensionCounter.REQUESTS_SENT, instance.flush(self, nanoTime.getAsLong()));
  }

  private Behavior<ToDispatcher> onResumes(Resumes resumes) {
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
    drainQueue();
    return this;
  }

  private void deliver(Resume resume, Instance instance, long now) {
    SuspensionKey key = resume.key();
    if (key.asyncId() != asyncId) {
      rejections.log(Rejection.SERVICE, key, instance.ref());
      acknowledge(instance, ResumeResult.rejected(key, Rejection.SERVICE));
      return;
    }
    Pending asked = requests.get(key);
    if (resume.verdict().isUndecided()) {
      onUndecided(asked, instance);
    } else if (asked != null) {
      asked.ask.entity().tell(new Decide(key, resume.verdict(), instance.ref(), self));
    } else if (ended.contains(key)) {
      acknowledge(instance, new ResumeResult(key, ResumeResult.Status.ENDED));
    } else if (strays.admits(instance.ref(), now)) {
      region.accept(new Decide(key, resume.verdict(), instance.ref(), self));
    } else {
      // It is repeated, if it is about a query at all.
      service.counters().increment(SuspensionCounter.VERDICTS_FLOOD);
    }
  }

  /** There will be no verdict of this instance; if another has the query by now, it decides. */
  private void onUndecided(@Nullable Pending asked, Instance instance) {
    service.counters().increment(SuspensionCounter.VERDICTS_UNDECIDED);
    if (asked != null && asked.instance == instance) {
      instance.done();
      giveUp(asked, Undecided.TIMEOUT);
    }
  }

  private Behavior<ToDispatcher> onSettled(Settled settled) {
    ResumeResult result = settled.result();
    Pending request = requests.get(result.key());
    if (result.status() == ResumeResult.Status.REJECTED) {
      Object about = request == null ? result.key() : request.ask.state().query().wire().name();
      rejections.log(result.rejection(), about, settled.instance());
    }
    forget(result.key());
    Instance instance = instances.get(settled.instance());
    if (instance != null) {
      acknowledge(instance, result);
    }
    return this;
  }

  private void acknowledge(Instance instance, ResumeResult result) {
    service.settled(result);
    if (instance.add(result)) {
      flush(instance);
    } else {
      flushSoon();
    }
  }

  private Behavior<ToDispatcher> onEnded(Ended message) {
    forget(message.key());
    return this;
  }

  private void forget(SuspensionKey key) {
    Pending request = requests.remove(key);
    if (request != null && request.instance != null) {
      request.instance.done();
    }
  }

  private void drainQueue() {
    while (requests.anyQueued()) {
      Instance instance = instances.mostCredits();
      if (instance == null) {
        return;
      }
      send(requests.dequeue(), instance);
    }
  }

  private Behavior<ToDispatcher> onGrant(Grant grant) {
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
      drainQueue();
      publish();
    }
    return this;
  }

  /** It took this dispatcher for gone, and has refused what it was sent since. */
  private void onForgotten(Instance instance) {
    flush(instance);
    instance.attachAgain(asyncId, self);
    take(instance, nanoTime.getAsLong());
  }

  private Behavior<ToDispatcher> onListed(Listed listing) {
    listed = listing.instances();
    for (Instance instance : List.copyOf(instances.all())) {
      if (!instance.isConnector() && !listed.contains(instance.ref())) {
        getContext().unwatch(instance.ref());
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
    instances.all().stream().filter(Instance::isCutOff).forEach(this::relieve);
    drainQueue();
    publish();
    return this;
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

  /**
   * Adds those that are listed and no instances yet. That can be one which has gone, as far as this
   * node knows: when the cluster has removed a node, Pekko says so at once of whoever is watched at
   * its address, and so of what was started there in its place. Whether it is true shows when it is
   * watched again a little later.
   */
  private void addListed() {
    for (ActorRef<ToInstance> ref : listed) {
      if (!instances.contains(ref)) {
        add(new Instance(ref, false));
      }
    }
  }

  /** Has another instance decide about what this one was asked, if there is another. */
  private void relieve(Instance cutOff) {
    if (view.isAvailable() && !cutOff.isConnector()) {
      take(cutOff, nanoTime.getAsLong());
    }
  }

  /** Sends again what this one has and another may have. */
  private void take(Instance from, long now) {
    for (Pending request : requests.movable(from, now)) {
      from.done();
      sendAgain(request, now);
    }
  }

  private void add(Instance instance) {
    instances.add(instance);
    getContext().watchWith(instance.ref(), new Gone(instance.ref()));
    instance.attach(asyncId, self);
  }

  private Behavior<ToDispatcher> onConnection(Connection connection) {
    Instance instance = instances.get(connection.connector());
    if (instance == null) {
      instance = new Instance(connection.connector(), true);
      instances.add(instance);
    }
    instance.serve(connection);
    view.setAvailable(instances.isAnyAvailable());
    if (view.isAvailable()) {
      drainQueue();
    } else {
      giveUpQueued();
    }
    return this;
  }

  private Behavior<ToDispatcher> onFailed(Failed failed) {
    Instance instance = instances.get(failed.connector());
    if (instance == null) {
      return this;
    }
    instance.giveBack(failed.credits());
    Pending request = requests.get(failed.key());
    if (request != null && request.instance == instance) {
      instance.done();
      if (failed.reason() == Undecided.NO_FILTER) {
        sendAgain(request, nanoTime.getAsLong());
      } else {
        giveUp(request, failed.reason());
      }
    }
    drainQueue();
    return this;
  }

  /** Nobody is left to ask about what waits for credit. */
  private void giveUpQueued() {
    for (Pending request : requests.with(null)) {
      giveUp(request, Undecided.NO_FILTER);
    }
  }

  private Behavior<ToDispatcher> onGone(ActorRef<ToInstance> ref) {
    Instance gone = instances.remove(ref);
    if (gone == null) {
      return this;
    }
    if (gone.isAnnounced()) {
      LOG.info("filter {}: instance {} has gone", name(), ref.path());
    }
    view.setAvailable(instances.isAnyAvailable());
    if (!view.isAvailable()) {
      giveUpQueued();
    }
    long now = nanoTime.getAsLong();
    for (Pending request : requests.with(gone)) {
      sendAgain(request, now);
    }
    publish();
    return this;
  }

  private void sendAgain(Pending request, long nowNanos) {
    request.instance = null;
    if (request.mayBeSentAgain(nowNanos)) {
      service.counters().increment(SuspensionCounter.REQUESTS_RESENT);
      dispatch(request);
    } else {
      giveUp(request, Undecided.NO_FILTER);
    }
  }

  private Behavior<ToDispatcher> onTick() {
    addListed();
    instances.all().forEach(instance -> instance.look(asyncId, self));
    requests.tidy();
    publish();
    return this;
  }

  /** Once a second and not for each request, so that it costs nothing what nobody may look at. */
  private void publish() {
    view.publish(new FilterStatus(requests.queued(), requests.size(), instances.status()));
  }

  private Behavior<ToDispatcher> onPeek(Peek peek) {
    List<Waiting> oldest = requests.oldest(peek.limit()).stream().map(this::waiting).toList();
    peek.replyTo().tell(new Peeked(requests.own(), oldest));
    return this;
  }

  private Behavior<ToDispatcher> onInvalidate(Invalidate invalidate) {
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

  private Behavior<ToDispatcher> onDescribe(Describe describe) {
    Pending request = requests.get(describe.key());
    Waiting waiting = request == null ? null : waiting(request);
    describe.replyTo().tell(new Described(describe.key(), waiting, request == null));
    return this;
  }

  private Waiting waiting(Pending request) {
    Instance instance = request.instance;
    return new Waiting(
        request.ask.state(), request.ask.entity(), instance == null ? null : instance.ref());
  }

  private String name() {
    return service.settings().name();
  }

  private enum Internal implements ToDispatcher, NoSerializationVerificationNeeded {
    FLUSH,
    TICK
  }

  private record Listed(Set<ActorRef<ToInstance>> instances, Set<ActorRef<ToInstance>> reachable)
      implements ToDispatcher, NoSerializationVerificationNeeded {}

  /** An instance has ended, or its node. */
  record Gone(ActorRef<ToInstance> instance)
      implements ToDispatcher, NoSerializationVerificationNeeded {}

  /**
   * A connector of this node, which is an instance without being listed, has found its filter or
   * lost it. What it was sent before stays with it: the filter may still decide.
   *
   * @param capacity requests that it can have at once, of all dispatchers
   * @param free how many more it can have now; counts when the dispatcher hears of it first
   */
  record Connection(ActorRef<ToInstance> connector, boolean isUp, int capacity, int free)
      implements ToDispatcher, NoSerializationVerificationNeeded {}

  /**
   * A connector knows that no verdict will come for what it was sent, because its filter was not
   * there ({@code NO_FILTER}), and another instance may be, or decided nothing ({@code TIMEOUT}).
   *
   * @param credits that this gives back, 0 or 1
   */
  record Failed(ActorRef<ToInstance> connector, int credits, SuspensionKey key, Undecided reason)
      implements ToDispatcher, NoSerializationVerificationNeeded {}
}
