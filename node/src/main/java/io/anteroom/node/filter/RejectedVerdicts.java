// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.protocol.Rejection;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.ResumeResults;
import io.anteroom.protocol.Resumes;
import io.anteroom.protocol.ToInstance;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports the rejected verdicts of a service: each one to its instance, and each reason to the log
 * at most once in 10 s, so that a frequent reason hides no other. For one thread.
 */
final class RejectedVerdicts {
  private static final Logger LOG = LoggerFactory.getLogger(RejectedVerdicts.class);
  private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final FilterService service;
  private final LongSupplier nanoTime;

  /** The last element is for reasons unknown to this version. */
  private final long[] nextNanos = new long[Rejection.values().length + 1];

  private final long[] unlogged = new long[nextNanos.length];

  RejectedVerdicts(FilterService service, LongSupplier nanoTime) {
    this.service = service;
    this.nanoTime = nanoTime;
    Arrays.fill(nextNanos, nanoTime.getAsLong());
  }

  /** Rejects verdicts whose sender is no instance. */
  void refuse(Resumes resumes) {
    List<ResumeResult> results = new ArrayList<>(resumes.resumes().size());
    for (Resume resume : resumes.resumes()) {
      ResumeResult result = ResumeResult.rejected(resume.key(), Rejection.STRANGER);
      service.settled(result);
      log(Rejection.STRANGER, resume.key(), resumes.instance());
      results.add(result);
    }
    resumes.instance().tell(new ResumeResults(results));
  }

  /**
   * Logs a rejected verdict.
   *
   * @param about the name of the query, or its key if the name is unknown
   * @param sender the sender of the verdict
   */
  void log(@Nullable Rejection why, Object about, ActorRef<ToInstance> sender) {
    int reason = why == null ? nextNanos.length - 1 : why.ordinal();
    long now = nanoTime.getAsLong();
    if (now - nextNanos[reason] < 0) {
      unlogged[reason]++;
      return;
    }
    String more =
        unlogged[reason] == 0 ? "" : " (" + unlogged[reason] + " more like this were not logged)";
    LOG.warn(
        "filter {}: the verdict of {} about {} was rejected: {}{}",
        service.settings().name(),
        sender.path(),
        about,
        why == null ? "the node that has the query gave no reason" : why.text(),
        more);
    nextNanos[reason] = now + INTERVAL_NANOS;
    unlogged[reason] = 0;
  }
}
