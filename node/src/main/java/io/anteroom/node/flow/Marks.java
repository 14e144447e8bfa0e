// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.ExtendedError;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What rules and verdicts have left on a query so far. Immutable.
 *
 * @param tags for later rules and filters
 * @param pool the upstream pool chosen so far; null for the default one
 * @param error the Extended DNS Error that the answer is to carry; null for none
 * @param skipCache whether the answer cache is neither asked nor given the answer
 * @param chase what waits for the answer, if the query is for the target of an alias; else null
 */
public record Marks(
    Map<String, String> tags,
    @Nullable String pool,
    @Nullable ExtendedError error,
    boolean skipCache,
    @Nullable Chase chase) {
  public static final Marks NONE = new Marks(Map.of(), null, null, false);

  /** The marks of a client's own query. */
  public Marks(
      Map<String, String> tags,
      @Nullable String pool,
      @Nullable ExtendedError error,
      boolean skipCache) {
    this(tags, pool, error, skipCache, null);
  }

  /** Adds tags; a new one wins over an old one of its name. */
  Marks withTags(Map<String, String> more) {
    Map<String, String> all = new HashMap<>(tags);
    all.putAll(more);
    return new Marks(Map.copyOf(all), pool, error, skipCache, chase);
  }

  Marks withoutTags(Set<String> names) {
    Map<String, String> rest = new HashMap<>(tags);
    return rest.keySet().removeAll(names)
        ? new Marks(Map.copyOf(rest), pool, error, skipCache, chase)
        : this;
  }

  Marks withPool(String name) {
    return new Marks(tags, name, error, skipCache, chase);
  }

  Marks withError(ExtendedError last) {
    return new Marks(tags, pool, last, skipCache, chase);
  }

  Marks withoutCache() {
    return new Marks(tags, pool, error, true, chase);
  }

  Marks withChase(Chase waiting) {
    return new Marks(tags, pool, error, skipCache, waiting);
  }
}
