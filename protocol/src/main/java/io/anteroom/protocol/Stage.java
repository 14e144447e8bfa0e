// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

/** Which chain of rules a query is in. */
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

  /** The word for this stage in configuration, metrics and logs. */
  public String word() {
    return word;
  }
}
