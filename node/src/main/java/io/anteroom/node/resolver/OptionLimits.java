// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.config.SocketSettings;
import io.anteroom.node.config.TrySettings;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Checks the limits of a resolver's options. All methods throw {@link IllegalArgumentException}
 * with the name of an option outside its limits.
 */
final class OptionLimits {
  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration MAX_TRY = Duration.ofMinutes(5);
  private static final Duration MAX_DEADLINE = Duration.ofHours(1);
  private static final Duration MAX_TTL = Duration.ofDays(7);
  private static final int MAX_TRIES = 10;
  private static final int MAX_NDOTS = 15;
  private static final int MAX_LOOKUPS = 1_000_000;

  private OptionLimits() {}

  static void check(Settings settings) {
    check(settings.channel().tries());
    check(settings.channel().sockets());
    checkServers(settings.channel().servers());
    within("ndots", settings.ndots(), 0, MAX_NDOTS);
    within("maxLookups", settings.maxLookups(), 1, MAX_LOOKUPS);
    within("qcacheMaxTtl", settings.qcacheMaxTtl(), Duration.ZERO, MAX_TTL);
  }

  private static void check(TrySettings tries) {
    within("timeout", tries.timeout(), MILLI, MAX_TRY);
    within("maxTimeout", tries.maxTimeout(), MILLI, MAX_TRY);
    within("tries", tries.tries(), 1, MAX_TRIES);
    within("deadline", tries.deadline(), MILLI, MAX_DEADLINE);
  }

  private static void check(SocketSettings sockets) {
    within("sockets", sockets.sockets(), 1, 256);
    within("udpMaxQueries", sockets.udpMaxQueries(), 1, Integer.MAX_VALUE);
    within("socketLife", sockets.socketLife(), SECOND, Duration.ofDays(1));
    within("maxOutstanding", sockets.maxOutstanding(), 1, 1_000_000);
    within("receiveBuffer", sockets.receiveBuffer(), 4_096, 1 << 30);
    within("sendBuffer", sockets.sendBuffer(), 0, 1 << 30);
    within("ednsSize", sockets.ednsSize(), 512, 4_096);
  }

  static void checkServers(List<ServerSettings> servers) {
    within("servers", servers.size(), 0, PoolSettings.MAX_SERVERS);
    for (ServerSettings server : servers) {
      InetSocketAddress address = server.address();
      if (address.isUnresolved() || address.getPort() == 0) {
        throw new IllegalArgumentException("servers: no address and port: " + address);
      }
      within("tcpPort", server.tcpPort(), 1, 0xffff);
    }
  }

  static void within(String option, int number, int least, int most) {
    if (number < least || number > most) {
      throw new IllegalArgumentException(
          "%s must be %d to %d, not %d".formatted(option, least, most, number));
    }
  }

  private static void within(
      String option, @Nullable Duration time, Duration least, Duration most) {
    if (time == null || time.compareTo(least) < 0 || time.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          "%s must be %s to %s, not %s".formatted(option, least, most, time));
    }
  }
}
