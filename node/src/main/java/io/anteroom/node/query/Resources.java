// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.cache.AnswerCache;
import io.anteroom.node.cache.VerdictCache;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.operation.WorkerPools;
import io.anteroom.node.policy.PolicyMetrics;
import io.anteroom.node.rate.Limits;
import io.anteroom.node.upstream.SharedPool;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Objects that the event loops of a node share to answer queries. All are safe for any thread, and
 * live as long as the node.
 *
 * @param upstreams the upstream pools by name
 * @param workers the worker threads of policies
 * @param policies the counters and alerts of policies
 */
public record Resources(
    AnswerCache cache,
    VerdictCache verdicts,
    Limits limits,
    CookieJar cookies,
    Map<String, SharedPool> upstreams,
    WorkerPools workers,
    PolicyMetrics policies,
    Counters<Counter> counters,
    LongSupplier nanoTime) {
  /** Whether the pool has a server that is not down. */
  public boolean isUsable(String pool) {
    SharedPool known = upstreams.get(pool);
    return known != null && known.isUsable();
  }
}
