// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import java.util.concurrent.atomic.LongAdder;

/** What an attack has sent so far. Safe for any thread. */
final class Sent {
  private final LongAdder connections = new LongAdder();
  private final LongAdder messages = new LongAdder();
  private final LongAdder bytes = new LongAdder();

  void connection() {
    connections.increment();
  }

  /** Frames, datagrams, or whatever else is one thing to the node. */
  void messages(long number) {
    messages.add(number);
  }

  void bytes(long number) {
    bytes.add(number);
  }

  long connections() {
    return connections.sum();
  }

  long messages() {
    return messages.sum();
  }

  long bytes() {
    return bytes.sum();
  }
}
