// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import io.anteroom.node.wire.WireName;
import java.util.Collection;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Describes the entries that all nodes remove from their caches. A part that is null, 0 or {@link
 * #ANY} matches everything. Immutable.
 *
 * @param target the caches to purge
 * @param name null for all names
 * @param subtree whether names below are removed too
 * @param pool the upstream pool that answered or, for a verdict, that the query had chosen
 * @param type 0 for all types
 * @param service the asyncID whose verdicts are removed; {@link #ANY} for all services
 */
public record Purge(
    Target target,
    @Nullable WireName name,
    boolean subtree,
    @Nullable String pool,
    int type,
    int service) {
  /** The maximum length of a pool's name. */
  public static final int MAX_POOL = 255;

  /** Any service. */
  public static final int ANY = -1;

  /** The caches to purge. */
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

  /** A purge of all entries. */
  public static Purge everything(Target target) {
    return new Purge(target, null, false, null, 0, ANY);
  }

  /** A purge of the verdicts of this service for this name, or for all names if it is null. */
  public static Purge verdicts(int service, @Nullable WireName name, boolean subtree) {
    return new Purge(Target.VERDICTS, name, subtree, null, 0, service);
  }

  /** A single purge that covers all of these, and possibly more. */
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

  /** The serialized form for other members; {@link #read} parses it. */
  public byte[] toBytes() {
    return PurgeCodec.write(this);
  }

  /** Parses the serialized form; returns a purge of everything if it can't be read. */
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
   * Whether it covers an entry with this name, type and pool.
   *
   * @param knownType 0 for an entry that holds for all types
   */
  boolean matches(WireName known, int knownType, String knownPool) {
    return (type == 0 || knownType == 0 || type == knownType)
        && (pool == null || pool.equals(knownPool))
        && (name == null || (subtree ? known.isAtOrBelow(name) : known.equals(name)));
  }
}
