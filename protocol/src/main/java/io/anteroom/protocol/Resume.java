// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import java.util.Objects;

/** The verdict about one suspended query. */
public record Resume(SuspensionKey key, Verdict verdict) {
  public Resume {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(verdict, "verdict");
  }
}
