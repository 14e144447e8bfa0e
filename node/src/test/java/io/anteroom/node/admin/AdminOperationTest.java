// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.HttpCaller;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** What an operator sees of a query whose policy waits for an operation. */
final class AdminOperationTest {
  @TempDir private Path directory;

  @Test
  void queryThatWaitsForAnOperation_isShownWithItsRouteAndOperation_andDecidedInWords()
      throws Exception {
    Path token = directory.resolve("token");
    Files.writeString(
        directory.resolve("p.lua"),
        """
        function route.main(q) async(sleep(50), "rested") end
        function route.rested(q, rc, out) return "refuse" end
        """);
    Path file = directory.resolve("node.conf");
    TestNode.write(
        file,
        """
        operations.nap { async-id = 20, timeout = 60s, sleep {} }
        policies.p { file = "p.lua" }
        rules.query = [{ match = all, action { policy = p } }]
        zones = [ { origin = anteroom.test } ]
        admin { address = "127.0.0.1:0", token-file = "%s" }
        """
            .formatted(token));
    try (TestNode node = TestNode.start(file, Map.of());
        UdpClient client = node.udp()) {
      HttpCaller operator =
          new HttpCaller(node.node().adminAddress()).withToken(Files.readString(token).strip());
      client.send(query(1, "a.example", Type.A));
      node.awaitCount(20, SuspensionCounter.ACCEPTED, 1);
      await()
          .atMost(Duration.ofMinutes(2))
          .until(() -> suspended(operator).path("total").asInt() == 1);

      JsonNode row = suspended(operator).path("suspended").get(0);
      assertThat(row.path("service").textValue()).isEqualTo("nap");
      assertThat(row.path("route").textValue()).isEqualTo("rested");
      assertThat(row.path("operation").textValue()).isEqualTo("sleep");
      String path = "/api/v1/suspended/" + row.path("key").textValue();
      JsonNode shown = operator.get(path).json();
      assertThat(shown.path("route").textValue()).isEqualTo("rested");
      assertThat(shown.path("operation").textValue()).isEqualTo("sleep");
      assertThat(shown.path("arguments").textValue()).isEqualTo("seconds=50");
      assertThat(logOf(() -> operator.post(path + "/resume", "{\"verdict\": \"rcode 3\"}")))
          .isEqualTo("operator about " + row.path("key").textValue() + ": rcode 3: resumed");
      assertThat(DnsMessages.parse(client.receive()).getRcode()).isEqualTo(Rcode.NXDOMAIN);
      node.assertAtRest();
    }
  }

  private static JsonNode suspended(HttpCaller operator) {
    return operator.get("/api/v1/suspended").json();
  }

  private static String logOf(Runnable action) {
    Logger log = (Logger) LoggerFactory.getLogger(Operator.class);
    ListAppender<ILoggingEvent> appender = new ListAppender<>();
    appender.start();
    log.addAppender(appender);
    try {
      action.run();
      return appender.list.get(0).getFormattedMessage();
    } finally {
      log.detachAppender(appender);
    }
  }
}
