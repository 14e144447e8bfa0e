// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Operation;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutcomeTest {
  private static final Operation LOOKUP = new Operation(Map.of("path", "/x"));

  @Test
  void next_withMarks_keepsThemAll() {
    ExtendedError error = new ExtendedError(17, "why");
    Outcome outcome =
        Outcome.next()
            .withPool("family")
            .withTag("a", "1")
            .withTags(Map.of("a", "2", "b", ""))
            .withExtendedError(error);

    assertThat(outcome.action()).isEqualTo(new Outcome.Next());
    assertThat(outcome.pool()).isEqualTo("family");
    assertThat(outcome.tags()).isEqualTo(Map.of("a", "2", "b", ""));
    assertThat(outcome.extendedError()).isEqualTo(error);
  }

  @Test
  void with_constant_leavesTheConstantAsItWas() {
    Outcome.next().withPool("family").withTag("a", "1");

    assertThat(Outcome.next().pool()).isNull();
    assertThat(Outcome.next().tags()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 4096})
  void answer_rcodeOutOfBounds_refused(int rcode) {
    assertThatThrownBy(() -> Outcome.answer(rcode))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the RCODE must be 0 to 4095, not " + rcode);
  }

  @Test
  void answer_addressesOutOfBounds_refused() {
    InetAddress address = InetAddress.getLoopbackAddress();

    assertThatThrownBy(() -> Outcome.answer(Collections.nCopies(65, address), 60))
        .hasMessage("at most 64 addresses are possible, not 65");
    assertThatThrownBy(() -> Outcome.answer(List.of(address), -1))
        .hasMessage("the TTL must be 0 to 86400 s, not -1");
    assertThatThrownBy(() -> Outcome.answer(List.of(address), 86_401))
        .hasMessage("the TTL must be 0 to 86400 s, not 86401");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 11, 65_536})
  void answer_messageOutOfBounds_refused(int length) {
    assertThatThrownBy(() -> Outcome.answer(new byte[length]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("bytes, not " + length);
  }

  @Test
  void async_marksAndTimeout_keepsThemAll() {
    Outcome outcome =
        Outcome.async("customers", LOOKUP, "answered", Map.of("tries", 2))
            .withTag("a", "1")
            .withTimeout(Duration.ofMillis(200));

    assertThat(outcome.action())
        .isEqualTo(
            new Outcome.Async(
                "customers", LOOKUP, "answered", Map.of("tries", 2L), Duration.ofMillis(200)));
    assertThat(outcome.tags()).isEqualTo(Map.of("a", "1"));
  }

  @Test
  void ask_timeout_keepsThemAll() {
    Outcome outcome =
        Outcome.ask("judge", "judged", Map.of("tries", 2)).withTimeout(Duration.ofMillis(200));

    assertThat(outcome.action())
        .isEqualTo(new Outcome.Ask("judge", "judged", Map.of("tries", 2L), Duration.ofMillis(200)));
  }

  @Test
  void async_valueThatCannotSurvive_refused() {
    assertThatThrownBy(
            () -> Outcome.async("customers", LOOKUP, "answered", Map.of("x", new Object())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a java.lang.Object can't be sent to another node");
  }

  @Test
  void withTimeout_wrong_refused() {
    Outcome async = Outcome.async("customers", LOOKUP, "answered");

    assertThatThrownBy(() -> Outcome.next().withTimeout(Duration.ofSeconds(1)))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> async.withTimeout(Duration.ZERO))
        .hasMessage("a timeout is 1 ms or more, not PT0S");
  }

  @Test
  void names_emptyOrTooLong_refused() {
    assertThatThrownBy(() -> Outcome.suspend(""))
        .hasMessage("the name of the filter must have 1 to 255 characters");
    assertThatThrownBy(() -> Outcome.next().withPool("x".repeat(256)))
        .hasMessage("the name of the pool must have 1 to 255 characters");
    assertThatThrownBy(() -> Outcome.async("customers", LOOKUP, ""))
        .hasMessage("the name of the route must have 1 to 255 characters");
  }

  @Test
  void tags_tooManyOrTooLong_refused() {
    Outcome full = Outcome.next();
    for (int i = 0; i < 32; i++) {
      full = full.withTag("t" + i, "");
    }
    Outcome most = full;

    assertThat(most.tags()).hasSize(32);
    assertThatThrownBy(() -> most.withTag("one-more", "")).hasMessage("more than 32 tags");
    assertThatThrownBy(() -> Outcome.drop().withTag("", "x"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
