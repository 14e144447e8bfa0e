// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.Filter;
import io.anteroom.protocol.sdk.Question;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A filter that decides at once about names it has a verdict for. Requests for other names it holds
 * until the test decides about them, if ever.
 */
public final class TestFilter implements Filter {
  private final Map<String, Verdict> verdicts = new ConcurrentHashMap<>();
  private final List<FilterRequest> requests = new CopyOnWriteArrayList<>();
  private final LinkedBlockingQueue<Held> held = new LinkedBlockingQueue<>();

  /** A request that waits for the test. */
  public record Held(FilterRequest request, CompletableFuture<Verdict> stage) {
    /** In lower case, without the last dot. */
    public String name() {
      return Question.of(request).name();
    }

    public void decide(Verdict verdict) {
      stage.complete(verdict);
    }
  }

  /** Decides like this about this name from now on. */
  public TestFilter on(String name, Verdict verdict) {
    verdicts.put(name.toLowerCase(Locale.ROOT), verdict);
    return this;
  }

  @Override
  public CompletionStage<Verdict> decide(FilterRequest request) {
    requests.add(request);
    Verdict verdict = verdicts.get(Question.of(request).name());
    CompletableFuture<Verdict> stage = new CompletableFuture<>();
    if (verdict == null) {
      held.add(new Held(request, stage));
    } else {
      stage.complete(verdict);
    }
    return stage;
  }

  /** The request that has been held longest; waits for one. */
  public Held next() {
    try {
      Held next = held.poll(DnsClient.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (next == null) {
        throw new AssertionError("the filter is not asked");
      }
      return next;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Forgets what it holds, which then is never decided. */
  public void forget() {
    held.clear();
  }

  /** All requests about this name, decided or not. */
  public List<FilterRequest> requests(String name) {
    return requests.stream()
        .filter(request -> Question.of(request).name().equals(name.toLowerCase(Locale.ROOT)))
        .toList();
  }
}
