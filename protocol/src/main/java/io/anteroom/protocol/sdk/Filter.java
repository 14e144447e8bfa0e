// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.Rejection;
import io.anteroom.protocol.Verdict;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Decides about suspended queries. Authors of filters implement this interface; {@link
 * FilterMember} does the rest.
 *
 * <p>One thread at a time calls it, and it must not block that thread: work that takes time belongs
 * in the returned stage, which any thread may complete. If the filter throws, if its stage fails,
 * or if it returns {@link Verdict#undecided}, the node applies {@code on-timeout} immediately. If
 * the stage is not complete at the request's deadline, the node applies {@code on-timeout} then. A
 * filter that wants to decide such queries itself must limit its lookups to a shorter time. It must
 * set that limit on a copy of the future, because a future that the client caches is shared, and
 * would time out for other requests too.
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
 *           .copy()                                      // other requests may share it
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
   * @return the verdict; an already completed stage if the decision takes no time
   */
  CompletionStage<Verdict> decide(FilterRequest request);

  /**
   * Called before the first request, and again after the member has rejoined its cluster or its
   * instance was restarted. If it throws, it is called again after a pause. A filter whose verdicts
   * hold keeps the invalidator, to make nodes forget verdicts that are no longer right.
   */
  default void start(Invalidator invalidator) {}

  /**
   * Called when a node rejected a verdict; the node applies {@code on-timeout} to the query. The
   * rejection is logged and counted in any case. Like {@link #decide}, this method must not block.
   *
   * @param why null if the node gives no reason, or one that this version does not know
   */
  default void rejected(FilterRequest request, Verdict verdict, @Nullable Rejection why) {}
}
