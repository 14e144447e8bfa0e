// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class LedgerTest {
  private static final int FIRST = 1_000;

  private final Ledger ledger = new Ledger(FIRST, 100);

  @Test
  void queriesOfARange_areCountedByRcode() {
    for (int number = FIRST; number < FIRST + 5; number++) {
      ledger.due(number, System.nanoTime());
    }
    ledger.receive(FIRST, true, TestAnswers.right(FIRST));
    ledger.receive(FIRST + 1, true, TestAnswers.withRcode(FIRST + 1, 2));
    ledger.receive(FIRST + 2, true, TestAnswers.withRcode(FIRST + 2, 2));

    assertThat(ledger.answered()).isEqualTo(3);
    assertThat(ledger.count(0, FIRST, FIRST + 5)).isEqualTo(1);
    assertThat(ledger.count(2, FIRST, FIRST + 5)).isEqualTo(2);
    assertThat(ledger.count(2, FIRST + 2, FIRST + 5)).isEqualTo(1);
    assertThat(ledger.count(Ledger.NONE, FIRST, FIRST + 5)).isEqualTo(2);
    assertThat(ledger.percent(2, FIRST, FIRST + 5)).isEqualTo(40);
    assertThat(ledger.lastAnswered()).isEqualTo(FIRST + 2);
    assertThat(ledger.faults().count()).isZero();
  }

  @Test
  void latency_countsFromWhenTheQueryWasDue() {
    for (int i = 0; i < 100; i++) {
      ledger.due(FIRST + i, System.nanoTime() - TimeUnit.SECONDS.toNanos(20 * i));
      ledger.receive(FIRST + i, true, TestAnswers.right(FIRST + i));
    }
    // The test itself takes no ten seconds.
    assertThat(ledger.millis(99, FIRST, FIRST + 100)).isCloseTo(98 * 20_000.0, within(10_000.0));
    assertThat(ledger.millis(50, FIRST, FIRST + 100)).isCloseTo(49 * 20_000.0, within(10_000.0));
    assertThat(ledger.millis(100, FIRST, FIRST + 1)).isLessThan(10_000);
  }

  @Test
  void secondAnswer_isAFault_andTheFirstStays() {
    ledger.due(FIRST, System.nanoTime());
    ledger.receive(FIRST, true, TestAnswers.withRcode(FIRST, 5));
    ledger.receive(FIRST, true, TestAnswers.right(FIRST));
    assertFault("a second time");
    assertThat(ledger.count(5, FIRST, FIRST + 1)).isEqualTo(1);
  }

  @Test
  void answerThatIsNotAsItsVerdictHasIt_isAFault_andTheQueryNotAnswered() {
    ledger.due(FIRST, System.nanoTime());
    ledger.receive(FIRST, true, TestAnswers.withAddress(FIRST, OwnVerdict.address(FIRST + 2)));
    assertFault("with a wrong address");
    assertThat(ledger.count(Ledger.NONE, FIRST, FIRST + 1)).isEqualTo(1);
  }

  @Test
  void answerToAnotherSocket_isAFault() {
    ledger.due(FIRST, System.nanoTime());
    ledger.receive(FIRST, false, TestAnswers.right(FIRST));
    assertFault("to another socket or id");
  }

  @Test
  void answerToWhatWasNotSent_isAFault() {
    ledger.receive(FIRST + 1, true, TestAnswers.right(FIRST + 1));
    assertFault("with a question that nobody asked");
  }

  @Test
  void nothingAnswered_hasNoLastOne() {
    assertThat(ledger.lastAnswered()).isEqualTo(FIRST - 1);
    assertThat(ledger.millis(99, FIRST, FIRST + 100)).isNaN();
  }

  @Test
  void answerThatCameTooLate_isNotCountedWithinTheTime() {
    ledger.due(FIRST, System.nanoTime());
    ledger.due(FIRST + 1, System.nanoTime() - TimeUnit.SECONDS.toNanos(120));
    ledger.receive(FIRST, true, TestAnswers.right(FIRST));
    ledger.receive(FIRST + 1, true, TestAnswers.right(FIRST + 1));
    assertThat(ledger.countWithin(0, Duration.ofSeconds(60), FIRST, FIRST + 2)).isEqualTo(1);
  }

  private void assertFault(String fault) {
    assertThat(ledger.faults()).hasToString("{" + fault + "=1}");
  }
}
