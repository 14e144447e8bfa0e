// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.Filter;
import io.anteroom.protocol.sdk.Question;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A filter with one verdict for all. It gives it at once, but for names that begin with {@code
 * parked}: those wait until the test lets some go, in the order in which they came. About one that
 * moves it may be asked again, and then decides again.
 */
public final class ParkingFilter implements Filter {
  private final Verdict verdict;
  private final Map<SuspensionKey, List<CompletableFuture<Verdict>>> parked = new LinkedHashMap<>();
  private final Set<SuspensionKey> released = new HashSet<>();

  public ParkingFilter(Verdict verdict) {
    this.verdict = verdict;
  }

  @Override
  public synchronized CompletionStage<Verdict> decide(FilterRequest request) {
    CompletableFuture<Verdict> stage = new CompletableFuture<>();
    boolean parks = Question.of(request).name().startsWith("parked");
    if (parks && !released.contains(request.key())) {
      parked.computeIfAbsent(request.key(), key -> new ArrayList<>(1)).add(stage);
    } else {
      stage.complete(verdict);
    }
    return stage;
  }

  /** How many wait here. */
  public synchronized int waiting() {
    return parked.size();
  }

  /** How many wait here about which this was asked more than once, as those that have moved. */
  public synchronized long askedAgain() {
    return parked.values().stream().filter(stages -> stages.size() > 1).count();
  }

  /** The keys that wait here. */
  public synchronized List<SuspensionKey> keys() {
    return List.copyOf(parked.keySet());
  }

  /** Decides about so many of those that wait. */
  public synchronized void release(int n) {
    keys().stream().limit(n).forEach(this::release);
  }

  /** Decides about this one. */
  public synchronized void release(SuspensionKey key) {
    released.add(key);
    List<CompletableFuture<Verdict>> stages = parked.remove(key);
    if (stages != null) {
      stages.forEach(stage -> stage.complete(verdict));
    }
  }
}
