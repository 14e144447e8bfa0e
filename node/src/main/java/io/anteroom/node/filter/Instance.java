// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.protocol.Attach;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.FilterRequests;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.ResumeResults;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * A filter instance as one router knows it: its credits, and what is about to be sent to it. For
 * the router's thread alone.
 */
final class Instance {
  private static final int BATCH = 128;

  /** Far below Artery's frame of 256 KiB, whatever the last request adds. */
  private static final int BATCH_BYTES = 48 << 10;

  private static final int REQUEST_OVERHEAD = 100;

  /** Looks, a second apart, after which credits that nobody accounts for count as lost. */
  private static final int LOST_AFTER = 60;

  private final ActorRef<ToInstance> ref;
  private final boolean connector;

  /** Sent to it, with queries that still wait, and not to be moved whatever comes of it. */
  private final PendingList staying = new PendingList();

  /** As {@link #staying}, but for another instance to take if there is time. */
  private final PendingList movable = new PendingList();

  private List<Pending> requests = new ArrayList<>();
  private List<ResumeResult> results = new ArrayList<>();
  private int requestBytes;
  private long sent;
  private int granted;
  private int credits;
  private int looks;
  private boolean cutOff;
  private boolean announced;

  /** One that the Receptionist lists, or else a connector of this node. */
  Instance(ActorRef<ToInstance> ref, boolean connector) {
    this.ref = ref;
    this.connector = connector;
  }

  boolean isConnector() {
    return connector;
  }

  ActorRef<ToInstance> ref() {
    return ref;
  }

  /** How many requests it may be sent now. */
  int credits() {
    return cutOff ? 0 : credits;
  }

  FilterStatus.OfInstance status() {
    return new FilterStatus.OfInstance(ref, granted, credits, outstanding());
  }

  /** Whether it takes requests, if not just now. */
  boolean isAvailable() {
    return granted > 0 && !cutOff;
  }

  /** Whether it can't be asked for the moment. */
  boolean isCutOff() {
    return cutOff;
  }

  /**
   * It can't be asked for the moment, or can again; verdicts may come all the same.
   *
   * @return whether that is news
   */
  boolean setCutOff(boolean now) {
    boolean news = cutOff != now;
    cutOff = now;
    return news;
  }

  /** Takes note that the log has told of it; true the first time. */
  boolean announce() {
    boolean news = !announced;
    announced = true;
    return news;
  }

  boolean isAnnounced() {
    return announced;
  }

  /** How many requests are with it: sent and not given back. */
  int inFlight() {
    return granted - credits;
  }

  /** How many requests it has, whose queries still wait. */
  int outstanding() {
    return movable.size() + staying.size();
  }

  /** Takes the oldest request that it has from it, for an instance that has gone; null if none. */
  @Nullable Pending takeAny() {
    Pending request = movable.isEmpty() ? staying.poll() : movable.poll();
    if (request != null) {
      request.leave();
    }
    return request;
  }

  /**
   * Takes the oldest request from it that another instance may have; null if there is none. Those
   * whose time is up stay, and are not looked at again.
   */
  @Nullable Pending takeMovable(long nowNanos) {
    Pending request;
    while ((request = movable.poll()) != null) {
      if (request.mayBeSentAgain(nowNanos)) {
        request.leave();
        return request;
      }
      staying.add(request);
    }
    return null;
  }

  /**
   * To be called once a second: sees to it that credits which were lost on the way come back. Lost
   * requests show as a gap; a lost message that gave credits back shows only in credits that stay
   * away though nothing is outstanding. On the way to a connector nothing is lost.
   */
  void look(int asyncId, ActorRef<ToRouter> self) {
    if (connector) {
      return;
    }
    if (granted == 0) {
      attach(asyncId, self);
    } else if (inFlight() > 0) {
      looks = outstanding() == 0 ? looks + 1 : 0;
      if (looks < LOST_AFTER) {
        send(self, List.of());
      } else {
        looks = 0;
        attach(asyncId, self);
      }
    }
  }

  /** Takes what a connector says of itself. */
  void serve(FilterRouter.Connection connection) {
    if (granted == 0) {
      granted = connection.capacity();
      credits = connection.free();
    }
    cutOff = !connection.isUp();
  }

  void attach(int asyncId, ActorRef<ToRouter> self) {
    sent = 0;
    ref.tell(new Attach(asyncId, self));
  }

  /** As {@link #attach}, to one that grants credits as soon as it knows the router again. */
  void attachAgain(int asyncId, ActorRef<ToRouter> self) {
    credits = 0;
    attach(asyncId, self);
  }

  void grant(int n) {
    granted = n;
    credits = n;
  }

  void giveBack(int n) {
    credits = (int) Math.min(granted, (long) credits + n);
  }

  /** Adds a request to the batch; true if the batch should leave now. */
  boolean add(Pending pending) {
    credits--;
    pending.sentTo(this);
    (pending.isLastInstance() ? staying : movable).add(pending);
    requests.add(pending);
    requestBytes += pending.messageLength() + REQUEST_OVERHEAD;
    return requests.size() >= BATCH || requestBytes >= BATCH_BYTES;
  }

  /** Adds an acknowledgement to the batch; true if the batch should leave now. */
  boolean add(ResumeResult result) {
    results.add(result);
    return results.size() >= BATCH;
  }

  /** Sends what has gathered; returns the number of requests. */
  int flush(ActorRef<ToRouter> self, long nowNanos) {
    int n = requests.size();
    if (n > 0) {
      List<FilterRequest> batch = new ArrayList<>(n);
      for (Pending pending : requests) {
        batch.add(pending.request(nowNanos));
      }
      send(self, batch);
      requests = new ArrayList<>();
      requestBytes = 0;
    }
    if (!results.isEmpty()) {
      ref.tell(new ResumeResults(results));
      results = new ArrayList<>();
    }
    return n;
  }

  private void send(ActorRef<ToRouter> self, List<FilterRequest> batch) {
    ref.tell(new FilterRequests(self, sent, batch));
    sent += batch.size();
  }
}
