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
 * Shows the way that a query would go, rule by rule, without sending it: no filter and no server is
 * asked, nothing is counted, and nobody is answered. It is the way of the {@link Pipeline}, so what
 * a verdict that holds, a stale answer or a service's policy would do is done. Where a query would
 * wait for a filter it goes on as if that had said continue; where servers would be asked it ends,
 * as nobody knows what they say. Safe for any thread.
 *
 * <p>Two things it does not foresee: a limit of suspended queries that is reached, and the limit of
 * equal responses.
 */
public final class Tracer {
  private final Parts parts;

  /**
   * What a tracer looks at.
   *
   * @param pools as any event loop asks them
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
   * What happened on the way.
   *
   * @param stage that of the chain; or {@code acl}, {@code block}, {@code local data}, {@code
   *     cache}, {@code upstream}, {@code alias}, {@code answer}
   * @param rule its name; empty for what is no rule
   * @param matched whether the rule was for the query; true for what is no rule
   */
  public record Step(String stage, String rule, boolean matched, String result) {}

  public Tracer(Parts parts) {
    this.parts = parts;
  }

  /** The way of this query from this client. */
  public List<Step> trace(WireQuery wire, Client client) {
    if (!Netmask.anyContains(parts.acl().get(), client.address().getAddress())) {
      String result = "the client is none of those who may ask, and gets no answer";
      return List.of(new Step("acl", "", true, result));
    }
    Chains rules = parts.rules().get();
    return new TracedSteps(parts, rules).take(Query.of(wire, client, rules));
  }
}
