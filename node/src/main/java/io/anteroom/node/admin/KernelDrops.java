// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * Number of datagrams that the kernel has dropped because a listener's receive buffer was full. The
 * node never sees them; Linux counts them per socket, in the last column of {@code /proc/net/udp}.
 */
final class KernelDrops {
  private static final int LOCAL_ADDRESS = 1;

  private final List<Path> tables;
  private final Set<Integer> ports;

  KernelDrops(Set<Integer> ports) {
    this(ports, List.of(Path.of("/proc/net/udp"), Path.of("/proc/net/udp6")));
  }

  KernelDrops(Set<Integer> ports, List<Path> tables) {
    this.ports = Set.copyOf(ports);
    this.tables = tables.stream().filter(Files::isReadable).toList();
  }

  /** Whether this system provides the counters. */
  boolean areCounted() {
    return !tables.isEmpty();
  }

  /** The drops of all open sockets bound to one of the ports, since each was opened. */
  long count() {
    long drops = 0;
    for (Path table : tables) {
      try {
        for (String line : Files.readAllLines(table)) {
          drops += drops(line);
        }
      } catch (IOException e) {
        // The file can't be read at the moment; a count that is too low is acceptable.
      }
    }
    return drops;
  }

  private long drops(String line) {
    String[] columns = line.strip().split("\\s+", -1);
    int colon = columns.length > LOCAL_ADDRESS ? columns[LOCAL_ADDRESS].indexOf(':') : -1;
    try {
      return colon >= 0
              && ports.contains(Integer.parseInt(columns[LOCAL_ADDRESS].substring(colon + 1), 16))
          ? Long.parseLong(columns[columns.length - 1])
          : 0;
    } catch (NumberFormatException e) {
      // The header line.
      return 0;
    }
  }
}
