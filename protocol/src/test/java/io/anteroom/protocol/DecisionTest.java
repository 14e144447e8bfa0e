// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.net.InetAddress;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class DecisionTest {
  static Stream<Decision> decisions() {
    return Stream.of(
            Verdict.proceed(),
            Verdict.rcode(3),
            Verdict.addresses(60, InetAddress.getLoopbackAddress()),
            Verdict.answer(new byte[12]),
            Verdict.truncate(),
            Verdict.drop(),
            Verdict.changeName("other.example"),
            Verdict.toPool("internal"),
            Verdict.askAgain(),
            Verdict.undecided(),
            Verdict.result(OperationResult.failed(ResultCode.TIMEOUT, "late")))
        .map(Verdict::decision);
  }

  @ParameterizedTest
  @MethodSource("decisions")
  void accept_callsTheMethodOfItsKind(Decision decision) {
    assertThat(decision.accept(new Names(), "on"))
        .isEqualTo("on" + decision.getClass().getSimpleName());
  }

  @ParameterizedTest
  @MethodSource("decisions")
  void accept_ofAContentVisitor_callsOneMethodForAllWithoutContent(Decision decision) {
    boolean hasContent = decision.getClass().getRecordComponents().length > 0;

    assertThat(decision.accept(new Contents(), "content")).isEqualTo(hasContent ? "content" : null);
  }

  @Test
  void decisions_areOfEveryKind() {
    assertThat(decisions().<Class<?>>map(Object::getClass))
        .containsExactlyInAnyOrder(Decision.class.getPermittedSubclasses());
  }

  @Test
  void verdict_withoutContent_isOneObjectForAll() {
    assertThat(Verdict.proceed()).isSameAs(Verdict.proceed());
    assertThat(Verdict.drop()).isSameAs(Verdict.drop());
    assertThat(Verdict.truncate()).isSameAs(Verdict.truncate());
    assertThat(Verdict.askAgain()).isSameAs(Verdict.askAgain());
  }

  @Test
  void undecided_carriesNothing() {
    Verdict verdict =
        Verdict.undecided()
            .withError(new ExtendedError(15))
            .withTag("a", "b")
            .holdsFor(Duration.ofMinutes(1));

    assertThat(verdict).isEqualTo(Verdict.undecided());
    assertThat(verdict.isUndecided()).isTrue();
    assertThat(Verdict.drop().withDecision(Decision.UNDECIDED).isUndecided()).isTrue();
    assertThat(Verdict.proceed().isUndecided()).isFalse();
  }

  @Test
  void verdict_withAnotherDecision_keepsTheRest() {
    Verdict verdict =
        Verdict.refuse(new ExtendedError(15, "why")).withTag("a", "b").holdsFor(Duration.ofDays(1));

    assertThat(verdict.withDecision(Decision.DROP))
        .isEqualTo(new Verdict(Decision.DROP, verdict.error(), verdict.tags(), verdict.holds()));
    assertThatNullPointerException().isThrownBy(() -> verdict.withDecision(null));
  }

  @Test
  void answer_asText_isShort() {
    assertThat(Verdict.answer(new byte[150]).toString()).contains("Answer[150 bytes]");
  }

  /** Says which method was called. */
  private static final class Names implements Decision.Visitor<String, String> {
    @Override
    public String onContinue(String on) {
      return on + "Continue";
    }

    @Override
    public String onRcode(Decision.Rcode rcode, String on) {
      return on + "Rcode";
    }

    @Override
    public String onAddresses(Decision.Addresses addresses, String on) {
      return on + "Addresses";
    }

    @Override
    public String onAnswer(Decision.Answer answer, String on) {
      return on + "Answer";
    }

    @Override
    public String onTruncate(String on) {
      return on + "Truncate";
    }

    @Override
    public String onDrop(String on) {
      return on + "Drop";
    }

    @Override
    public String onChangeName(Decision.ChangeName changeName, String on) {
      return on + "ChangeName";
    }

    @Override
    public String onToPool(Decision.ToPool toPool, String on) {
      return on + "ToPool";
    }

    @Override
    public String onAskAgain(String on) {
      return on + "AskAgain";
    }

    @Override
    public String onUndecided(String on) {
      return on + "Undecided";
    }

    @Override
    public String onResult(Decision.Result result, String on) {
      return on + "Result";
    }
  }

  /** The argument for what has content, null for what has none. */
  private static final class Contents implements Decision.ContentVisitor<String, String> {
    @Override
    public String onNoContent(String content) {
      return null;
    }

    @Override
    public String onRcode(Decision.Rcode rcode, String content) {
      return content;
    }

    @Override
    public String onAddresses(Decision.Addresses addresses, String content) {
      return content;
    }

    @Override
    public String onAnswer(Decision.Answer answer, String content) {
      return content;
    }

    @Override
    public String onChangeName(Decision.ChangeName changeName, String content) {
      return content;
    }

    @Override
    public String onToPool(Decision.ToPool toPool, String content) {
      return content;
    }

    @Override
    public String onResult(Decision.Result result, String content) {
      return content;
    }
  }
}
