// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.Rejection;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.Verdict;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Asks the filter of an instance about requests, and takes what it decides to the {@link Outbox}.
 * Whatever the filter throws costs the verdict about that one request. It belongs to the instance's
 * thread; only a stage that completes later tells so on a thread of its own.
 */
final class FilterCalls {
  private final Filter filter;
  private final Outbox outbox;
  private final FilterMetrics metrics;
  private final FailureLog failures;
  private final LongSupplier clockNs;
  private final ActorRef<ToInstance> self;
  private final UnderWay underWay = new UnderWay();

  /** A stage that was not complete at once is complete: with a verdict, or a failure. */
  record Decided(Asked asked, @Nullable Verdict verdict, @Nullable Throwable failure)
      implements ToInstance, NoSerializationVerificationNeeded {}

  /**
   * For one instance.
   *
   * @param self the instance, which is told of what is decided later
   */
  FilterCalls(
      Filter filter,
      int asyncId,
      Outbox outbox,
      FilterMetrics metrics,
      Logger log,
      LongSupplier clockNs,
      ActorRef<ToInstance> self) {
    this.filter = filter;
    this.outbox = outbox;
    this.metrics = metrics;
    this.failures = new FailureLog(log, asyncId);
    this.clockNs = clockNs;
    this.self = self;
  }

  /** Asks the filter; it may decide at once. */
  void ask(Asked asked) {
    Verdict verdict = null;
    Throwable failure = null;
    try {
      CompletionStage<Verdict> stage = filter.decide(asked.request());
      if (stage instanceof CompletableFuture<Verdict> future && future.isDone()) {
        verdict = future.join();
      } else if (stage != null) {
        underWay.add(asked);
        stage.whenComplete((late, why) -> self.tell(new Decided(asked, late, why)));
        return;
      }
    } catch (Throwable e) {
      // Also an OutOfMemoryError: most often it was one array that was too large, and is gone.
      failure = e;
      underWay.remove(asked);
    }
    decided(asked, verdict, failure);
  }

  /**
   * Takes what was decided later.
   *
   * @return whether the request was still under way
   */
  boolean decided(Decided result) {
    if (!underWay.remove(result.asked())) {
      return false;
    }
    decided(result.asked(), result.verdict(), result.failure());
    return true;
  }

  private void decided(Asked asked, @Nullable Verdict verdict, @Nullable Throwable failure) {
    asked.link().done();
    long nowNs = clockNs.getAsLong();
    boolean over = asked.isOver(nowNs);
    if (verdict == null || failure != null) {
      metrics.failed.increment();
      failures.failed(asked.request(), failure, nowNs);
    } else if (over) {
      late(asked, nowNs);
    } else if (verdict.isUndecided()) {
      metrics.undecided.increment();
    } else {
      metrics.decided.increment();
      outbox.resume(asked, new Resume(asked.key(), verdict), nowNs);
      return;
    }
    if (!over) {
      outbox.sendOnce(asked, new Resume(asked.key(), Verdict.undecided()));
    }
  }

  /** Lets go of requests that are over, so that their credits go back. */
  void sweep() {
    long nowNs = clockNs.getAsLong();
    for (Asked asked : underWay.takeOver(nowNs)) {
      asked.link().done();
      late(asked, nowNs);
    }
  }

  private void late(Asked asked, long nowNs) {
    metrics.late.increment();
    failures.late(asked.request(), nowNs);
  }

  /** Whether no stage is waited for. */
  boolean isIdle() {
    return underWay.isEmpty();
  }

  /** A node says what became of a verdict. */
  void settled(ResumeResult result) {
    Unacknowledged.Entry entry = outbox.acknowledge(result.key());
    if (entry != null) {
      counter(result.status()).increment();
      if (result.status() == ResumeResult.Status.REJECTED) {
        rejected(entry, result.rejection());
      }
    }
  }

  private void rejected(Unacknowledged.Entry entry, @Nullable Rejection why) {
    FilterRequest request = entry.asked().request();
    failures.rejected(request, entry.resume().verdict(), why, clockNs.getAsLong());
    try {
      filter.rejected(request, entry.resume().verdict(), why);
    } catch (Throwable e) {
      failures.threw("rejected", e, clockNs.getAsLong());
    }
  }

  private LongAdder counter(ResumeResult.Status status) {
    return switch (status) {
      case RESUMED -> metrics.resumed;
      case ENDED -> metrics.ended;
      case UNKNOWN -> metrics.unknown;
      case REJECTED -> metrics.rejected;
    };
  }
}
