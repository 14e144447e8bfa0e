// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ExamTest {
  private final Exam exam = new Exam(10);

  @Test
  void rightAnswer_counts() {
    exam.decided(4);
    exam.receive(4, true, TestAnswers.right(4));
    assertThat(exam.right()).isEqualTo(1);
    assertThat(exam.faults().count()).isZero();
    assertThat(exam.latencies().count()).isEqualTo(1);
  }

  @Test
  void secondAnswer_isAFault() {
    exam.decided(4);
    exam.receive(4, true, TestAnswers.right(4));
    exam.receive(4, true, TestAnswers.right(4));
    assertFault("a second time");
  }

  @Test
  void answerBeforeTheVerdict_isAFault() {
    exam.receive(4, true, TestAnswers.right(4));
    assertFault("before the verdict");
  }

  @Test
  void answerWithTheVerdictOfAnother_isAFault() {
    exam.decided(4);
    exam.receive(4, true, TestAnswers.withAddress(4, OwnVerdict.address(6)));
    assertFault("with a wrong address");
  }

  @Test
  void answerOfThePolicy_isAFault() {
    exam.decided(4);
    exam.receive(4, true, TestAnswers.withRcode(4, 2));
    assertFault("with RCODE 2");
  }

  @Test
  void answerToAnotherSocket_isAFault() {
    exam.decided(4);
    exam.receive(4, false, TestAnswers.right(4));
    assertFault("to another socket or id");
  }

  @Test
  void answerToNobody_isAFault() {
    exam.receive(Packets.NO_NUMBER, false, TestAnswers.right(4));
    exam.receive(10, true, TestAnswers.right(10));
    assertThat(exam.faults()).hasToString("{with a question that nobody asked=2}");
  }

  private void assertFault(String fault) {
    assertThat(exam.faults()).hasToString("{" + fault + "=1}");
    assertThat(exam.right()).isLessThan(2);
  }
}
