// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.ExtendedError;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Settings that rules and verdicts have attached to a query so far. Immutable.
 *
 * @param tags for later rules and filters
 * @param pool the upstream pool chosen so far; null for the default pool
 * @param error the Extended DNS Error (RFC 8914) for the answer; null for none
 * @param skipCache whether the query bypasses the answer cache, for reading and writing
 * @param chase the query that waits for the answer, if this one is for the target of an alias; else
 *     null
 * @param continuation where its policy goes on while it waits for an operation; else null
 * @param unstored the answer of a server, if the cache stores it after the response rules; else
 *     null
 */
public record Marks(
    Map<String, String> tags,
    @Nullable String pool,
    @Nullable ExtendedError error,
    boolean skipCache,
    @Nullable Chase chase,
    @Nullable Continuation continuation,
    @Nullable Unstored unstored) {
  public static final Marks NONE = new Marks(Map.of(), null, null, false);

  /** The marks of a client's own query. */
  public Marks(
      Map<String, String> tags,
      @Nullable String pool,
      @Nullable ExtendedError error,
      boolean skipCache) {
    this(tags, pool, error, skipCache, null, null, null);
  }

  /** Adds tags; a new tag replaces an old one of the same name. */
  Marks withTags(Map<String, String> more) {
    Map<String, String> all = new HashMap<>(tags);
    all.putAll(more);
    return new Marks(Map.copyOf(all), pool, error, skipCache, chase, continuation, unstored);
  }

  Marks withoutTags(Set<String> names) {
    Map<String, String> rest = new HashMap<>(tags);
    return rest.keySet().removeAll(names)
        ? new Marks(Map.copyOf(rest), pool, error, skipCache, chase, continuation, unstored)
        : this;
  }

  Marks withPool(String name) {
    return new Marks(tags, name, error, skipCache, chase, continuation, unstored);
  }

  Marks withError(ExtendedError last) {
    return new Marks(tags, pool, last, skipCache, chase, continuation, unstored);
  }

  Marks withSkipCache(boolean skip) {
    return new Marks(tags, pool, error, skip, chase, continuation, unstored);
  }

  Marks withChase(Chase waiting) {
    return new Marks(tags, pool, error, skipCache, waiting, continuation, unstored);
  }

  Marks withContinuation(@Nullable Continuation where) {
    return new Marks(tags, pool, error, skipCache, chase, where, unstored);
  }

  Marks withUnstored(@Nullable Unstored answer) {
    return new Marks(tags, pool, error, skipCache, chase, continuation, answer);
  }
}
