// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.testing.Certificates;
import io.anteroom.node.testing.Dig;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that speak mutual TLS, through their guarded ports. */
final class TlsClusterTest {
  private static final String CONFIGURATION =
      """
      anteroom {
        listeners = [ { transport = udp, address = "127.0.0.1:0" } ]
        upstreams.default { servers = ["127.0.0.1:1"] }
        filters.blocklist { async-id = 1, timeout = 5s, on-no-filter = servfail }
        rules.query = [ { match = all, action { suspend = blocklist } } ]
        zones = [ { origin = "anteroom.test" } ]
        cluster {
          port = 0, seeds = [%s]
          tls { key = "%s", certificate = "%s", ca = "%s" }
        }
        admin = off
        loops = 1
        drain = 1s
      }
      """;

  @TempDir private Path directory;
  private final ClusterRig rig = new ClusterRig();

  @AfterEach
  void stop() {
    rig.close();
  }

  @Test
  void nodes_findOneAnother_andUseEachOthersFilters() throws Exception {
    Certificates ours = Certificates.make(directory.resolve("ours"));
    Node first =
        rig.start(configuration(ours, ""), java.util.Map.of("blocklist", request -> refused()));
    Node second = rig.start(configuration(ours, seed(first)));

    ClusterRig.awaitMembers(second, 2);
    ClusterRig.awaitAvailable(second, 1, true);
    assertThat(Dig.result(Dig.ask(ClusterRig.dns(second), "www.anteroom.test")))
        .isEqualTo("REFUSED");
  }

  @Test
  void node_withCertificatesOfAnotherAuthority_staysAlone() throws Exception {
    Node first = rig.start(configuration(Certificates.make(directory.resolve("ours")), ""));
    Node stranger =
        rig.start(configuration(Certificates.make(directory.resolve("others")), seed(first)));

    // It has begun a cluster of its own by then.
    await().until(() -> stranger.whenReady().toCompletableFuture().isDone());
    ClusterRig.awaitMembers(stranger, 1);
    ClusterRig.awaitMembers(first, 1);
  }

  private static java.util.concurrent.CompletionStage<io.anteroom.protocol.Verdict> refused() {
    return java.util.concurrent.CompletableFuture.completedFuture(
        io.anteroom.protocol.Verdict.rcode(org.xbill.DNS.Rcode.REFUSED));
  }

  private static String seed(Node node) {
    return '"' + ClusterRig.seed(node) + '"';
  }

  private static String configuration(Certificates certificates, String seeds) {
    return CONFIGURATION.formatted(
        seeds, certificates.key(), certificates.certificate(), certificates.caCertificate());
  }
}
