// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class HoldsTest {
  private static final ExtendedError WHY = new ExtendedError(ExtendedError.BLOCKED, "why");

  static List<Verdict> verdicts() {
    return List.of(
        Verdict.proceed(),
        Verdict.rcode(3),
        Verdict.addresses(60, InetAddress.getLoopbackAddress()),
        Verdict.answer(new byte[12]),
        Verdict.truncate(),
        Verdict.drop(),
        Verdict.changeName("other.example"),
        Verdict.toPool("internal"),
        Verdict.askAgain());
  }

  @ParameterizedTest
  @MethodSource("verdicts")
  void verdict_thatNobodySaidHolds_doesNot(Verdict verdict) {
    assertThat(verdict.holds()).isEqualTo(Holds.NONE);
    assertThat(verdict.holds().isNone()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("verdicts")
  void holding_isKeptByAllThatChangesSomethingElse(Verdict verdict) {
    Verdict holding =
        verdict
            .holdsFor(Duration.ofMinutes(5))
            .forEveryone()
            .withSubtree()
            .withTag("a", "b")
            .withError(WHY);

    assertThat(holding.holds()).isEqualTo(new Holds(300, Holds.Scope.EVERYONE, true));
    assertThat(holding.error()).isEqualTo(WHY);
    assertThat(holding.tags()).containsEntry("a", "b");
    assertThat(holding.withHolds(Holds.NONE)).isEqualTo(verdict.withTag("a", "b").withError(WHY));
  }

  @Test
  void holding_isTheSameInAnyOrder() {
    assertThat(Verdict.drop().forEveryone().withSubtree().holdsFor(Duration.ofHours(1)))
        .isEqualTo(Verdict.drop().holdsFor(Duration.ofHours(1)).withSubtree().forEveryone());
  }

  @Test
  void partsOfASecond_areLeftOut() {
    assertThat(Verdict.drop().holdsFor(Duration.ofMillis(1999)).holds().seconds()).isEqualTo(1);
    assertThat(Verdict.drop().holdsFor(Duration.ofMillis(999)).holds().isNone()).isTrue();
  }

  @Test
  void time_belowZeroOrOverADay_isRefused() {
    Verdict verdict = Verdict.drop();

    assertThat(verdict.holdsFor(Duration.ofDays(1)).holds().seconds()).isEqualTo(86_400);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> verdict.holdsFor(Duration.ofDays(1).plusNanos(1)))
        .withMessageContaining("zero to a day");
    assertThatIllegalArgumentException().isThrownBy(() -> verdict.holdsFor(Duration.ofNanos(-1)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Holds(86_401, Holds.Scope.CLIENT, false))
        .withMessageContaining("86401");
    assertThatIllegalArgumentException().isThrownBy(() -> new Holds(-1, Holds.Scope.CLIENT, false));
  }
}
