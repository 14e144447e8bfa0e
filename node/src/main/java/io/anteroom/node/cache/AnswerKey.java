// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import io.anteroom.node.wire.ClientSubnet;
import io.anteroom.node.wire.KeyedHash;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.wire.WireQuery;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The key of an answer: pool, name in lower case, type, class, the bits RD, CD and DO, and the
 * client subnet that was sent (RFC 7871). Immutable. One is created for each look-up, so it is
 * small and shares the query's name object. Clients choose most of its content, so it uses {@link
 * KeyedHash}.
 */
final class AnswerKey implements Comparable<AnswerKey> {
  /** The type of an answer that holds for all types. */
  static final int ALL_TYPES = 0;

  private static final int RD = 1;
  private static final int CD = 2;
  private static final int DO = 4;
  private static final int FLAG_BITS = 3;

  private final WireName name;
  private final int poolAndFlags;
  private final int classAndType;
  private final @Nullable ClientSubnet subnet;

  /** Computed once, because a look-up needs it several times. */
  private final int hash;

  private AnswerKey(
      WireName name, int poolAndFlags, int classAndType, @Nullable ClientSubnet subnet) {
    this.name = name;
    this.poolAndFlags = poolAndFlags;
    this.classAndType = classAndType;
    this.subnet = subnet;
    long rest = (long) classAndType << 32 | (poolAndFlags & 0xffffffffL);
    long network = subnet == null ? 0 : subnet.longHash();
    this.hash = (int) KeyedHash.PROCESS.of(name.longHash(), rest, network);
  }

  static AnswerKey of(int pool, WireQuery query) {
    int flags =
        (query.recursionDesired() ? RD : 0)
            | (query.checkingDisabled() ? CD : 0)
            | (query.dnssecOk() ? DO : 0);
    return new AnswerKey(
        query.name(),
        pool << FLAG_BITS | flags,
        query.dnsClass() << 16 | query.type(),
        query.subnet());
  }

  /** The key for all types of this name. */
  AnswerKey forAllTypes(WireName of) {
    return new AnswerKey(of, poolAndFlags, dnsClass() << 16 | ALL_TYPES, subnet);
  }

  WireName name() {
    return name;
  }

  int pool() {
    return poolAndFlags >> FLAG_BITS;
  }

  int type() {
    return classAndType & 0xffff;
  }

  int dnsClass() {
    return classAndType >>> 16;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof AnswerKey key
        && hash == key.hash
        && classAndType == key.classAndType
        && poolAndFlags == key.poolAndFlags
        && name.equals(key.name)
        && Objects.equals(subnet, key.subnet);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public int compareTo(AnswerKey other) {
    int order = Integer.compare(classAndType, other.classAndType);
    order = order != 0 ? order : Integer.compare(poolAndFlags, other.poolAndFlags);
    order = order != 0 ? order : name.compareTo(other.name);
    return order != 0 ? order : ClientSubnet.compare(subnet, other.subnet);
  }
}
