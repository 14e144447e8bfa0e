// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.flow.Continuation;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.PolicyCall;
import io.anteroom.node.flow.PolicyFailure;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.operation.OperationRunner;
import io.anteroom.node.testing.Queries;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import io.anteroom.protocol.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AsyncObjectsTest {
  private static final int ASYNC = 7;
  private static final int RULE = 3;

  private final Counters<AsyncCounter> counters = new Counters<>(AsyncCounter.class);
  private long now = Long.MAX_VALUE - 1_000;
  private final MessageIdPool ids = new MessageIdPool(counters, new Random(1), () -> now);
  private final AsyncObjects objects = new AsyncObjects(counters, ids, id -> id, () -> now);
  private final ScriptRunner runner = new ScriptRunner(objects);
  private final QuestionHost host = new QuestionHost(Set.of(), ids, objects, client -> null);
  private final List<ResultCode> results = new ArrayList<>();

  private Question question() {
    return new Question(Stage.QUERY, Queries.forName("www.anteroom.test."), host);
  }

  private boolean suspend(Question question, long queryId) throws LuaFailure {
    return Boolean.TRUE.equals(
        question.invoke("suspend", new Object[] {(long) ASYNC, queryId, 500L}));
  }

  /** The query as the node suspends it when the action has returned. */
  private Query suspended(Question question) throws LuaFailure {
    PolicyCall call =
        new PolicyCall(
            Stage.QUERY,
            question.query(),
            (AsyncObject) Objects.requireNonNull(question.suspended()),
            RULE + 1,
            RULE,
            null);
    RuleOutcome.Suspend outcome =
        (RuleOutcome.Suspend) Objects.requireNonNull(question.suspended()).outcome(call);
    assertThat(outcome.asyncId()).isEqualTo(ASYNC);
    assertThat(outcome.rule()).isEqualTo(RULE);
    return outcome.query();
  }

  private OperationRunner.Running start(Query query) {
    Operation operation =
        Objects.requireNonNull(Objects.requireNonNull(query.continuation()).operation());
    return runner.start(operation, Duration.ofSeconds(1), result -> results.add(result.code()));
  }

  private static RuleOutcome goOn(Query query, OperationResult result) throws PolicyFailure {
    Continuation from = Objects.requireNonNull(query.continuation());
    Query waited = query.suspendedOnceMore();
    return Objects.requireNonNull(from.program())
        .run(PolicyCall.resume(Stage.QUERY, waited, Integer.MAX_VALUE, result));
  }

  private static OperationResult timeout() {
    return OperationResult.failed(ResultCode.TIMEOUT, "no result in time");
  }

  @Test
  void resumedObject_goesOnAfterTheChain_asTheScriptLeftIt() throws Exception {
    Question question = question();
    assertThat(suspend(question, 1)).isTrue();
    Query waiting = suspended(question);
    start(waiting);

    long serial = objects.take(ASYNC, 1);
    assertThat(objects.resume(serial)).isTrue();

    assertThat(results).containsExactly(ResultCode.DONE);
    RuleOutcome.EndChain outcome =
        (RuleOutcome.EndChain) goOn(waiting, OperationResult.done(java.util.Map.of()));
    assertThat(outcome.query().suspensions()).isEqualTo(1);
    assertThat(outcome.query().continuation()).isNull();
    assertThat(objects.live()).isZero();
  }

  @Test
  void verdictBeforeTheNodeWaits_isNotLost() throws Exception {
    Question question = question();
    suspend(question, 1);
    Query waiting = suspended(question);
    objects.drop(objects.take(ASYNC, 1));

    start(waiting);

    assertThat(results).containsExactly(ResultCode.DONE);
    assertThat(goOn(waiting, OperationResult.done(java.util.Map.of())))
        .isInstanceOf(RuleOutcome.Drop.class);
  }

  @Test
  void queryThatMoves_waitsAgain() throws Exception {
    Question question = question();
    suspend(question, 1);
    Query waiting = suspended(question);
    start(waiting).cancel();
    start(waiting);

    objects.resume(objects.take(ASYNC, 1));

    assertThat(results).containsExactly(ResultCode.CANCELLED, ResultCode.DONE);
  }

  @Test
  void key_isRefusedWhileAnotherObjectHasIt_andTheFirstStays() throws Exception {
    Question first = question();
    suspend(first, 1);

    assertThat(suspend(question(), 1)).isFalse();

    assertThat(counters.get(AsyncCounter.REFUSED_DUPLICATE)).isEqualTo(1);
    assertThat(objects.question(objects.take(ASYNC, 1))).isSameAs(first);
  }

  @Test
  void key_isFree_onceTheObjectIsFetched_andNeverNamesTheOldOne() throws Exception {
    Question first = question();
    suspend(first, 1);
    long serial = objects.take(ASYNC, 1);
    Question second = question();
    assertThat(suspend(second, 1)).isTrue();

    objects.drop(serial);

    assertThat(objects.question(objects.take(ASYNC, 1))).isSameAs(second);
  }

  @Test
  void unknownKey_isAnError_andCounted() {
    assertThatThrownBy(() -> objects.take(ASYNC, 1)).isInstanceOf(LuaFailure.class);

    assertThat(counters.get(AsyncCounter.VERDICTS_UNKNOWN)).isEqualTo(1);
  }

  @Test
  void objectThatTimedOut_isLate_andItsVerdictHitsNobody() throws Exception {
    Question first = question();
    int id = first.id();
    suspend(first, id);
    Query waiting = suspended(first);
    start(waiting);
    RuleOutcome.EndChain outcome = (RuleOutcome.EndChain) goOn(waiting, timeout());
    assertThat(outcome.query().continuation()).isNull();

    assertThatThrownBy(() -> objects.take(ASYNC, id)).hasMessageContaining("any more");
    for (int i = 0; i < 65_535; i++) {
      assertThat(question().id()).isNotEqualTo(id);
    }

    assertThat(counters.get(AsyncCounter.VERDICTS_LATE)).isEqualTo(1);
    assertThat(counters.get(AsyncCounter.UNSETTLED)).isEqualTo(1);
  }

  @Test
  void objectThatTheScriptKeeps_endsWithItsTimeout_andLaterUsesAreLate() throws Exception {
    Question question = question();
    suspend(question, 1);
    Query waiting = suspended(question);
    long serial = objects.take(ASYNC, 1);
    goOn(waiting, timeout());

    assertThat(objects.question(serial)).isNull();
    assertThat(objects.resume(serial)).isFalse();
    assertThat(objects.drop(serial)).isFalse();

    assertThat(counters.get(AsyncCounter.VERDICTS_LATE)).isEqualTo(3);
    assertThat(counters.get(AsyncCounter.RESUMED)).isZero();
  }

  @Test
  void objectWhoseClientHasGone_isRemoved_andItsIdRests() throws Exception {
    Question question = question();
    int id = question.id();
    suspend(question, id);
    start(suspended(question)).cancel();

    now += TimeUnit.MILLISECONDS.toNanos(512);
    objects.sweep();

    assertThat(objects.live()).isZero();
    assertThat(ids.isResting(id)).isTrue();
    assertThat(counters.get(AsyncCounter.UNSETTLED)).isEqualTo(1);
    now += TimeUnit.MILLISECONDS.toNanos(512);
    objects.sweep();
    assertThat(ids.isResting(id)).isFalse();
    assertThat(ids.available()).isEqualTo(65_536);
  }

  @Test
  void secondSuspend_isAnError_andTheFirstStays() throws Exception {
    Question question = question();
    suspend(question, 1);

    assertThatThrownBy(() -> suspend(question, 2)).isInstanceOf(LuaFailure.class);

    assertThat(objects.live()).isEqualTo(1);
  }

  @Test
  void fetchedObject_mayBeSuspendedForAnotherFilter() throws Exception {
    Question question = question();
    suspend(question, 1);
    Query waiting = suspended(question);
    start(waiting);
    objects.take(ASYNC, 1);

    assertThat(suspend(question, 2)).isTrue();

    assertThat(results).containsExactly(ResultCode.DONE);
    RuleOutcome.Suspend again =
        (RuleOutcome.Suspend) goOn(waiting, OperationResult.done(java.util.Map.of()));
    assertThat(again.query().suspensions()).isEqualTo(1);
    start(again.query());
    objects.resume(objects.take(ASYNC, 2));
    assertThat(results).containsExactly(ResultCode.DONE, ResultCode.DONE);
    assertThat(counters.get(AsyncCounter.RESUMED)).isEqualTo(2);
    assertThat(counters.get(AsyncCounter.SUSPENDED)).isEqualTo(2);
  }

  @Test
  void table_isBounded() throws Exception {
    for (int i = 0; i < AsyncObjects.MAX_OBJECTS; i++) {
      assertThat(suspend(question(), i)).isTrue();
    }
    Question one = question();

    Object suspended = one.invoke("suspend", new Object[] {(long) ASYNC + 1, 0L, 500L});

    assertThat(suspended).isEqualTo(false);
    assertThat(counters.get(AsyncCounter.REFUSED_FULL)).isEqualTo(1);
  }

  @Test
  void failedAction_takesItsObjectWithIt() throws Exception {
    Question question = question();
    suspend(question, 1);

    Objects.requireNonNull(question.suspended()).abandon();

    assertThatThrownBy(() -> objects.take(ASYNC, 1)).isInstanceOf(LuaFailure.class);
    assertThat(objects.live()).isZero();
    assertThat(counters.get(AsyncCounter.UNSETTLED)).isEqualTo(1);
  }
}
