// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.wire.WireQuery;

/** Chooses the first candidate in the order of the configuration. */
final class FirstAvailable implements ServerSet.Chooser {
  @Override
  public int choose(long candidates, ServerSet.Candidate[] servers, WireQuery query) {
    return Long.numberOfTrailingZeros(candidates);
  }
}
