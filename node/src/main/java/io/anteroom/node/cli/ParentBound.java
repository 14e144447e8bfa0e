// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import picocli.CommandLine.Option;

/** The option with which a child of this program ends when its standard input does. */
final class ParentBound {
  static final String OPTION = "--end-with-stdin";

  @Option(names = OPTION, hidden = true)
  private boolean endWithStdin;

  /** Begins to watch the standard input if that is asked for; returns whether it is. */
  boolean watch(Console console) {
    if (endWithStdin) {
      console.endWithInput();
    }
    return endWithStdin;
  }
}
