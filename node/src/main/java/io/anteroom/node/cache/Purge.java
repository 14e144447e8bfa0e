// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import io.anteroom.node.wire.WireName;
import java.util.Collection;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the caches of all nodes are to forget. Each part that is null, 0 or {@link #ANY} leaves it
 * open. Immutable.
 *
 * @param target which of the caches
 * @param name null for all names
 * @param subtree whether all names below it go too
 * @param pool the upstream pool that was asked or, for a verdict, chosen when it was given
 * @param type 0 for all types
 * @param service the asyncID whose verdicts go; {@link #ANY} for those of all services
 */
public record Purge(
    Target target,
    @Nullable WireName name,
    boolean subtree,
    @Nullable String pool,
    int type,
    int service) {
  /** The longest name of a pool. */
  public static final int MAX_POOL = 255;

  /** Whatever service. */
  public static final int ANY = -1;

  /** Which caches forget. */
  public enum Target {
    ANSWERS,
    VERDICTS,
    BOTH
  }

  public Purge {
    if (service != ANY && target != Target.VERDICTS) {
      throw new IllegalArgumentException("only verdicts are of a service");
    }
  }

  /** All that a cache has. */
  public static Purge everything(Target target) {
    return new Purge(target, null, false, null, 0, ANY);
  }

  /** The verdicts of this service about this name, or all of them for null. */
  public static Purge verdicts(int service, @Nullable WireName name, boolean subtree) {
    return new Purge(Target.VERDICTS, name, subtree, null, 0, service);
  }

  /** The smallest one that can be told in few words and does all that these do, and maybe more. */
  static Purge covering(Collection<Purge> purges) {
    Purge one = null;
    for (Purge purge : purges) {
      one = one == null ? purge : one.wider(purge);
    }
    return Objects.requireNonNull(one);
  }

  private Purge wider(Purge other) {
    Target both = target == other.target ? target : Target.BOTH;
    int common = service == other.service ? service : ANY;
    String shared = Objects.equals(pool, other.pool) ? pool : null;
    return new Purge(both, null, false, shared, type == other.type ? type : 0, common);
  }

  /** For other members; {@link #read} is the counterpart. */
  public byte[] toBytes() {
    return PurgeCodec.write(this);
  }

  /** What was written; everything, if it can't be read. */
  public static Purge read(byte[] bytes) {
    return PurgeCodec.read(bytes);
  }

  boolean isForAnswers() {
    return target != Target.VERDICTS;
  }

  boolean isForVerdicts() {
    return target != Target.ANSWERS;
  }

  /**
   * Whether what is known about this name, type and pool is to go.
   *
   * @param knownType 0 for what is known about all types
   */
  boolean matches(WireName known, int knownType, String knownPool) {
    return (type == 0 || knownType == 0 || type == knownType)
        && (pool == null || pool.equals(knownPool))
        && (name == null || (subtree ? known.isAtOrBelow(name) : known.equals(name)));
  }
}
