// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.cache.AnswerCache;
import io.anteroom.node.config.Netmask;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Query;
import io.anteroom.node.rate.Limits;
import io.anteroom.node.rule.Chains;
import io.anteroom.node.suspend.Suspender;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.node.zone.LocalData;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Shows how a query would be processed, rule by rule, without doing it: no filter and no server is
 * asked, nothing is counted or sent. It uses the {@link Pipeline}, with the held verdicts, stale
 * answers and policies that would apply. Where the query would be suspended, it continues as if the
 * verdict were continue. Where servers would be asked, the trace ends. Safe for any thread.
 *
 * <p>It does not check two limits: that of suspended queries, and response rate limiting.
 */
public final class Tracer {
  private final Parts parts;

  /**
   * Objects that a tracer reads.
   *
   * @param pools the upstream pools of any one event loop
   */
  public record Parts(
      Supplier<List<Netmask>> acl,
      Limits limits,
      Supplier<Chains> rules,
      Supplier<LocalData> local,
      AnswerCache cache,
      UpstreamPools pools,
      Suspender suspender,
      LongSupplier nanoTime) {}

  /**
   * One step of the query.
   *
   * @param stage the stage of the chain; or {@code acl}, {@code block}, {@code local data}, {@code
   *     cache}, {@code upstream}, {@code alias}, {@code answer}
   * @param rule the name of the rule; empty if the step is not a rule
   * @param matched whether the rule matched; true if the step is not a rule
   */
  public record Step(String stage, String rule, boolean matched, String result) {}

  public Tracer(Parts parts) {
    this.parts = parts;
  }

  /** The steps of this query from this client. */
  public List<Step> trace(WireQuery wire, Client client) {
    if (!Netmask.anyContains(parts.acl().get(), client.address().getAddress())) {
      String result = "the client is none of those who may ask, and gets no answer";
      return List.of(new Step("acl", "", true, result));
    }
    Chains rules = parts.rules().get();
    return new TracedSteps(parts, rules).take(Query.of(wire, client, rules));
  }
}
