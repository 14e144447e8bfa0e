// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.Netmask;
import io.anteroom.node.config.TlsSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.rate.RateTable;
import io.anteroom.node.wire.KeyedHash;
import java.net.InetAddress;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the handshakes of one listener per second, of all clients and of each, because a handshake
 * costs the node a signature and an attacker little. A client is an IPv4 address or an IPv6 /64.
 * Each may use the allowance of a second at once. Thread-safe.
 */
final class HandshakeLimits {
  /** Clients that are remembered; 64 KiB. */
  private static final int CLIENTS = 4_096;

  private static final long EVERYBODY = 1;

  private final RateTable all;
  private final RateTable clients;
  private final LongSupplier nanoTime;

  HandshakeLimits(TlsSettings settings, Counters<Counter> counters, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.all = table(1, settings.maxHandshakes(), () -> {});
    this.clients =
        table(
            CLIENTS,
            settings.maxHandshakesPerClient(),
            () -> counters.increment(Counter.TLS_CLIENTS_EVICTED));
  }

  private RateTable table(int entries, int perSecond, Runnable onEvict) {
    return new RateTable(entries, perSecond, perSecond, 1, nanoTime.getAsLong(), onEvict);
  }

  /** Counts a handshake that begins; null if it may go on, else the counter of its refusal. */
  @Nullable Counter refuse(InetAddress from) {
    Netmask client = Netmask.around(from, 32, 64);
    long now = nanoTime.getAsLong();
    long key = KeyedHash.PROCESS.of(client.high(), client.low(), client.prefix());
    if (clients.take(key, now) != RateTable.WITHIN) {
      return Counter.TLS_LIMITED_CLIENT;
    }
    return all.take(EVERYBODY, now) == RateTable.WITHIN ? null : Counter.TLS_LIMITED;
  }
}
