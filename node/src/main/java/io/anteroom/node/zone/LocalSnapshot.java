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
 * Local data as it is at one time. Immutable.
 *
 * @param special null if no names are special
 */
record LocalSnapshot(
    HostsTable hosts, LocalZones zones, @Nullable SpecialNames special, ServerIdentity identity) {

  /**
   * Looks in the hosts files, then the zones, then among the special names; the first that knows
   * the name decides. The pool that a hosts file names, and special names, give way to a pool that
   * a rule or a verdict has chosen. So does a name that a zone delegates; without a pool it is
   * refused, as it is nobody's in the public DNS.
   */
  LocalOutcome find(Query query) {
    WireQuery wire = query.wire();
    if (wire.dnsClass() == Types.CLASS_CH) {
      return chaos(query);
    }
    if (wire.dnsClass() != Types.CLASS_IN) {
      return LocalOutcome.NONE;
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

  /** What is not about a server may be meant for one that a rule has chosen. */
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
