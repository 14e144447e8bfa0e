// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.ExtendedError;
import java.util.HashMap;
import java.util.Map;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.jspecify.annotations.Nullable;

/**
 * One question from one client on its way through the chains. Immutable.
 *
 * @param wire the question as it is asked now
 * @param original what the client asked, if the name has been changed since; else null
 * @param tags what rules and verdicts left on it
 * @param pool the upstream pool chosen so far; null for the default one
 * @param error the Extended DNS Error that its answer is to carry; null for none
 * @param answer the answer, once there is one: for {@code wire}, with its id, not yet truncated
 * @param cached whether the answer came from the answer cache
 * @param suspensions how often it has been suspended, at most 8
 * @param rounds how often it has been started again, at most twice
 */
public record Query(
    WireQuery wire,
    @Nullable WireQuery original,
    Client client,
    Map<String, String> tags,
    @Nullable String pool,
    @Nullable ExtendedError error,
    byte @Nullable [] answer,
    boolean cached,
    int suspensions,
    int rounds)
    implements NoSerializationVerificationNeeded {

  public static Query of(WireQuery wire, Client client) {
    return new Query(wire, null, client, Map.of(), null, null, null, false, 0, 0);
  }

  public Query withPool(String name) {
    return new Query(
        wire, original, client, tags, name, error, answer, cached, suspensions, rounds);
  }

  /** Adds tags; a new one wins over an old one of its name. */
  public Query withTags(Map<String, String> more) {
    if (more.isEmpty()) {
      return this;
    }
    Map<String, String> all = new HashMap<>(tags);
    all.putAll(more);
    return new Query(
        wire, original, client, Map.copyOf(all), pool, error, answer, cached, suspensions, rounds);
  }

  /** The last one counts; null leaves the one that is there. */
  public Query withError(@Nullable ExtendedError last) {
    return last == null
        ? this
        : new Query(wire, original, client, tags, pool, last, answer, cached, suspensions, rounds);
  }

  public Query withAnswer(byte[] made) {
    return new Query(wire, original, client, tags, pool, error, made, false, suspensions, rounds);
  }

  public Query withCachedAnswer(byte[] found) {
    return new Query(wire, original, client, tags, pool, error, found, true, suspensions, rounds);
  }

  /** The same query under another name, without an answer. */
  public Query renamed(WireQuery changed) {
    WireQuery first = original == null ? wire : original;
    return new Query(changed, first, client, tags, pool, error, null, false, suspensions, rounds);
  }

  /** The same query at the start of its way once more. */
  public Query startedAgain() {
    return new Query(
        wire, original, client, tags, pool, error, null, false, suspensions, rounds + 1);
  }

  public Query suspendedOnceMore() {
    return new Query(
        wire, original, client, tags, pool, error, answer, cached, suspensions + 1, rounds);
  }

  /** What the client asked. */
  public WireQuery asked() {
    return original == null ? wire : original;
  }
}
