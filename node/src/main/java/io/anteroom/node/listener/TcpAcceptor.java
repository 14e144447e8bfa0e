// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.flow.OriginCommand;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** Sets up the connections of one listening socket, on its event loop. */
final class TcpAcceptor extends ChannelInitializer<Channel> {
  private final Acl acl;
  private final TcpAdmission admission;
  private final TcpBacklog backlog;
  private final Front front;
  private @Nullable ActorRef<OriginCommand> listener;
  private long connections;

  /** Takes the objects that the sockets of a listener share. */
  TcpAcceptor(Acl acl, TcpAdmission admission, TcpBacklog backlog, Front front) {
    this.acl = acl;
    this.admission = admission;
    this.backlog = backlog;
    this.front = front;
  }

  TcpBacklog backlog() {
    return backlog;
  }

  Front front() {
    return front;
  }

  /**
   * Sets the listener of the connections. To be called on the event loop, before the socket
   * accepts.
   */
  void deliverTo(ActorRef<OriginCommand> to) {
    listener = to;
  }

  @Override
  protected void initChannel(Channel channel) {
    if (listener == null) {
      channel.close();
      return;
    }
    channel.config().setAutoRead(false);
    front.addTo(channel.pipeline());
    channel.pipeline().addLast(new TcpIntake(++connections, acl, admission, backlog, listener));
  }
}
