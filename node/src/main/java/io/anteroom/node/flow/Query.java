// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.node.wire.WireQuery;
import java.util.HashMap;
import java.util.Map;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.jspecify.annotations.Nullable;

/**
 * One question from one client on its way through the chains. Immutable.
 *
 * @param tags what rules and verdicts left on it
 * @param pool the upstream pool chosen so far; null for the default one
 * @param suspensions how often it has been suspended, at most 8
 */
public record Query(
    WireQuery wire, Client client, Map<String, String> tags, @Nullable String pool, int suspensions)
    implements NoSerializationVerificationNeeded {

  public static Query of(WireQuery wire, Client client) {
    return new Query(wire, client, Map.of(), null, 0);
  }

  public Query withPool(String name) {
    return new Query(wire, client, tags, name, suspensions);
  }

  /** Adds tags; a new one wins over an old one of its name. */
  public Query withTags(Map<String, String> more) {
    if (more.isEmpty()) {
      return this;
    }
    Map<String, String> all = new HashMap<>(tags);
    all.putAll(more);
    return new Query(wire, client, Map.copyOf(all), pool, suspensions);
  }

  public Query suspendedOnceMore() {
    return new Query(wire, client, tags, pool, suspensions + 1);
  }
}
