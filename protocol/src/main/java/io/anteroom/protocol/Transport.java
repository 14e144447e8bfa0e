// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

/** How a client's query came in. */
public enum Transport {
  UDP("udp"),
  TCP("tcp");

  private final String word;

  Transport(String word) {
    this.word = word;
  }

  /** The word for this transport in configuration, metrics and logs. */
  public String word() {
    return word;
  }
}
