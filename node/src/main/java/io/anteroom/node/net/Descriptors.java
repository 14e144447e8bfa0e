// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.net;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * The file descriptors of this process, of which the system grants only so many. Each connection
 * takes one, and so does each socket to a server: connections of clients must leave enough.
 */
public final class Descriptors {
  /** Jars, logs, event loops, listening sockets, other members, filters, the admin interface. */
  private static final long OTHERS = 512;

  private Descriptors() {}

  /** How many the process may have open; the largest number where that is not known. */
  public static long limit() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        ? system.getMaxFileDescriptorCount()
        : Long.MAX_VALUE;
  }

  /** How many the process has open; -1 where that is not known. */
  public static long open() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        ? system.getOpenFileDescriptorCount()
        : -1;
  }

  /**
   * How many connections each of some listeners may take: all that the limit leaves beside the
   * sockets to upstream servers and {@value #OTHERS} for all else, and an eighth of it at least.
   *
   * @param upstream how many sockets to upstream servers there may be
   */
  public static int forConnections(long limit, long upstream, int listeners) {
    long left = Math.max(limit / 8, limit - upstream - OTHERS);
    return (int) Math.max(1, Math.min(Integer.MAX_VALUE, left / Math.max(1, listeners)));
  }
}
