// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members that trust only those whose certificate the cluster's CA has signed. */
final class MemberTlsClusterTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  @TempDir private Path dir;
  private ActorTestKit node;
  private MemberTls tls;

  @BeforeEach
  void start() throws Exception {
    tls = issue("cluster");
    node =
        ActorTestKit.create(
            FilterKeys.SYSTEM,
            MemberConfig.config("127.0.0.1", 0, FilterKeys.NODE_ROLE, false, tls));
    Cluster cluster = Cluster.get(node.system());
    cluster.manager().tell(Join.create(cluster.selfMember().address()));
  }

  @AfterEach
  void stop() {
    if (node != null) {
      node.shutdownTestKit();
    }
  }

  @Test
  void member_withACertificateOfTheCluster_joins() {
    try (FilterMember member = join(tls)) {
      await().atMost(PATIENCE).until(member::isUp);
    }
  }

  @Test
  void member_withACertificateOfAnotherAuthority_doesNotJoin() throws Exception {
    MemberTls foreign = issue("foreign");
    MemberTls pretended = new MemberTls(foreign.key(), foreign.certificate(), tls.caCertificate());
    try (FilterMember stranger = join(pretended);
        FilterMember member = join(tls)) {
      // By then the stranger, which began earlier, has had its chance.
      await().atMost(PATIENCE).until(member::isUp);
      assertThat(stranger.isUp()).isFalse();
    }
  }

  private FilterMember join(MemberTls with) {
    int port = Cluster.get(node.system()).selfMember().address().getPort().orElseThrow();
    return FilterMember.start(
        FilterMemberSettings.of(7, "127.0.0.1:" + port).withTls(with),
        request -> CompletableFuture.completedFuture(Verdict.proceed()));
  }

  /** An authority, and a certificate that it has signed. */
  private MemberTls issue(String name) throws Exception {
    Path caKey = dir.resolve(name + "-ca.key");
    Path ca = dir.resolve(name + "-ca.crt");
    Path key = dir.resolve(name + ".key");
    Path request = dir.resolve(name + ".csr");
    Path certificate = dir.resolve(name + ".crt");
    openssl(
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca-%s -keyout %s -out %s"
            .formatted(name, caKey, ca));
    openssl(
        "req -newkey rsa:2048 -nodes -subj /CN=member -keyout %s -out %s".formatted(key, request));
    openssl(
        "x509 -req -days 2 -CAcreateserial -in %s -CA %s -CAkey %s -out %s"
            .formatted(request, ca, caKey, certificate));
    return new MemberTls(key, certificate, ca);
  }

  private void openssl(String arguments) throws Exception {
    Path log = dir.resolve("openssl.log");
    try {
      Process process =
          new ProcessBuilder(("openssl " + arguments).split(" "))
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      assertThat(process.waitFor()).as(() -> read(log)).isZero();
    } catch (IOException e) {
      Assumptions.abort("openssl is not installed");
    }
  }

  private static String read(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
