// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class OptionsTest {
  @Test
  void options_haveTheirNumber_orElseTheDefault() {
    Options options = Options.of(new String[] {"-r", "500"}, "-r", "-s");
    assertThat(options.number("-r", 1)).isEqualTo(500);
    assertThat(options.number("-s", 60)).isEqualTo(60);
  }

  @Test
  void whatIsUnknownOrNoNumber_isRefused() {
    for (String[] arguments :
        new String[][] {{"-x", "1"}, {"-r"}, {"-r", "many"}, {"-r", "-1"}, {"-r", "1", "-r"}}) {
      assertThatThrownBy(() -> Options.of(arguments, "-r").number("-r", 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("-r");
    }
  }

  @Test
  void whatMustBePositive_isNotZero() {
    Options options = Options.of(new String[] {"-r", "0"}, "-r");
    assertThat(options.number("-r", 1)).isZero();
    assertThatThrownBy(() -> options.positive("-r", 1)).hasMessageContaining("-r");
  }

  @Test
  void optionWithAWord_hasIt_orElseTheDefault() {
    Options options = Options.of(new String[] {"--heap", "1g"}, "--heap", "--only");
    assertThat(options.word("--heap", "256m")).isEqualTo("1g");
    assertThat(options.word("--only", "")).isEmpty();
  }
}
