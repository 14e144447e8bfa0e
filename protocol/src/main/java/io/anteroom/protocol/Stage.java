// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

/** The step of a query's processing; each stage has a chain of rules. */
public enum Stage {
  QUERY("query"),
  CACHE_MISS("cache-miss"),
  RESPONSE("response"),
  CACHE_HIT("cache-hit"),
  CACHE_INSERTED("cache-inserted"),
  SELF_ANSWERED("self-answered");

  private final String word;

  Stage(String word) {
    this.word = word;
  }

  /** The name of this stage in configuration, metrics and logs. */
  public String word() {
    return word;
  }
}
