// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.membership;

import io.anteroom.node.share.Shares;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.apache.pekko.cluster.Member;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Declares down the members that this node's side of the cluster has lost ({@link LostMembers}),
 * and remembers the addresses of nodes that are gone, because they may be in another cluster and
 * come back. Tells the shared tables when the first node is lost, and when all are back. Not
 * thread-safe.
 */
final class LostNodes {
  private static final Logger LOG = LoggerFactory.getLogger(LostNodes.class);

  /** How long a member must be unreachable before it is declared down. */
  private static final Duration LOST_AFTER = Duration.ofSeconds(7);

  /** How long a former node is still asked for its standing. */
  private static final Duration FORMER = Duration.ofHours(1);

  private static final int MAX_FORMER = 64;

  private final String self;
  private final Shares shares;
  private final LongSupplier nanoTime;
  private final LostMembers<Address> lost = new LostMembers<>(LOST_AFTER);
  private final Map<String, Long> former = new HashMap<>();
  private Set<Address> membersBefore = Set.of();

  /** Members that were declared down and are not removed yet. */
  private final Set<Address> declared = new HashSet<>();

  private boolean whole;

  /** A member, ordered by address. */
  private record Address(String text, long uid) implements Comparable<Address> {
    static Address of(Member member) {
      return new Address(MemberAddresses.text(member.address()), ClusterView.uid(member));
    }

    @Override
    public int compareTo(Address other) {
      int byText = text.compareTo(other.text);
      return byText != 0 ? byText : Long.compare(uid, other.uid);
    }
  }

  LostNodes(String self, Shares shares, LongSupplier nanoTime) {
    this.self = self;
    this.shares = shares;
    this.nanoTime = nanoTime;
  }

  /** Evaluates the cluster of the generation in use; to be called about twice a second. */
  void look(Generation here) {
    ClusterView cluster = ClusterView.of(here);
    SortedSet<Address> nodes = new TreeSet<>();
    Map<Address, org.apache.pekko.actor.Address> all = new HashMap<>();
    Set<Address> stay = new HashSet<>();
    for (Member member : cluster.members()) {
      Address address = Address.of(member);
      all.put(address, member.address());
      if (ClusterView.isNode(member)) {
        nodes.add(address);
        if (!ClusterView.isLeaving(member)) {
          stay.add(address);
        }
      }
    }
    Map<Address, Set<Address>> observers = Observers.of(here.system(), Address::new);
    Address me = new Address(self, cluster.uid());
    for (Address dead : lost.look(me, nodes, observers, nanoTime.getAsLong())) {
      org.apache.pekko.actor.Address address = all.get(dead);
      if (address != null) {
        if (declared.add(dead)) {
          LOG.warn(
              "{} has been out of reach for {} s and is taken for dead",
              dead.text(),
              LOST_AFTER.toSeconds());
        }
        cluster.declareDead(address);
      }
    }
    declared.retainAll(all.keySet());
    remember(nodes, stay, observers.keySet());
  }

  /** Remembers the addresses of nodes that are lost. */
  private void remember(Set<Address> nodes, Set<Address> stay, Set<Address> unreachable) {
    long now = nanoTime.getAsLong();
    Set<Address> there = new HashSet<>(nodes);
    there.removeAll(unreachable);
    membersBefore.stream()
        .filter(before -> !there.contains(before) && former.size() < MAX_FORMER)
        .forEach(gone -> former.putIfAbsent(gone.text(), now));
    there.forEach(node -> former.remove(node.text()));
    former.values().removeIf(since -> now - since > FORMER.toNanos());
    stay.retainAll(there);
    membersBefore = stay;
    boolean nowWhole = there.size() > 1 && former.isEmpty();
    if (nowWhole && !whole) {
      shares.whole();
    } else if (whole && !former.isEmpty()) {
      shares.apart();
    }
    whole = nowWhole;
  }

  /** The node is no longer in its cluster: remembers the addresses of all nodes of that cluster. */
  void leftCluster() {
    long now = nanoTime.getAsLong();
    for (Address member : membersBefore) {
      if (!member.text().equals(self) && former.size() < MAX_FORMER) {
        former.putIfAbsent(member.text(), now);
      }
    }
    membersBefore = Set.of();
  }

  /** The node has moved to another cluster. */
  void movedOver() {
    whole = false;
    leftCluster();
  }

  /** Addresses of nodes that are gone. */
  Set<String> former() {
    return Collections.unmodifiableSet(former.keySet());
  }
}
