// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.membership;

import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The latest standings of other nodes, by the address at which they were asked. Not thread-safe.
 */
final class OtherNodes {
  private static final Duration ASK_EVERY = Duration.ofSeconds(1);

  private final String self;
  private final Map<String, Standing> answers = new HashMap<>();

  /** Addresses that have been asked and have not answered yet. */
  private final Set<String> asked = new HashSet<>();

  private long nextAskNanos;

  /** Takes the address of this node and the present time. */
  OtherNodes(String self, long nowNanos) {
    this.self = self;
    this.nextAskNanos = nowNanos;
  }

  /** Forgets all standings, and asks again at once. */
  void begin(long nowNanos) {
    answers.clear();
    nextAskNanos = nowNanos;
  }

  /** Whether to ask now. If so, the next time is a second later. */
  boolean isTimeToAsk(long nowNanos) {
    if (nextAskNanos - nowNanos > 0) {
      return false;
    }
    nextAskNanos = nowNanos + ASK_EVERY.toNanos();
    return true;
  }

  /** Asks the nodes that have no request outstanding. */
  void ask(Set<String> others, Consumer<String> send) {
    others.stream().filter(asked::add).forEach(send);
  }

  /**
   * A node has answered, or the request has failed.
   *
   * @return its standing; null if there is none, or if this node has asked itself
   */
  @Nullable Standing said(String address, @Nullable Standing standing) {
    asked.remove(address);
    if (standing == null || standing.address().equals(self)) {
      answers.remove(address);
      return null;
    }
    answers.put(address, standing);
    return standing;
  }

  /** The latest standing of each node; a failed request removes it. */
  Map<String, Standing> answers() {
    return Collections.unmodifiableMap(answers);
  }

  /** The same, without nodes in the cluster of a generation that this node is about to leave. */
  Map<String, Standing> outside(@Nullable Generation current) {
    Map<String, Standing> others = new HashMap<>(answers);
    if (current != null) {
      long uid = ClusterView.of(current).uid();
      others.values().removeIf(standing -> standing.knows(self, uid));
    }
    return others;
  }
}
