// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.Rejection;
import io.anteroom.protocol.Verdict;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Decides about suspended queries. This is what the author of a filter writes; {@link FilterMember}
 * does the rest.
 *
 * <p>It is called by one thread at a time and must not block it: what takes time goes into the
 * stage. The stage may be completed by any thread. If the filter throws, its stage fails, or it
 * decides {@link Verdict#undecided}, the node's {@code on-timeout} decides at once; if the stage is
 * not complete when the request's time is up, it decides then. So a filter that would rather decide
 * itself gives its lookups less time than that. It does so on a copy of the future: one that is
 * shared, because the client caches it, would time out for all others too.
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
 *           .copy()                                      // it may be shared
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
   * Called before the first request, and again if the member had to come back to its cluster, or
   * its instance was started again. If it throws, it is called again after a while. A filter whose
   * verdicts hold keeps what it is given, to have them forgotten when it would decide otherwise by
   * now.
   */
  default void start(Invalidator invalidator) {}

  /**
   * Called when a node did not take a verdict, which is logged and counted in any case; {@code
   * on-timeout} decides about the query. It is called like {@link #decide} and must not block
   * either.
   *
   * @param why null if the node is of a version that gives no reason, or one we do not know
   */
  default void rejected(FilterRequest request, Verdict verdict, @Nullable Rejection why) {}
}
