// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.wire.ClientSubnet;
import io.anteroom.node.wire.KeyedHash;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.wire.WireQuery;
import org.jspecify.annotations.Nullable;

/**
 * Identity of a question within one pool: QNAME (case-insensitive), QTYPE, QCLASS, the bits RD, CD
 * and DO, and the client subnet that is sent, because the answer may depend on it. Clients choose
 * all of these values, hence the keyed hash: see {@link KeyedHash}.
 */
record LookupKey(WireName name, int type, int dnsClass, int bits, @Nullable ClientSubnet subnet)
    implements Comparable<LookupKey> {
  private static final int RD = 1;
  private static final int CD = 2;
  private static final int DO = 4;

  static LookupKey of(WireQuery query) {
    int bits =
        (query.recursionDesired() ? RD : 0)
            | (query.checkingDisabled() ? CD : 0)
            | (query.dnssecOk() ? DO : 0);
    return new LookupKey(query.name(), query.type(), query.dnsClass(), bits, query.subnet());
  }

  @Override
  public int hashCode() {
    long network = subnet == null ? 0 : subnet.longHash();
    return (int) KeyedHash.PROCESS.of(name.longHash(), question(), network);
  }

  @Override
  public int compareTo(LookupKey other) {
    int order = Long.compare(question(), other.question());
    order = order != 0 ? order : name.compareTo(other.name);
    return order != 0 ? order : ClientSubnet.compare(subnet, other.subnet);
  }

  private long question() {
    return (long) bits << 32 | (long) dnsClass << 16 | type;
  }
}
