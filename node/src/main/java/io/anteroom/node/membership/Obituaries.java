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
 * Hears, inside of a member, that other nodes take it for dead, while it lives. That comes as news
 * of the cluster if they are heard before they have removed it, and else when one of them refuses
 * to speak to it; either is heard first. Its shards go to the others from then on.
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
   * Starts one in a member.
   *
   * @param heard is run on a thread of the member, each time one is heard
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
    // A member that only filters may break off for reasons of its own, and has no say in this.
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
