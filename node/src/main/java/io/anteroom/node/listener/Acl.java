// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.Netmask;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Supplier;

/**
 * Access control list: the networks whose clients may send queries. Packets and connections of all
 * others are dropped and counted before any DNS message is parsed.
 */
public final class Acl {
  private final Supplier<List<Netmask>> allowed;
  private final Counters<Counter> counters;

  /** Takes the supplier of the allowed networks, which is called for each packet or connection. */
  public Acl(Supplier<List<Netmask>> allowed, Counters<Counter> counters) {
    this.allowed = allowed;
    this.counters = counters;
  }

  /** Whether this client may send queries; if not, the drop is counted here. */
  boolean admits(InetSocketAddress client) {
    for (Netmask netmask : allowed.get()) {
      if (netmask.contains(client.getAddress())) {
        return true;
      }
    }
    counters.increment(Counter.ACL_DROPPED);
    return false;
  }
}
