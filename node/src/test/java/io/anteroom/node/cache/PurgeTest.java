// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.anteroom.node.wire.WireName;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PurgeTest {
  private static final WireName NAME = WireName.parse("www.example");

  static List<Purge> purges() {
    return List.of(
        Purge.everything(Purge.Target.BOTH),
        Purge.everything(Purge.Target.ANSWERS),
        Purge.verdicts(65_535, null, false),
        Purge.verdicts(0, NAME, true),
        Purge.verdicts(7, WireName.parse("."), true),
        new Purge(Purge.Target.BOTH, longest(), false, "größe", 65_535, Purge.ANY));
  }

  private static WireName longest() {
    String label = "a".repeat(63);
    return WireName.parse(label + "." + label + "." + label + "." + "b".repeat(61));
  }

  @ParameterizedTest
  @MethodSource("purges")
  void purge_writtenAndRead_isTheSame(Purge purge) {
    assertThat(Purge.read(purge.toBytes())).isEqualTo(purge);
  }

  @ParameterizedTest
  @MethodSource("purges")
  void purge_thatCannotBeRead_isOfEverything(Purge purge) {
    byte[] bytes = purge.toBytes();
    byte[] other = bytes.clone();
    other[0] = 2;
    assertThat(Purge.read(other)).isEqualTo(Purge.everything(Purge.Target.BOTH));
    other = bytes.clone();
    other[1] |= 64;
    assertThat(Purge.read(other)).isEqualTo(Purge.everything(Purge.Target.BOTH));
    assertThat(Purge.read(Arrays.copyOf(bytes, 5))).isEqualTo(Purge.everything(Purge.Target.BOTH));
    assertThat(Purge.read(new byte[0])).isEqualTo(Purge.everything(Purge.Target.BOTH));
  }

  @Test
  void covering_verdictsOfOneService_isOfAllOfIt() {
    assertThat(
            Purge.covering(List.of(Purge.verdicts(7, NAME, false), Purge.verdicts(7, NAME, true))))
        .isEqualTo(Purge.verdicts(7, null, false));
  }

  @Test
  void covering_differentOnes_isOfEverything() {
    assertThat(
            Purge.covering(
                List.of(
                    Purge.verdicts(7, NAME, false),
                    Purge.verdicts(8, NAME, false),
                    new Purge(Purge.Target.ANSWERS, NAME, false, "p", 1, Purge.ANY))))
        .isEqualTo(Purge.everything(Purge.Target.BOTH));
  }

  @Test
  void answersOfAService_thereAreNone() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Purge(Purge.Target.BOTH, null, false, null, 0, 7));
  }

  @Test
  void name_isMatchedWithoutCase_andBelowOnlyAsSubtree() {
    Purge name = new Purge(Purge.Target.BOTH, NAME, false, null, 0, Purge.ANY);
    Purge suffix = new Purge(Purge.Target.BOTH, NAME, true, null, 28, Purge.ANY);

    assertThat(name.matches(WireName.parse("WWW.Example"), 1, "p")).isTrue();
    assertThat(name.matches(WireName.parse("a.www.example"), 1, "p")).isFalse();
    assertThat(suffix.matches(WireName.parse("a.www.example"), 28, "p")).isTrue();
    assertThat(suffix.matches(WireName.parse("a.www.example"), 1, "p")).isFalse();
    assertThat(suffix.matches(WireName.parse("xwww.example"), 28, "p")).isFalse();
  }
}
