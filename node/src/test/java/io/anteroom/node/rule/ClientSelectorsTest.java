// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Session;
import io.anteroom.node.testing.Queries;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Selectors for what clients have told about themselves. */
final class ClientSelectorsTest {
  private static Query told(String serverName, String path, String identity) {
    Query query = Queries.forName("www.example");
    return query.withClient(query.client().withSession(Session.of(serverName, path, identity)));
  }

  @Test
  void httpPath_matchesWhole_orItsBeginning() {
    Selector selector = QuerySelectors.HttpPath.of(List.of("/dns-query", "/family/*"));

    assertThat(selector.matches(told("", "/dns-query", ""))).isTrue();
    assertThat(selector.matches(told("", "/dns-query/x", ""))).isFalse();
    assertThat(selector.matches(told("", "/family/a/b", ""))).isTrue();
    assertThat(selector.matches(told("", "/family", ""))).isFalse();
    assertThat(selector.matches(told("", "", ""))).isFalse();
    assertThat(QuerySelectors.HttpPath.of(List.of("/*")).matches(told("", "", ""))).isFalse();
  }

  @Test
  void serverName_matchesItself_orAllBelow() {
    Selector selector =
        new QuerySelectors.ServerName(
            ServerNames.of(List.of(ServerNames.pattern("A.Example."), "*.dns.example")));

    assertThat(selector.matches(told("a.example", "", ""))).isTrue();
    assertThat(selector.matches(told("b.a.example", "", ""))).isFalse();
    assertThat(selector.matches(told("a.b.dns.example", "", ""))).isTrue();
    assertThat(selector.matches(told("dns.example", "", ""))).isFalse();
    assertThat(selector.matches(told("", "", ""))).isFalse();
  }

  @Test
  void identity_matchesItself_andTheEmptyOneIsNone() {
    Selector anna = new QuerySelectors.Identity(Set.of("anna"));

    assertThat(anna.matches(told("", "", "anna"))).isTrue();
    assertThat(anna.matches(told("", "", "Anna"))).isFalse();
    assertThat(anna.matches(told("", "", ""))).isFalse();
    assertThat(new QuerySelectors.HasIdentity(true).matches(told("", "", "a"))).isTrue();
    assertThat(new QuerySelectors.HasIdentity(true).matches(told("", "", ""))).isFalse();
    assertThat(new QuerySelectors.HasIdentity(false).matches(told("", "", ""))).isTrue();
  }
}
