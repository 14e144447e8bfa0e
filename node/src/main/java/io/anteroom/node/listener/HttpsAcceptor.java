// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.flow.OriginCommand;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** The HTTPS connections of one listening socket. Used on its event loop only. */
final class HttpsAcceptor extends ChannelInitializer<Channel> implements ExchangeAcceptor {
  private final HttpsParts parts;
  private final Set<HttpsEntry> open = new LinkedHashSet<>();
  private @Nullable ActorRef<OriginCommand> listener;

  HttpsAcceptor(HttpsParts parts) {
    this.parts = parts;
  }

  @Override
  public void deliverTo(ActorRef<OriginCommand> to) {
    listener = to;
  }

  @Override
  protected void initChannel(Channel channel) {
    ActorRef<OriginCommand> to = listener;
    if (to == null) {
      channel.close();
      return;
    }
    channel.config().setAutoRead(false);
    parts.front().addTo(channel.pipeline());
    channel.pipeline().addLast(new HttpsEntry(parts, to, open));
  }

  @Override
  public void look(long nowNanos) {
    List.copyOf(open).forEach(each -> each.look(nowNanos));
  }

  @Override
  public void stopTaking() {
    List.copyOf(open).forEach(HttpsEntry::stopTaking);
  }

  @Override
  public void closeAll() {
    List.copyOf(open).forEach(HttpsEntry::close);
  }
}
