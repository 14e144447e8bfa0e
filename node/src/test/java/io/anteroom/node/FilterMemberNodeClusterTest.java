// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.ClusterRig.JUDGE;
import static io.anteroom.node.ClusterRig.dns;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.testing.Dig;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.FilterMember;
import io.anteroom.protocol.sdk.FilterMemberSettings;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A filter written on the SDK, and a real node. */
final class FilterMemberNodeClusterTest {
  private static final String NO_FILTER = "REFUSED EDE 14";
  private static final String DECIDED = "NOERROR 192.0.2.1";

  private final ClusterRig rig = new ClusterRig();

  @AfterEach
  void stop() {
    rig.close();
  }

  @Test
  void member_comesAndCloses_isUsedMeanwhile() throws Exception {
    Node node = rig.node();
    assertThat(ask(node)).isEqualTo(NO_FILTER);

    FilterMember member = member(node);
    ClusterRig.awaitAvailable(node, JUDGE, true);
    assertThat(ask(node)).isEqualTo(DECIDED);
    await().until(() -> member.metrics().resumed() == 1);

    member.close();
    ClusterRig.awaitAvailable(node, JUDGE, false);
    assertThat(ask(node)).isEqualTo(NO_FILTER);
    ClusterRig.awaitMembers(node, 1);
  }

  @Test
  void node_stopsAndStartsAgain_memberServesItAgain() throws Exception {
    Node before = rig.node();
    int port = ClusterRig.clusterPort(before.system());
    FilterMember member = member(before);
    ClusterRig.awaitAvailable(before, JUDGE, true);
    assertThat(ask(before)).isEqualTo(DECIDED);

    ClusterRig.stop(before);
    Node after = rig.node(port);

    ClusterRig.awaitAvailable(after, JUDGE, true);
    assertThat(ask(after)).isEqualTo(DECIDED);
    // The client has its answer before the filter hears that its verdict counted.
    await().until(() -> member.metrics().resumed() == 2);
  }

  private FilterMember member(Node node) throws UnknownHostException {
    Verdict verdict = Verdict.addresses(60, InetAddress.getByName("192.0.2.1"));
    FilterMember member =
        FilterMember.start(
            FilterMemberSettings.of(JUDGE, ClusterRig.seed(node)),
            request -> CompletableFuture.completedFuture(verdict));
    rig.atEnd(member::close);
    return member;
  }

  private static String ask(Node node) {
    return Dig.result(Dig.ask(dns(node), "www.anteroom.test"));
  }
}
