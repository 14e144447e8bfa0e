// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.net;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * The file descriptors of this process, of which the system grants only so many. Each connection
 * takes one, and so does each socket to a server: connections of clients must leave enough.
 */
public final class Descriptors {
  private static final long RESERVED = 2_048;

  private Descriptors() {}

  /** How many the process may have open; the largest number where that is not known. */
  public static long limit() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        ? system.getMaxFileDescriptorCount()
        : Long.MAX_VALUE;
  }

  /**
   * How many connections each of some listeners may take: all that the limit leaves, but for
   * {@value #RESERVED} of it, or half of it if that is less.
   */
  public static int forConnections(long limit, int listeners) {
    long left = limit - Math.min(RESERVED, limit / 2);
    return (int) Math.max(1, Math.min(Integer.MAX_VALUE, left / Math.max(1, listeners)));
  }
}
