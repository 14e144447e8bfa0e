// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Query;
import io.anteroom.node.wire.Types;
import io.anteroom.node.wire.WireQuery;
import org.jspecify.annotations.Nullable;

/**
 * Local data as it is at one time. Immutable.
 *
 * @param special null if no names are special
 */
record LocalSnapshot(HostsTable hosts, LocalZones zones, @Nullable SpecialNames special) {

  /**
   * Looks in the hosts files, then the zones, then among the special names; the first that knows
   * the name decides. A name that a zone delegates goes upstream, special or not, and so does one
   * for which a rule or a verdict has chosen a pool, unless the files know it.
   */
  LocalOutcome find(Query query) {
    WireQuery wire = query.wire();
    if (wire.dnsClass() != Types.CLASS_IN) {
      return LocalOutcome.NONE;
    }
    LocalOutcome byHosts = hosts.find(wire, query.client().address().getAddress());
    if (byHosts != null) {
      return byHosts;
    }
    byte[] answer = zones.answer(wire);
    if (answer != null) {
      return new LocalOutcome.Answer(answer, Counter.LOCAL);
    }
    byte[] known = special == null || query.pool() != null ? null : special.answer(wire);
    return known == null || zones.isWithin(wire.name())
        ? LocalOutcome.NONE
        : new LocalOutcome.Answer(known, Counter.SPECIAL_NAMES);
  }

  int size() {
    return hosts.size() + zones.size();
  }
}
