// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import java.net.InetSocketAddress;
import java.time.Duration;

/** A side effect of a rule, which does not decide about the query (see aside in the glossary). */
public sealed interface Effect {
  /** Write a line with the name of the rule to the query log. */
  record Log(String rule) implements Effect {}

  /** Send a copy of the query to this address; its answer is ignored. */
  record Tee(InetSocketAddress to) implements Effect {}

  /** Write the answer to a file whose name begins with this prefix. */
  record Spool(String prefix) implements Effect {}

  /** Wait this long before the next rule is run. */
  record Delay(Duration time) implements Effect {}
}
