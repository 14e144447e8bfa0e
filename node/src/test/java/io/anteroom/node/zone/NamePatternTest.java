// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.wire.WireName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class NamePatternTest {

  @ParameterizedTest
  @CsvSource({
    "ad*.example.com, ad.example.com, true",
    "ad*.example.com, ads.example.com, true",
    "ad*.example.com, ADS.x.y.example.com, true",
    "ad*.example.com, bad.example.com, false",
    "ad*.example.com, ad.example.org, false",
    "ad*.example.com, adexample.com, false",
    "*ads*, my.ads.example, true",
    "*ads*, ads, true",
    "*ads*, add.example, false",
    "a*b*c, abc, true",
    "a*b*c, axxbyyc, true",
    "a*b*c, acb, false",
    "a*b*c, ac, false",
    "*.example.*, www.example.com, true",
    "*.example.*, example.com, false",
    "a**b, ab, true",
    "www.*, www.example, true",
    "www.*, ., false",
    "aba*ba, aba, false",
    "AD*.Example., ads.example, true",
  })
  void matches_anyRunOfCharacters(String pattern, String name, boolean expected) {
    byte[] text = NamePattern.textOf(WireName.parse(name));
    assertThat(NamePattern.parse(pattern).matches(text)).isEqualTo(expected);
  }

  @Test
  void matches_manyAsterisks_inSteps() {
    String pattern = "*a".repeat(30) + "*b";
    byte[] text = NamePattern.textOf(WireName.parse(("a".repeat(60) + ".").repeat(4)));
    assertThat(NamePattern.parse(pattern).matches(text)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "www.example, false, false",
    "*.example, true, true",
    "*, true, true",
    "*.a*.example, true, false",
    "ad*.example, true, false",
    "\\*.example, false, false",
    "\\**.example, true, false",
  })
  void kinds_byTheAsterisks(String text, boolean pattern, boolean wildcard) {
    assertThat(NamePattern.isOne(text)).isEqualTo(pattern);
    assertThat(NamePattern.isWildcard(text)).isEqualTo(wildcard);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a*..example", "ä*.example", "a*.ex\\097mple", "a* b"})
  void parse_noName_isRefused(String text) {
    assertThatThrownBy(() -> NamePattern.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
