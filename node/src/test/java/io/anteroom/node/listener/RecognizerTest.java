// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.IdentityPattern;
import io.anteroom.node.config.IdentitySource;
import io.anteroom.node.config.NetmaskSet;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Session;
import io.anteroom.node.query.Recognition;
import io.anteroom.node.testing.Queries;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the path and the server name of a client tell, and which of them counts. */
final class RecognizerTest {
  private static final Query QUERY = Queries.forName("www.example");

  private final Counters<Counter> counters = new Counters<>(Counter.class);
  private final Recognition recognizer =
      Recognizer.of(
          new IdentitySource(
              new IdentityPattern("", ".dns.example", '.'),
              new IdentityPattern("/dns-query/", "", '/'),
              IdentitySource.NO_TLV,
              List.of(),
              NetmaskSet.of(List.of())),
          counters);

  private String identity(String serverName, String path, String known) {
    Client client = QUERY.client().withSession(Session.of(serverName, path, known));
    return recognizer.recognize(QUERY.wire(), client).identity();
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        "/dns-query/anna          | anna",
        "/dns-query/a%40b.example | a@b.example",
        "/dns-query/a+b           | a+b",
        "/dns-query               | ''",
        "/dns-query/              | ''",
        "/dns-query/a/b           | ''",
        "/other/anna              | ''"
      },
      delimiter = '|')
  void segmentOfThePath_isTheIdentity(String path, String identity) {
    assertThat(identity("", path, "")).isEqualTo(identity);
    assertThat(counters.get(Counter.IDENTITY_INVALID)).isZero();
  }

  @ParameterizedTest
  @CsvSource({"/dns-query/a%20b", "/dns-query/a%zz", "/dns-query/%2F%0a", "/dns-query/%c3%a4"})
  void segment_thatIsNoIdentity_isCounted(String path) {
    assertThat(identity("", path, "")).isEmpty();
    assertThat(counters.get(Counter.IDENTITY_INVALID)).isEqualTo(1);
  }

  @Test
  void proxyIsBelievedBeforeThePath_andThePathBeforeTheServerName() {
    assertThat(identity("c.dns.example", "/dns-query/b", "a")).isEqualTo("a");
    assertThat(identity("c.dns.example", "/dns-query/b", "")).isEqualTo("b");
    assertThat(identity("c.dns.example", "/dns-query/b%20", "")).isEqualTo("c");
    assertThat(identity("c.dns.example", "", "")).isEqualTo("c");
  }
}
