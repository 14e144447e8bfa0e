// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.blocklist;

import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.Filter;
import io.anteroom.protocol.sdk.Question;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * Refuses names that a lookup finds on the list. If the lookup is slow or fails, the query passes.
 */
public final class BlocklistFilter implements Filter {
  private static final Verdict REFUSED =
      Verdict.refuse(new ExtendedError(ExtendedError.BLOCKED, "on the blocklist"));
  private static final Verdict UNAVAILABLE = Verdict.proceed().withTag("blocklist", "unavailable");

  private final NameLookup lookup;

  public BlocklistFilter(NameLookup lookup) {
    this.lookup = lookup;
  }

  @Override
  public CompletionStage<Verdict> decide(FilterRequest request) {
    return lookup
        .isListed(Question.of(request).name())
        .copy()
        .orTimeout(request.remainingMicros() * 3 / 4, TimeUnit.MICROSECONDS)
        .thenApply(listed -> listed ? REFUSED : Verdict.proceed())
        .exceptionally(slowOrFailed -> UNAVAILABLE);
  }
}
