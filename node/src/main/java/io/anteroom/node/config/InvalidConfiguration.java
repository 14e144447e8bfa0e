// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.util.List;

/**
 * A configuration is refused. Holds everything that is wrong with it, each message in the form
 * {@code file:line: path: what is wrong}, ready to be shown to the operator.
 */
public final class InvalidConfiguration extends Exception {
  private static final long serialVersionUID = 1;

  private final String[] messages;

  public InvalidConfiguration(List<String> messages) {
    super(String.join(System.lineSeparator(), messages));
    this.messages = messages.toArray(String[]::new);
  }

  /** What is wrong, in the order of the file. */
  public List<String> messages() {
    return List.of(messages);
  }
}
