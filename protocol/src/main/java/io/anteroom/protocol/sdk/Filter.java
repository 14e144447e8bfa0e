// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.Verdict;
import java.util.concurrent.CompletionStage;

/**
 * Decides about suspended queries. This is what the author of a filter writes; {@link FilterMember}
 * does the rest.
 *
 * <p>It is called by one thread at a time and must not block it: what takes time goes into the
 * stage. The stage may be completed by any thread. If it fails, or is not complete when the
 * request's time is up, no verdict is sent and the node's {@code on-timeout} decides; so a filter
 * that would rather decide itself gives its lookups less time than that:
 *
 * <pre>{@code
 * public final class Reputation {
 *   private static final ExtendedError WHY = new ExtendedError(ExtendedError.BLOCKED, "bad name");
 *
 *   public static void main(String[] args) {
 *     ReputationClient client = new ReputationClient();
 *     Filter filter = request -> {
 *       String name = Question.of(request).name();
 *       return client.score(name)                        // a CompletableFuture<Integer>
 *           .orTimeout(request.remainingMicros() * 3 / 4, TimeUnit.MICROSECONDS)
 *           .thenApply(score -> score > 90 ? Verdict.refuse(WHY) : Verdict.proceed())
 *           .exceptionally(slowOrDown -> Verdict.proceed().withTag("reputation", "unknown"));
 *     };
 *     FilterMember member =
 *         FilterMember.start(FilterMemberSettings.of(7, "127.0.0.1:17355"), filter);
 *     Runtime.getRuntime().addShutdownHook(new Thread(member::close));
 *   }
 * }
 * }</pre>
 */
@FunctionalInterface
public interface Filter {
  /**
   * Decides about one query.
   *
   * @return the verdict, now or later; complete already if no time is needed
   */
  CompletionStage<Verdict> decide(FilterRequest request);

  /**
   * Called before the first request, and again if the member had to come back to its cluster. A
   * filter whose verdicts hold keeps what it is given, to have them forgotten when it would decide
   * otherwise by now.
   */
  default void start(Invalidator invalidator) {}
}
