// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import java.time.Duration;

/**
 * Sends queries to one node at a fixed rate, on a thread of its own, however slowly it answers; so
 * a query that waits to be sent behind another waits on its own clock.
 */
final class Load implements AutoCloseable {
  private final Ledger ledger;
  private final Sender sender;
  private final Thread thread;
  private final int first;
  private final int numbers;
  private final int perSecond;
  private volatile int next;
  private volatile boolean stopped;

  /**
   * Begins at once.
   *
   * @param first the number of the first query
   * @param numbers how many it may send at most
   */
  Load(int port, int first, int numbers, int perSecond) {
    this.first = first;
    this.numbers = numbers;
    this.perSecond = perSecond;
    next = first;
    ledger = new Ledger(first, numbers);
    sender = new Sender(port, 1, ledger);
    thread = new Thread(this::send, "load-" + port);
    thread.setDaemon(true);
    thread.start();
  }

  private void send() {
    long start = System.nanoTime();
    for (int i = 0; i < numbers && !stopped; i++) {
      long due = start + (long) (i * 1e9 / perSecond);
      Wait.untilNanos(due);
      ledger.due(first + i, due);
      sender.send(first + i);
      next = first + i + 1;
    }
  }

  boolean isStopped() {
    return stopped;
  }

  /** How many are sent and not answered. */
  int open() {
    return next - first - ledger.answered();
  }

  /** The number of the query that is sent next; all below it have been sent. */
  int next() {
    return next;
  }

  int first() {
    return first;
  }

  Ledger ledger() {
    return ledger;
  }

  /** Sends no more, and waits until all is answered, or nothing has come for so long. */
  void stop(Duration still) {
    stopped = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Wait.until(ledger::answered, next - first, still);
  }

  @Override
  public void close() {
    stopped = true;
    sender.close();
  }
}
