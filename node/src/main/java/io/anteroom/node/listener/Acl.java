// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.Netmask;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Supplier;

/** Who may ask. Everybody else is dropped and counted, before a byte is read. */
public final class Acl {
  private final Supplier<List<Netmask>> allowed;
  private final Counters<Counter> counters;

  /** Takes those who are allowed now; asked for each packet. */
  public Acl(Supplier<List<Netmask>> allowed, Counters<Counter> counters) {
    this.allowed = allowed;
    this.counters = counters;
  }

  /** Whether this client may ask; if not, it has been counted. */
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
