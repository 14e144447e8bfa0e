// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.flow.OriginCommand;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.timeout.IdleStateHandler;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** Sets up the connections of one listening socket, on its event loop. */
public final class TcpAcceptor extends ChannelInitializer<Channel> {
  private static final int MAX_MESSAGE = 0xffff;

  private final ListenerSettings settings;
  private final Acl acl;
  private @Nullable ActorRef<OriginCommand> listener;
  private long connections;

  public TcpAcceptor(ListenerSettings settings, Acl acl) {
    this.settings = settings;
    this.acl = acl;
  }

  /** To be called on the event loop, before the socket accepts. */
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
    channel
        .pipeline()
        .addLast(
            new LengthFieldBasedFrameDecoder(
                MAX_MESSAGE + Short.BYTES, 0, Short.BYTES, 0, Short.BYTES),
            new IdleStateHandler(settings.idleTimeout().toMillis(), 0, 0, TimeUnit.MILLISECONDS),
            new TcpIntake(++connections, acl, listener));
  }
}
