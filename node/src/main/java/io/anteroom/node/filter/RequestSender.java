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
 * Assigns the requests of one filter router to its instances. Used by the router's thread only.
 *
 * <p><b>Credits.</b> A request goes to the instance with the most credits left and costs one of
 * them. If no instance has credit, it waits in a bounded queue.
 *
 * <p><b>Batches.</b> Requests that are processed in one pass over the mailbox leave in one message
 * per instance: the first request of a batch makes the router send itself a flush message, which
 * queues behind all earlier messages.
 *
 * <p><b>Costs.</b> Each instance has a list of its requests, and the queue is a list of its own. So
 * moving, sending or failing requests takes time in proportion to their number only.
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

  /** Accepts a request, which replaces one with the same key. */
  void ask(Ask ask) {
    Pending request = new Pending(ask);
    requests.remove(request.key());
    requests.add(request);
    dispatch(request);
  }

  /** Ends the request of a query that no longer waits; it may have ended already. */
  void end(SuspensionKey key) {
    requests.remove(key);
  }

  /** Ends a request that will get no verdict, and tells its query the reason. */
  void giveUp(Pending request, Undecided reason) {
    requests.remove(request.key());
    request.ask.entity().tell(new GiveUp(request.key(), reason));
  }

  /**
   * Sends a request that its instance failed to decide to another one, or fails it if it may not
   * move.
   */
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

  /** Sends queued requests while there is credit. */
  void drainQueue() {
    while (requests.anyQueued()) {
      Instance instance = instances.mostCredits();
      if (instance == null) {
        return;
      }
      send(requests.dequeue(), instance);
    }
  }

  /** Fails all queued requests, because no instance is left. */
  void giveUpQueued() {
    while (requests.anyQueued()) {
      giveUp(requests.dequeue(), Undecided.NO_FILTER);
    }
  }

  /** Sends the instance's movable requests again. It must have no credit itself. */
  void moveFrom(Instance instance) {
    long now = nanoTime.getAsLong();
    Pending request;
    while ((request = instance.takeMovable(now)) != null) {
      sendOnceMore(request);
    }
  }

  /** Sends all requests of a removed instance to others, or fails them. */
  void moveAllFrom(Instance gone) {
    Pending request;
    while ((request = gone.takeAny()) != null) {
      sendAgain(request);
    }
  }

  /** Acknowledges a verdict to its instance, with the result. */
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

  /** Sends the batches of all instances. */
  void flush() {
    flushing = false;
    instances.all().forEach(this::flush);
  }

  /** Sends the batch of this instance. */
  void flush(Instance instance) {
    service
        .counters()
        .add(SuspensionCounter.REQUESTS_SENT, instance.flush(self, nanoTime.getAsLong()));
  }
}
