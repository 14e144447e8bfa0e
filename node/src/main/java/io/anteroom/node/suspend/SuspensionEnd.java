// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.filter.CircuitBreaker;
import io.anteroom.node.filter.Severity;
import io.anteroom.node.flow.Resumed;
import io.anteroom.node.flow.Resumed.Decided;
import io.anteroom.node.flow.Resumed.NotDecided;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.flow.Undecided;
import io.anteroom.protocol.Decision;
import io.anteroom.protocol.ResultCode;
import io.anteroom.protocol.Verdict;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a suspension ended, and what that says about its service.
 *
 * @param counter counts it
 * @param sign tells the circuit breaker
 * @param verdict what the service decided in time; null if nothing, or if an operator did
 */
record SuspensionEnd(SuspensionCounter counter, Sign sign, @Nullable Verdict verdict) {

  /** What an end says about the service, for its circuit breaker. */
  private enum Sign {
    DECIDED,
    UNREACHABLE,
    TIME_UP,
    NONE
  }

  /** An end without any word about the query from its entity. */
  static SuspensionEnd without(SuspensionCounter counter) {
    Sign sign = counter == SuspensionCounter.TIMED_OUT ? Sign.TIME_UP : Sign.NONE;
    return new SuspensionEnd(counter, sign, null);
  }

  static SuspensionEnd of(Resumed.Decision decision) {
    if (decision instanceof NotDecided notDecided) {
      return without(
          notDecided.reason() == Undecided.TIMEOUT
              ? SuspensionCounter.TIMED_OUT
              : SuspensionCounter.WITHDRAWN);
    }
    Decided decided = (Decided) decision;
    Verdict verdict = decided.verdict();
    // A runner may say that the time is up just before the deadline of its query. For the counters
    // and the breaker there must be no difference.
    if (isResult(verdict, ResultCode.TIMEOUT)) {
      return without(SuspensionCounter.TIMED_OUT);
    } else if (isResult(verdict, ResultCode.CONNECT_TIMEOUT)) {
      return new SuspensionEnd(SuspensionCounter.TIMED_OUT, Sign.UNREACHABLE, null);
    }
    SuspensionCounter counter =
        Severity.of(verdict) == Severity.DROP
            ? SuspensionCounter.DROPPED
            : SuspensionCounter.RESUMED;
    return decided.byOperator()
        ? new SuspensionEnd(counter, Sign.NONE, null)
        : new SuspensionEnd(counter, Sign.DECIDED, verdict);
  }

  private static boolean isResult(Verdict verdict, ResultCode code) {
    return verdict.decision() instanceof Decision.Result result && result.result().code() == code;
  }

  /**
   * Tells the circuit breaker.
   *
   * <p>A suspension may have had less time than its service gives, because its policy wanted it so.
   * If its time is up, that says nothing about the service: otherwise one policy with a timeout of
   * 1 ms would open the breaker for all. This may err for suspensions of before a change of the
   * service's timeout.
   *
   * @param had the time that the suspension had
   * @param ofService the time that its service gives
   */
  void tell(CircuitBreaker breaker, long permit, Duration had, Duration ofService) {
    boolean hurried = sign == Sign.TIME_UP && had.compareTo(ofService) < 0;
    if (sign == Sign.NONE || hurried) {
      breaker.endedOtherwise(permit);
    } else {
      breaker.ended(permit, sign == Sign.DECIDED);
    }
  }
}
