// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.flow.Ask;
import io.anteroom.node.flow.SuspensionCommand.GiveUp;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.flow.Undecided;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToRouter;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Deals the requests of one router out to its instances. For the router's thread alone.
 *
 * <p><b>Credits.</b> A request costs one of the instance's credits and goes to the one that has
 * most of them left. Without credit a request waits in a queue of bounded length.
 *
 * <p><b>Batches.</b> What gathers while the mailbox is worked off leaves in one message for each
 * instance: the first request of a batch makes the router tell itself to flush, and that message
 * stands behind all that have come before it.
 *
 * <p><b>Costs.</b> Each instance has a list of its requests, and the queue is a list of its own. So
 * to move, send or give up requests takes time for those alone, however many others wait.
 */
final class RequestSender {
  private final FilterService service;
  private final ServiceView view;
  private final Instances instances;
  private final Requests requests;
  private final ActorRef<ToRouter> self;
  private final LongSupplier nanoTime;
  private boolean flushing;

  RequestSender(
      FilterService service,
      ServiceView view,
      Instances instances,
      Requests requests,
      ActorRef<ToRouter> self,
      LongSupplier nanoTime) {
    this.service = service;
    this.view = view;
    this.instances = instances;
    this.requests = requests;
    this.self = self;
    this.nanoTime = nanoTime;
  }

  /** Takes a request; it takes the place of one with the same key. */
  void ask(Ask ask) {
    Pending request = new Pending(ask);
    requests.remove(request.key());
    requests.add(request);
    dispatch(request);
  }

  /** A query waits no longer; its request may have ended already. */
  void end(SuspensionKey key) {
    requests.remove(key);
  }

  /** Ends a request for which there will be no verdict. */
  void giveUp(Pending request, Undecided reason) {
    requests.remove(request.key());
    request.ask.entity().tell(new GiveUp(request.key(), reason));
  }

  /** Sends a request that its instance has failed to another one, if it may have another. */
  void sendAgain(Pending request) {
    long now = nanoTime.getAsLong();
    request.leave();
    if (request.mayBeSentAgain(now)) {
      sendOnceMore(request);
    } else {
      giveUp(request, Undecided.NO_FILTER);
    }
  }

  private void sendOnceMore(Pending request) {
    service.counters().increment(SuspensionCounter.REQUESTS_RESENT);
    dispatch(request);
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

  /** Sends what waits for credit, as far as there is credit now. */
  void drainQueue() {
    while (requests.anyQueued()) {
      Instance instance = instances.mostCredits();
      if (instance == null) {
        return;
      }
      send(requests.dequeue(), instance);
    }
  }

  /** Gives up what waits for credit: nobody is left to ask. */
  void giveUpQueued() {
    while (requests.anyQueued()) {
      giveUp(requests.dequeue(), Undecided.NO_FILTER);
    }
  }

  /** Sends what this instance has and another may have again. It has no credit itself. */
  void moveFrom(Instance instance) {
    long now = nanoTime.getAsLong();
    Pending request;
    while ((request = instance.takeMovable(now)) != null) {
      sendOnceMore(request);
    }
  }

  /** Sends again what an instance had that is none any more, or gives it up. */
  void moveAllFrom(Instance gone) {
    Pending request;
    while ((request = gone.takeAny()) != null) {
      sendAgain(request);
    }
  }

  /** Tells an instance what became of its verdict. */
  void acknowledge(Instance instance, ResumeResult result) {
    service.settled(result);
    if (instance.add(result)) {
      flush(instance);
    } else {
      flushSoon();
    }
  }

  private void flushSoon() {
    if (!flushing) {
      flushing = true;
      self.tell(FilterRouter.Internal.FLUSH);
    }
  }

  /** Sends all that has gathered; the router was told to. */
  void flush() {
    flushing = false;
    instances.all().forEach(this::flush);
  }

  /** Sends what has gathered for this instance. */
  void flush(Instance instance) {
    service
        .counters()
        .add(SuspensionCounter.REQUESTS_SENT, instance.flush(self, nanoTime.getAsLong()));
  }
}
