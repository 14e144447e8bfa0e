// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import picocli.CommandLine.Option;

/** The hidden option that makes a child process end when its standard input ends. */
final class ParentBound {
  static final String OPTION = "--end-with-stdin";

  @Option(names = OPTION, hidden = true)
  private boolean endWithStdin;

  /** Watches the standard input if the option is set; returns whether it is. */
  boolean watch(Console console) {
    if (endWithStdin) {
      console.endWithInput();
    }
    return endWithStdin;
  }
}
