// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import io.anteroom.node.blocklist.Blocklist;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The configuration files of a local cluster, in a directory that exists as long as the cluster.
 *
 * @param port the DNS port of the first node; the others follow
 * @param clusterPort the cluster port of the first node; the others follow
 * @param adminPort the admin port of the first node; the others follow
 */
record LocalClusterFiles(Path directory, int nodes, int port, int clusterPort, int adminPort) {
  private static final String NODE =
      """
      # Node %1$d of a local cluster. `anteroom run --config` with a copy of it works as well.
      anteroom {
        listeners = [
          { transport = udp, address = "127.0.0.1:%2$d" }
          { transport = tcp, address = "127.0.0.1:%2$d" }
        ]
        filters.blocklist { async-id = 1 }
        rules.query = [ { match = all, action { suspend = blocklist } } ]
        zones = [ { origin = anteroom.test } ]
        cluster { port = %3$d, seeds = [%4$s] }
        admin.address = "127.0.0.1:%5$d"
      }
      """;

  static LocalClusterFiles write(int nodes, int port, int clusterPort, int adminPort)
      throws IOException {
    Path directory = Files.createTempDirectory("anteroom-cluster-");
    LocalClusterFiles files = new LocalClusterFiles(directory, nodes, port, clusterPort, adminPort);
    for (int i = 0; i < nodes; i++) {
      Files.writeString(files.configuration(i), files.text(i));
    }
    Files.write(files.list(), List.of("# Refused, with all names below.", Blocklist.EXAMPLE));
    return files;
  }

  Path configuration(int node) {
    return directory.resolve("node-" + (node + 1) + ".conf");
  }

  Path list() {
    return directory.resolve("blocklist.txt");
  }

  /** The member that the others join. */
  String seed() {
    return "127.0.0.1:" + clusterPort;
  }

  void delete() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  private String text(int node) {
    String seeds = node == 0 ? "" : "\"" + seed() + "\"";
    return NODE.formatted(node + 1, port + node, clusterPort + node, seeds, adminPort + node);
  }
}
