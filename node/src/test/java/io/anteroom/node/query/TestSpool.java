// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import java.time.Clock;
import java.util.List;

/** A spool for parts that need one, and write nothing. */
final class TestSpool {
  private TestSpool() {}

  static Spool unused() {
    return new Spool(
        () -> {
          throw new AssertionError("nothing is to be spooled");
        },
        List::of,
        new Counters<>(Counter.class),
        Clock.systemUTC());
  }
}
