// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.testing.HttpsClient;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.TlsFiles;
import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;
import java.util.Base64;
import java.util.Map;
import org.xbill.DNS.Type;

/** A node with HTTPS listeners of several kinds, and a filter that holds names in held.test. */
final class HttpsNode implements AutoCloseable {
  static final int ASYNC_ID = 1;
  static final String LOCAL = "www.anteroom.test";

  final TestFilter filter = new TestFilter();
  final TestNode node;

  /** What a listener is for. */
  enum Kind {
    /** Nobody is sent away. */
    PATIENT(""),
    /** Closes idle connections soon. */
    HASTY("idle-timeout = 300ms"),
    /** Has small limits. */
    NARROW(
        "max-pipelined = 2, http { max-streams = 3, max-header-size = 1k"
            + ", paths = [\"/dns-query\", \"/of/{identity}\"] }"),
    /** Without TLS. */
    CLEAR("");

    private final String settings;

    Kind(String settings) {
      this.settings = settings;
    }
  }

  HttpsNode() {
    String tls = TlsFiles.ofThisRun().block();
    StringBuilder listeners = new StringBuilder();
    for (Kind kind : Kind.values()) {
      listeners.append(
          "{ transport = https, address = \"127.0.0.1:0\"%n%s%ntls = %s }%n"
              .formatted(kind.settings, kind == Kind.CLEAR ? "off" : tls));
    }
    node =
        TestNode.start(
            """
            listeners = [
              %s
            ]
            loops = 1
            zones = [ { origin = "anteroom.test" } ]
            filters.judge { async-id = 1, timeout = 100s }
            rules.query = [
              { match { suffix = ["held.test"] }, action { suspend = judge } }
              { match { suffix = ["drop.test"] }, action = drop }
              { match { suffix = ["big.test"] }, action { rcode = NOERROR } }
            ]
            """
                .formatted(listeners),
            Map.of("judge", filter));
  }

  InetSocketAddress address(Kind kind) {
    return node.addresses(Transport.HTTPS).get(kind.ordinal());
  }

  HttpsClient client(Kind kind) {
    return HttpsClient.connect(address(kind));
  }

  /** The target of a GET request. */
  static String target(byte[] message) {
    return "/dns-query?dns=" + Base64.getUrlEncoder().withoutPadding().encodeToString(message);
  }

  static void assertAnswered(HttpsClient client) {
    assertThat(client.ask(query(0, LOCAL, Type.A)).getRcode()).isZero();
  }

  void assertAnswers() {
    try (HttpsClient client = client(Kind.PATIENT)) {
      assertAnswered(client);
    }
  }

  @Override
  public void close() {
    node.close();
  }
}
