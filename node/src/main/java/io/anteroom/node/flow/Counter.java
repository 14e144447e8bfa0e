// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

/**
 * Everything a node counts. The name in lower case is the name of the metric, the text its help.
 * Add a constant for every drop.
 */
public enum Counter {
  QUERIES("Queries taken from clients after the ACL"),
  ANSWERS("Answers sent to clients"),
  ANSWERS_TRUNCATED("Answers sent with TC set because they were too large for UDP");

  private final String help;

  Counter(String help) {
    this.help = help;
  }

  public String help() {
    return help;
  }
}
