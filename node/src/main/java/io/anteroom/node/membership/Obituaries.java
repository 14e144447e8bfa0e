// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.membership;

import io.anteroom.protocol.FilterKeys;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.cluster.ClusterEvent.MemberDowned;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Subscribe;
import org.apache.pekko.remote.artery.ThisActorSystemQuarantinedEvent;

/**
 * Actor inside a member that notices when other nodes have declared this member down while it is
 * running. The news arrives as a {@code MemberDowned} event if the member gets it before the others
 * have removed it; otherwise another node quarantines this ActorSystem. Whichever comes first is
 * reported. From then on its shards are allocated to other nodes.
 */
final class Obituaries extends AbstractBehavior<Object> {
  private final Cluster cluster;
  private final Runnable heard;

  private Obituaries(ActorContext<Object> context, Runnable heard) {
    super(context);
    this.cluster = Cluster.get(context.getSystem());
    this.heard = heard;
    cluster.subscriptions().tell(Subscribe.create(context.getSelf().narrow(), MemberDowned.class));
    Adapter.toClassic(context.getSystem())
        .eventStream()
        .subscribe(Adapter.toClassic(context.getSelf()), ThisActorSystemQuarantinedEvent.class);
  }

  /**
   * Starts this actor in a member.
   *
   * @param heard is run on a thread of the member for each such event
   */
  static void start(ActorSystem<?> member, Runnable heard) {
    Behavior<Object> obituaries = Behaviors.setup(context -> new Obituaries(context, heard));
    member.systemActorOf(obituaries, "obituaries", Props.empty());
  }

  @Override
  public Receive<Object> createReceive() {
    return newReceiveBuilder()
        .onMessage(MemberDowned.class, this::onMemberDowned)
        .onMessage(ThisActorSystemQuarantinedEvent.class, this::onQuarantined)
        .build();
  }

  private Behavior<Object> onMemberDowned(MemberDowned down) {
    if (down.member().uniqueAddress().equals(cluster.selfMember().uniqueAddress())) {
      heard.run();
    }
    return this;
  }

  private Behavior<Object> onQuarantined(ThisActorSystemQuarantinedEvent quarantined) {
    // A member that is only a filter may quarantine this one for other reasons, so it does not
    // count.
    if (isNode(quarantined.remoteAddress().address())) {
      heard.run();
    }
    return this;
  }

  private boolean isNode(Address address) {
    for (Member member : cluster.state().getMembers()) {
      if (member.address().equals(address)) {
        return member.hasRole(FilterKeys.NODE_ROLE);
      }
    }
    return false;
  }
}
