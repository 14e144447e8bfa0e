// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import io.anteroom.node.config.AdminSettings;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "cluster",
    description = "Runs several nodes and a filter on loopback, as separate processes.")
final class ClusterCommand implements Callable<Integer> {
  private static final int MAX_NODES = 9;
  private static final Duration SOON = Duration.ofSeconds(60);

  private final Console console;
  private final Starter starter;

  @Option(
      names = "--nodes",
      paramLabel = "N",
      description = "Number of nodes, 1 to 9. Default: ${DEFAULT-VALUE}.")
  private int nodes = 3;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "DNS port of the first node; the others follow. Default: ${DEFAULT-VALUE}.")
  private int port = 5354;

  @Option(
      names = "--cluster-port",
      paramLabel = "PORT",
      description = "Cluster port of the first node; the others follow. Default: ${DEFAULT-VALUE}.")
  private int clusterPort = 17355;

  @Option(
      names = "--admin-port",
      paramLabel = "PORT",
      description = "Admin port of the first node; the others follow. Default: ${DEFAULT-VALUE}.")
  private int adminPort = AdminSettings.DEFAULT_PORT;

  @Mixin private final ParentBound parentBound = new ParentBound();

  ClusterCommand(Console console, Starter starter) {
    this.console = console;
    this.starter = starter;
  }

  @Override
  public Integer call() {
    if (nodes < 1 || nodes > MAX_NODES) {
      return console.complain("a local cluster has 1 to " + MAX_NODES + " nodes, not " + nodes);
    }
    if (wrong(port) || wrong(clusterPort) || wrong(adminPort)) {
      return console.complain("the ports must be 1 to 65535");
    }
    try {
      return run(LocalClusterFiles.write(nodes, port, clusterPort, adminPort));
    } catch (IOException e) {
      return console.complain("can't start the processes of a cluster: " + e.getMessage());
    }
  }

  private boolean wrong(int first) {
    return first < 1 || first + nodes > 0xffff;
  }

  private int run(LocalClusterFiles files) throws IOException {
    parentBound.watch(console);
    LocalCluster cluster = new LocalCluster(starter.children(), files, console);
    try {
      cluster.start();
      return new Foreground(console, SOON)
          .hold(
              cluster,
              () -> console.print(cluster.overview()),
              "not all of them are up yet; goes on waiting",
              LocalCluster.PATIENCE);
    } finally {
      files.delete();
    }
  }
}
