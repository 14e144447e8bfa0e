// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import java.time.Duration;

/** A number of queries that are suspended, all of them, and then resumed, all of them. */
final class Round {
  /** After so long without progress a datagram counts as lost; if wrongly, no harm is done. */
  private static final Duration PAUSE = Duration.ofSeconds(2);

  /** After so long without progress no more answers are to come; a collection takes less. */
  private static final Duration END = Duration.ofSeconds(10);

  private static final Duration JOIN = Duration.ofSeconds(30);

  private final Sender sender;
  private final HoldingFilter filter;
  private final Exam exam;
  private final int first;
  private final int queries;
  private final int window;
  private final int seenBefore;
  private final int answeredBefore;
  private int resent;

  /**
   * A round.
   *
   * @param first the number of the first query
   * @param window how many datagrams may be under way
   */
  Round(Sender sender, HoldingFilter filter, Exam exam, int first, int queries, int window) {
    this.sender = sender;
    this.filter = filter;
    this.exam = exam;
    this.first = first;
    this.queries = queries;
    this.window = window;
    seenBefore = filter.seen();
    answeredBefore = exam.right();
  }

  /** Sends the first query again and again until the node knows of the filter. */
  void awaitFilter() {
    boolean asked =
        Wait.until(
            () -> {
              sender.send(first);
              return Wait.until(() -> filter.hasSeen(first), Duration.ofMillis(200));
            },
            JOIN);
    if (!asked) {
      throw new IllegalStateException("the filter was not asked");
    }
    exam.faults().forget();
  }

  /** Returns the seconds that it took. */
  double suspendAll() {
    long start = System.nanoTime();
    int lost = 0;
    for (int sent = 0; sent < queries; sent++) {
      int limit = sent - window - lost;
      if (suspended() < limit && !Wait.until(this::suspended, limit, PAUSE)) {
        lost += window;
      }
      if (!filter.hasSeen(first + sent)) {
        sender.send(first + sent);
      }
    }
    if (!Wait.until(this::suspended, queries, PAUSE)) {
      resend();
    }
    return (System.nanoTime() - start) / 1e9;
  }

  /** What never came to the filter was lost on the way to the node, or by it; once more, then. */
  private void resend() {
    for (int number = first; number < first + queries; number++) {
      if (!filter.hasSeen(number)) {
        resent++;
        int goal = suspended() + 1;
        sender.send(number);
        if (resent % window == 0) {
          Wait.until(this::suspended, goal, PAUSE);
        }
      }
    }
    Wait.until(this::suspended, queries, PAUSE);
  }

  /** Returns the seconds that it took. */
  double resumeAll() {
    long start = System.nanoTime();
    int suspended = suspended();
    boolean still = false;
    for (int decided = 0; decided < suspended; decided++) {
      int limit = decided - window;
      still = still || !Wait.until(this::answered, limit, END);
      int number = filter.number(seenBefore + decided);
      exam.decided(number);
      filter.decide(number);
    }
    Wait.until(this::answered, suspended, END);
    return (exam.lastNanos() - start) / 1e9;
  }

  int suspended() {
    return filter.seen() - seenBefore;
  }

  int answered() {
    return exam.right() - answeredBefore;
  }

  int resent() {
    return resent;
  }
}
