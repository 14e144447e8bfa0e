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
 * A filter instance as seen by one filter router: its credits, its requests and the next batch.
 * Used by the router's thread only.
 */
final class Instance {
  private static final int BATCH = 128;

  /**
   * In bytes. Even with the last request added, a batch stays far below Artery's frame size of 256
   * KiB.
   */
  private static final int BATCH_BYTES = 48 << 10;

  private static final int REQUEST_OVERHEAD = 100;

  /** Seconds after which credits that no outstanding request accounts for count as lost. */
  private static final int LOST_AFTER = 60;

  private final ActorRef<ToInstance> ref;
  private final boolean connector;

  /** Requests sent to it whose queries still wait and that never move to another instance. */
  private final PendingList staying = new PendingList();

  /** Like {@link #staying}, but another instance may take them if there is time. */
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

  /** Creates an instance, which the Receptionist lists unless it is a connector of this node. */
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

  /** Number of requests that may be sent to it now. */
  int credits() {
    return cutOff ? 0 : credits;
  }

  FilterStatus.OfInstance status() {
    return new FilterStatus.OfInstance(ref, granted, credits, outstanding());
  }

  /** Whether it has granted credits and is not cut off; it may have no credit left. */
  boolean isAvailable() {
    return granted > 0 && !cutOff;
  }

  /** Whether it is temporarily unreachable. */
  boolean isCutOff() {
    return cutOff;
  }

  /**
   * Sets whether it is temporarily unreachable. Verdicts may still arrive from it.
   *
   * @return whether this has changed
   */
  boolean setCutOff(boolean now) {
    boolean news = cutOff != now;
    cutOff = now;
    return news;
  }

  /** Marks it as logged; returns true the first time. */
  boolean announce() {
    boolean news = !announced;
    announced = true;
    return news;
  }

  boolean isAnnounced() {
    return announced;
  }

  /** Number of requests at it: sent, and their credits not given back. */
  int inFlight() {
    return granted - credits;
  }

  /** Number of requests sent to it whose queries still wait. */
  int outstanding() {
    return movable.size() + staying.size();
  }

  /** Removes and returns a request of an instance that has gone; null if there is none. */
  @Nullable Pending takeAny() {
    Pending request = movable.isEmpty() ? staying.poll() : movable.poll();
    if (request != null) {
      request.leave();
    }
    return request;
  }

  /**
   * Removes and returns the oldest request that may move to another instance; null if there is
   * none. Requests past their deadline stay and are not considered again.
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
   * Called once per second to recover credits lost in transit. Lost requests show as a gap in the
   * sequence numbers. A lost message that returned credits shows only in credits that stay missing
   * although nothing is outstanding. Messages to a connector are never lost.
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

  /** Applies the state that a connector reports. */
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

  /** Like {@link #attach}, for an instance that has lost the router; it grants credits again. */
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

  /** Sends the batch; returns its number of requests. */
  int flush(ActorRef<ToRouter> self, long nowNanos) {
    int n = requests.size();
    if (n > 0) {
      List<Pending> leaving = requests;
      requests = new ArrayList<>();
      requestBytes = 0;
      List<FilterRequest> batch = new ArrayList<>(n);
      for (Pending pending : leaving) {
        batch.add(pending.request(nowNanos));
      }
      send(self, batch);
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
