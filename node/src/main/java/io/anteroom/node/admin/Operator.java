// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.admin.AdminAgentActor.Forward;
import io.anteroom.node.config.Words;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.filter.Severity;
import io.anteroom.node.flow.Described;
import io.anteroom.node.flow.Settled;
import io.anteroom.node.flow.SuspensionCommand.Decide;
import io.anteroom.node.flow.SuspensionCommand.Describe;
import io.anteroom.node.flow.Waiting;
import io.anteroom.protocol.Decision;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToRouter;
import io.anteroom.protocol.Verdict;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Shows or decides one suspended query on any node, for authorized HTTP requests. Thread-safe. */
final class Operator {
  private static final Logger LOG = LoggerFactory.getLogger(Operator.class);
  private static final String ENDED =
      "this query has ended already: decided, at its deadline, or because its client has gone";
  private static final String UNKNOWN = "no query with this key is suspended, nor was one of late";

  private static final int MAX_LOGGED = 200;

  private static final Misfit MISFIT = new Misfit();

  private final ActorSystem<?> system;
  private final AdminParts parts;
  private final Supplier<AdminAgent> adminAgent;
  private final Views views;
  private final Executor executor;

  Operator(ActorSystem<?> system, AdminParts parts, Executor executor) {
    this.system = system;
    this.parts = parts;
    this.adminAgent = parts.cluster().adminAgent();
    this.views = new Views(parts);
    this.executor = executor;
  }

  CompletionStage<HttpResponse> show(SuspensionKey key) {
    CompletionStage<Described> described =
        AskPattern.ask(
            adminAgent.get().ref(),
            replyTo -> new Forward(new Describe(key, replyTo)),
            AdminRoutes.ANSWER_TIME,
            system.scheduler());
    return described.thenApplyAsync(
        known -> {
          Waiting waiting = known.waiting();
          return waiting == null
              ? Json.error(StatusCodes.NOT_FOUND, known.ended() ? ENDED : UNKNOWN)
              : Json.ok(views.detail(waiting));
        },
        executor);
  }

  /**
   * Decides the query like an instance's verdict, without being a registered instance. If a policy
   * waits for an operation, the verdict decides instead of the policy.
   *
   * @param words the verdict as the operator wrote it, for the log
   */
  CompletionStage<HttpResponse> decide(SuspensionKey key, Verdict verdict, String words) {
    CompletionStage<ToRouter> settled =
        AskPattern.ask(
            adminAgent.get().ref(),
            (ActorRef<ToRouter> replyTo) ->
                new Forward(
                    new Decide(
                        key, verdict, adminAgent.get().member().deadLetters(), replyTo, true)),
            AdminRoutes.ANSWER_TIME,
            system.scheduler());
    return settled.thenApplyAsync(
        reply -> {
          ResumeResult result = ((Settled) reply).result();
          ResumeResult.Status status = result.status();
          LOG.info("operator about {}: {}: {}", key, line(words), Words.of(status));
          count(key, result);
          return answer(key, verdict, status);
        },
        executor);
  }

  private static String line(String words) {
    String line = words.strip().replaceAll("\\p{Cntrl}", " ");
    return line.length() > MAX_LOGGED ? line.substring(0, MAX_LOGGED) + "..." : line;
  }

  /** Counts the result as a filter router does for verdicts of instances. */
  private void count(SuspensionKey key, ResumeResult result) {
    FilterService service = parts.services().get(key.asyncId());
    if (service == null) {
      return;
    }
    service.settled(result);
  }

  private static HttpResponse answer(
      SuspensionKey key, Verdict verdict, ResumeResult.Status status) {
    return switch (status) {
      case RESUMED -> Json.ok(Map.of("key", key.toString(), "result", outcome(verdict)));
      case ENDED -> Json.error(StatusCodes.CONFLICT, ENDED);
      case UNKNOWN -> Json.error(StatusCodes.NOT_FOUND, UNKNOWN);
      case REJECTED ->
          Json.error(StatusCodes.UNPROCESSABLE_CONTENT, verdict.decision().accept(MISFIT, verdict));
    };
  }

  private static String outcome(Verdict verdict) {
    return Severity.of(verdict) == Severity.DROP ? "dropped" : "resumed";
  }

  /** Explains why a verdict does not fit, by its content. */
  private static final class Misfit implements Decision.ContentVisitor<Verdict, String> {
    @Override
    public String onNoContent(Verdict verdict) {
      return "the verdict does not fit this query, which waits on";
    }

    @Override
    public String onRcode(Decision.Rcode rcode, Verdict verdict) {
      return onNoContent(verdict);
    }

    @Override
    public String onAddresses(Decision.Addresses addresses, Verdict verdict) {
      return onNoContent(verdict);
    }

    @Override
    public String onAnswer(Decision.Answer answer, Verdict verdict) {
      return "the question of the message is not that of this query, which waits on";
    }

    @Override
    public String onChangeName(Decision.ChangeName changeName, Verdict verdict) {
      return onNoContent(verdict);
    }

    @Override
    public String onToPool(Decision.ToPool toPool, Verdict verdict) {
      String pool = toPool.pool();
      return "the node of this query has no upstream pool " + pool + "; the query waits on";
    }

    /** Does not happen, because operators have no words for results. */
    @Override
    public String onResult(Decision.Result result, Verdict verdict) {
      return onNoContent(verdict);
    }
  }
}
