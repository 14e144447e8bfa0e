// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import io.anteroom.protocol.Grant;
import io.anteroom.protocol.Invalidate;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * What an instance has to tell the routers that are attached to it: credits, verdicts and
 * invalidations, and which of them nobody has confirmed yet. It belongs to the instance's thread.
 *
 * <h2>Batches</h2>
 *
 * Verdicts are collected for each router ({@link Link}) and leave when the instance flushes or when
 * there are many.
 *
 * <h2>Repeating</h2>
 *
 * A verdict is kept until a node says what became of it. About every 100 ms without that it is sent
 * again, each time to another of the routers that are attached, since any of them finds the query;
 * of very many only some, so that a node which was away is not buried when it is back. After the
 * request's deadline, counted from when the request came in, nothing is sent any more. That there
 * is no verdict is told once: if that is lost, the query waits for its time to be up.
 */
final class Outbox {
  static final Duration REPEAT = Duration.ofMillis(100);

  /** Nodes of one cluster; one more than that is refused. */
  static final int MAX_ROUTERS = 256;

  private final ActorRef<ToInstance> self;
  private final int asyncId;
  private final int credits;
  private final FilterMetrics metrics;
  private final Invalidations invalidations;
  private final List<Link> links = new ArrayList<>();
  private final Unacknowledged unacknowledged = new Unacknowledged(REPEAT.toNanos());

  /**
   * With no router.
   *
   * @param self the instance
   * @param credits that each router is granted
   */
  Outbox(
      ActorRef<ToInstance> self,
      int asyncId,
      int credits,
      FilterMetrics metrics,
      Invalidations invalidations) {
    this.self = self;
    this.asyncId = asyncId;
    this.credits = credits;
    this.metrics = metrics;
    this.invalidations = invalidations;
    metrics.attached = 0;
  }

  /** The link to a router; null if it is not attached. */
  @Nullable Link find(ActorRef<ToRouter> router) {
    int at = indexOf(router);
    return at < 0 ? null : links.get(at);
  }

  private int indexOf(ActorRef<ToRouter> router) {
    for (int i = 0; i < links.size(); i++) {
      if (links.get(i).router().equals(router)) {
        return i;
      }
    }
    return -1;
  }

  /** Whether there is no room for another router. */
  boolean isFull() {
    return links.size() >= MAX_ROUTERS;
  }

  /** Takes a router, or one that is here already anew, and grants it all credits. */
  void attach(ActorRef<ToRouter> router) {
    Link link = new Link(router, credits);
    int known = indexOf(router);
    if (known < 0) {
      links.add(link);
    } else {
      links.set(known, link).detach();
    }
    metrics.attached = links.size();
    router.tell(new Grant(asyncId, self, credits));
  }

  /** Lets go of a router that has gone. */
  void detach(ActorRef<ToRouter> router) {
    int known = indexOf(router);
    if (known >= 0) {
      links.remove(known).detach();
      metrics.attached = links.size();
    }
  }

  /** Sends a verdict until a node says what became of it. */
  void resume(Asked asked, Resume resume, long nowNs) {
    // Nodes that never answer could fill the table otherwise; what is beyond is sent once only.
    if (unacknowledged.size() < (long) credits * Math.max(1, links.size())) {
      unacknowledged.add(resume, asked, nowNs);
    } else {
      metrics.unacknowledged.increment();
    }
    sendOnce(asked, resume);
  }

  /** Sends this to whoever has asked, and never again. */
  void sendOnce(Asked asked, Resume resume) {
    send(resume, asked.link(), 0);
  }

  /** Takes out a verdict about which a node has said something; null if none was waiting. */
  Unacknowledged.@Nullable Entry acknowledge(SuspensionKey key) {
    return unacknowledged.acknowledge(key);
  }

  /** Sends what nobody has confirmed for a while, and all that has gathered. */
  void repeat(long nowNs) {
    for (Unacknowledged.Entry entry :
        unacknowledged.due(nowNs, expired -> metrics.unacknowledged.increment())) {
      metrics.repeated.increment();
      send(entry.resume(), entry.asked().link(), entry.sent());
    }
    flush();
    sendInvalidations(nowNs);
  }

  /** Sends to the asker, or to the one that many places after it. */
  private void send(Resume resume, Link asker, int places) {
    if (links.isEmpty()) {
      return;
    }
    Link link = asker;
    if (places > 0 || !asker.isAttached()) {
      link = links.get((Math.max(0, indexOf(asker.router())) + places) % links.size());
    }
    if (!link.hasRoom(resume)) {
      link.flush(self);
    }
    link.add(resume);
    if (link.isFull()) {
      link.flush(self);
    }
  }

  /** Sends the invalidations that are new, or that nobody has confirmed for a while. */
  void sendInvalidations(long nowNs) {
    if (links.isEmpty() || invalidations.isEmpty()) {
      return;
    }
    for (Invalidations.Entry entry : invalidations.due(nowNs - REPEAT.toNanos(), nowNs)) {
      Invalidate message = new Invalidate(asyncId, self, entry.id, entry.name, entry.subtree);
      links.forEach(link -> link.router().tell(message));
    }
  }

  /** Whether a router is to be told something soon. */
  boolean isUrgent() {
    for (Link link : links) {
      if (link.isUrgent()) {
        return true;
      }
    }
    return false;
  }

  /** Whether something is to be sent, or may have to be sent again. */
  boolean isDirty() {
    if (unacknowledged.size() > 0 || !(links.isEmpty() || invalidations.isEmpty())) {
      return true;
    }
    for (Link link : links) {
      if (link.isDirty()) {
        return true;
      }
    }
    return false;
  }

  /** Whether nodes have confirmed all verdicts and invalidations. */
  boolean isConfirmed() {
    return unacknowledged.size() == 0 && invalidations.isEmpty();
  }

  /** Sends what is urgent. */
  void flushUrgent() {
    for (Link link : links) {
      if (link.isUrgent()) {
        link.flush(self);
      }
    }
  }

  /** Sends all that has gathered. */
  void flush() {
    links.forEach(link -> link.flush(self));
  }
}
