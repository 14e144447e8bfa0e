// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.net;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * The file descriptors of this process, which the system limits. Each connection and each socket to
 * a server takes one, so connections of clients must leave enough.
 */
public final class Descriptors {
  /** Jars, logs, event loops, listening sockets, other members, filters, the admin interface. */
  private static final long OTHERS = 512;

  private Descriptors() {}

  /** The limit of open descriptors; {@link Long#MAX_VALUE} if it is not known. */
  public static long limit() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        ? system.getMaxFileDescriptorCount()
        : Long.MAX_VALUE;
  }

  /** The number of open descriptors; -1 if it is not known. */
  public static long open() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        ? system.getOpenFileDescriptorCount()
        : -1;
  }

  /**
   * How many connections each listener may accept. The listeners share what the limit leaves after
   * the sockets to upstream servers and {@value #OTHERS} for everything else, but at least an
   * eighth of the limit.
   *
   * @param upstream the maximum number of sockets to upstream servers
   */
  public static int forConnections(long limit, long upstream, int listeners) {
    long left = Math.max(limit / 8, limit - upstream - OTHERS);
    return (int) Math.max(1, Math.min(Integer.MAX_VALUE, left / Math.max(1, listeners)));
  }
}
