// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.util.List;

/**
 * Thrown for an invalid configuration. It has all errors as messages for the operator, in the form
 * {@code file:line: path: error}.
 */
public final class InvalidConfiguration extends Exception {
  private static final long serialVersionUID = 1;

  private final String[] messages;

  public InvalidConfiguration(List<String> messages) {
    super(String.join(System.lineSeparator(), messages));
    this.messages = messages.toArray(String[]::new);
  }

  /** The errors in the order of the file. */
  public List<String> messages() {
    return List.of(messages);
  }
}
