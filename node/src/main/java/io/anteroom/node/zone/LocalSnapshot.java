// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Query;
import io.anteroom.node.wire.Answers;
import io.anteroom.node.wire.Rcodes;
import io.anteroom.node.wire.Types;
import io.anteroom.node.wire.WireQuery;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot of local data. Immutable.
 *
 * @param designation null if clients are told of no listeners with encryption
 * @param special null if special-use names are off
 */
record LocalSnapshot(
    HostsTable hosts,
    LocalZones zones,
    @Nullable Designation designation,
    @Nullable SpecialNames special,
    ServerIdentity identity) {

  /**
   * Looks a query up: among the names that are about this node, in hosts files, then zones, then
   * special-use names; the first one that knows the name decides. A pool that a rule or a verdict
   * has chosen takes precedence over the pool of a hosts file, over special-use names, and over
   * names that a zone delegates. Without a pool, a delegated name is refused, because the public
   * DNS does not know it.
   */
  LocalOutcome find(Query query) {
    WireQuery wire = query.wire();
    if (wire.dnsClass() == Types.CLASS_CH) {
      return chaos(query);
    }
    if (wire.dnsClass() != Types.CLASS_IN) {
      return LocalOutcome.NONE;
    }
    byte[] designated = designation == null ? null : designation.answer(wire);
    if (designated != null) {
      return new LocalOutcome.Answer(designated, Counter.DDR);
    }
    LocalOutcome byHosts = hosts.find(wire, query.client().address().getAddress());
    if (byHosts != null) {
      boolean chosen = byHosts instanceof LocalOutcome.Route && query.pool() != null;
      return chosen ? LocalOutcome.NONE : byHosts;
    }
    byte[] answer = zones.answer(wire);
    if (answer != null) {
      return new LocalOutcome.Answer(answer, Counter.LOCAL);
    }
    if (query.pool() != null) {
      return LocalOutcome.NONE;
    }
    if (zones.isWithin(wire.name())) {
      return refused(wire, Counter.LOCAL_DELEGATED_REFUSED);
    }
    byte[] known = special == null ? null : special.answer(wire);
    return known == null
        ? LocalOutcome.NONE
        : new LocalOutcome.Answer(known, Counter.SPECIAL_NAMES);
  }

  /** A query of class CH that is not about this server may be for a pool that a rule has chosen. */
  private LocalOutcome chaos(Query query) {
    byte[] answer = identity.answer(query.wire());
    if (answer != null) {
      return new LocalOutcome.Answer(answer, Counter.CHAOS);
    }
    return query.pool() == null ? refused(query.wire(), Counter.CHAOS) : LocalOutcome.NONE;
  }

  private static LocalOutcome refused(WireQuery query, Counter counter) {
    return new LocalOutcome.Answer(Answers.rcode(query, Rcodes.REFUSED, null), counter);
  }

  int size() {
    return hosts.size() + zones.size();
  }
}
