// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.anteroom.protocol.Verdict;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VerdictWordsTest {
  @Test
  void words_areVerdicts() throws Exception {
    assertThat(VerdictWords.parse("")).isEqualTo(Verdict.proceed());
    assertThat(VerdictWords.parse(" Continue ")).isEqualTo(Verdict.proceed());
    assertThat(VerdictWords.parse("refuse")).isEqualTo(Verdict.rcode(5));
    assertThat(VerdictWords.parse("nxdomain")).isEqualTo(Verdict.rcode(3));
    assertThat(VerdictWords.parse("rcode 0")).isEqualTo(Verdict.rcode(0));
    assertThat(VerdictWords.parse("rcode servfail")).isEqualTo(Verdict.rcode(2));
    assertThat(VerdictWords.parse("drop")).isEqualTo(Verdict.drop());
    assertThat(VerdictWords.parse("addresses 192.0.2.1, ::1 192.0.2.2"))
        .isEqualTo(
            Verdict.addresses(
                60,
                InetAddress.getByName("192.0.2.1"),
                InetAddress.getByName("::1"),
                InetAddress.getByName("192.0.2.2")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "maybe",
        "drop now",
        "rcode",
        "rcode 16",
        "rcode -1",
        "rcode 3 4",
        "rcode unheard",
        "addresses",
        "addresses example.com",
        "addresses 1.2.3"
      })
  void otherWords_areRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> VerdictWords.parse(text));
  }
}
