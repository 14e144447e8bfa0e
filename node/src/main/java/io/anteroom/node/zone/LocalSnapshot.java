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
   * the name decides. One for which a rule or a verdict has chosen a pool goes there, special or
   * delegated by a zone or not, unless the files know it.
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
    LocalOutcome byZones = zones.find(query);
    if (byZones != LocalOutcome.NONE) {
      return byZones;
    }
    byte[] known = special == null || query.pool() != null ? null : special.answer(wire);
    return known == null
        ? LocalOutcome.NONE
        : new LocalOutcome.Answer(known, Counter.SPECIAL_NAMES);
  }

  int size() {
    return hosts.size() + zones.size();
  }
}
