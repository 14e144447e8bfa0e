// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import java.net.InetSocketAddress;
import java.time.Duration;

/** What a rule wants done besides. */
public sealed interface Effect {
  /** A line in the log of queries, with the name of the rule. */
  record Log(String rule) implements Effect {}

  /** A copy of the query to that address, whose answer is nobody's. */
  record Tee(InetSocketAddress to) implements Effect {}

  /** A wait before the next rule has its turn. */
  record Delay(Duration time) implements Effect {}
}
