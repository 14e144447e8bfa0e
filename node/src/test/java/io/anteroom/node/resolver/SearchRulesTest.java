// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SearchRulesTest {
  private static SearchRules ndots(int ndots) {
    return new SearchRules(ndots, List.of("a.example", "b.example"), true, true);
  }

  @Test
  void candidates_fewerDotsThanNdots_domainsFirst() {
    assertThat(ndots(1).candidates("www")).containsExactly("www.a.example", "www.b.example", "www");
    assertThat(ndots(3).candidates("www.dev"))
        .containsExactly("www.dev.a.example", "www.dev.b.example", "www.dev");
  }

  @Test
  void candidates_asManyDotsAsNdots_asItIsFirst() {
    assertThat(ndots(1).candidates("www.dev"))
        .containsExactly("www.dev", "www.dev.a.example", "www.dev.b.example");
    assertThat(ndots(0).candidates("www")).containsExactly("www", "www.a.example", "www.b.example");
  }

  @Test
  void candidates_absoluteName_asItIs() {
    assertThat(ndots(1).candidates("www.")).containsExactly("www.");
  }

  @Test
  void candidates_withoutSearching_asItIs() {
    SearchRules rules = new SearchRules(1, List.of("a.example"), false, true);

    assertThat(rules.candidates("www")).containsExactly("www");
  }

  @Test
  void candidates_withoutBareNames_neverALabelAlone() {
    SearchRules rules = new SearchRules(1, List.of("a.example"), true, false);

    assertThat(rules.candidates("www")).containsExactly("www.a.example");
    assertThat(rules.candidates("www.dev")).containsExactly("www.dev", "www.dev.a.example");
  }

  @Test
  void candidates_rootAsDomain_asItIsOnce() {
    SearchRules rules = new SearchRules(1, List.of("."), true, true);

    assertThat(rules.candidates("www")).containsExactly("www.", "www");
  }

  @ParameterizedTest
  @ValueSource(strings = {"onion", "abc.onion", "abc.ONION.", "x.abc.onion"})
  void isOnion_hiddenServices_yes(String name) {
    assertThat(SearchRules.isOnion(name)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"onion.example", "notonion", "abc.onion.example."})
  void isOnion_others_no(String name) {
    assertThat(SearchRules.isOnion(name)).isFalse();
  }
}
