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
 * Tells of the verdicts of a service that are rejected: their instances all, the log each reason
 * once in 10 s, so that one that is frequent hides no other. For one thread alone.
 */
final class RejectedVerdicts {
  private static final Logger LOG = LoggerFactory.getLogger(RejectedVerdicts.class);
  private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final FilterService service;
  private final LongSupplier nanoTime;

  /** The last place is for reasons that this version does not know. */
  private final long[] nextNanos = new long[Rejection.values().length + 1];

  private final long[] unlogged = new long[nextNanos.length];

  RejectedVerdicts(FilterService service, LongSupplier nanoTime) {
    this.service = service;
    this.nanoTime = nanoTime;
    Arrays.fill(nextNanos, nanoTime.getAsLong());
  }

  /** Refuses verdicts of somebody who is no instance. */
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
   * Logs one.
   *
   * @param about the name of the query or, if only that is known, its key
   * @param sender who gave the verdict
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
