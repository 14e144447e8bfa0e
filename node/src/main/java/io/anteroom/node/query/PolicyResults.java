// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.flow.Undecided;
import io.anteroom.node.suspend.Suspensions;
import io.anteroom.protocol.Decision;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import io.anteroom.protocol.Verdict;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;

/**
 * What a policy that waits is told about whatever ended the wait. Each way in which a suspension
 * can end has one code, so the policy always continues.
 */
final class PolicyResults {
  private static final Decision.Visitor<Verdict, OperationResult> RESULT = new OfDecision();

  private PolicyResults() {}

  /** The result for a wait that did not begin. */
  static OperationResult refused(Suspensions.Attempt attempt) {
    return switch (attempt) {
      case BEGUN -> throw new IllegalArgumentException("the wait has begun");
      case OVERLOAD -> failed(ResultCode.REJECTED, "too many operations are in progress");
      case TOO_LARGE ->
          failed(ResultCode.REJECTED, "query, answer and operation are together too large");
      case NO_FILTER -> failed(ResultCode.REFUSED, "nobody can carry the operation out now");
      case CIRCUIT_OPEN ->
          failed(ResultCode.REJECTED, "operations of this service keep timing out");
    };
  }

  /** The result for a wait that ended without a verdict. */
  static OperationResult undecided(Undecided reason, boolean stopping) {
    if (stopping) {
      return failed(ResultCode.CANCELLED, "the node stops");
    }
    return switch (reason) {
      case TIMEOUT -> failed(ResultCode.TIMEOUT, "no result in time");
      case OVERLOAD -> failed(ResultCode.REJECTED, "too many operations are in progress");
      case NO_FILTER -> failed(ResultCode.REFUSED, "whoever carried the operation out has gone");
    };
  }

  /** The result that a verdict carries, or that it is if a filter was asked. */
  static OperationResult of(Verdict verdict) {
    return verdict.decision().accept(RESULT, verdict);
  }

  private static OperationResult failed(ResultCode code, String why) {
    return OperationResult.failed(code, why);
  }

  /** Verdicts of filters become outputs, by the names that operators write them with. */
  private static final class OfDecision implements Decision.Visitor<Verdict, OperationResult> {
    @Override
    public OperationResult onResult(Decision.Result result, Verdict verdict) {
      return result.result();
    }

    @Override
    public OperationResult onContinue(Verdict verdict) {
      return decided("continue", Map.of());
    }

    @Override
    public OperationResult onRcode(Decision.Rcode rcode, Verdict verdict) {
      return decided("rcode", Map.of("rcode", rcode.rcode()));
    }

    @Override
    public OperationResult onAddresses(Decision.Addresses addresses, Verdict verdict) {
      return decided(
          "addresses",
          Map.of(
              "addresses",
              addresses.addresses().stream().map(InetAddress::getHostAddress).toList(),
              "ttl",
              addresses.ttlSeconds()));
    }

    @Override
    public OperationResult onAnswer(Decision.Answer answer, Verdict verdict) {
      return decided("message", Map.of("message", answer.message()));
    }

    @Override
    public OperationResult onTruncate(Verdict verdict) {
      return decided("truncate", Map.of());
    }

    @Override
    public OperationResult onDrop(Verdict verdict) {
      return decided("drop", Map.of());
    }

    @Override
    public OperationResult onChangeName(Decision.ChangeName changeName, Verdict verdict) {
      return decided("name", Map.of("name", changeName.name()));
    }

    @Override
    public OperationResult onToPool(Decision.ToPool toPool, Verdict verdict) {
      return decided("pool", Map.of("pool", toPool.pool()));
    }

    @Override
    public OperationResult onAskAgain(Verdict verdict) {
      return decided("ask-again", Map.of());
    }

    /** Does not happen, because the router handles such a verdict. */
    @Override
    public OperationResult onUndecided(Verdict verdict) {
      return failed(ResultCode.TIMEOUT, "the filter did not decide");
    }

    private static OperationResult decided(String decision, Map<String, ?> more) {
      Map<String, Object> outputs = new HashMap<>(more);
      outputs.put("decision", decision);
      return OperationResult.done(outputs);
    }
  }
}
