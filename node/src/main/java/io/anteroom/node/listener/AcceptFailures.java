// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.net.Shortage;
import io.anteroom.node.net.Survival;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Counts failures of {@code accept}, usually because the process has reached its limit of file
 * descriptors. Netty then stops accepting for a second.
 */
@Sharable
final class AcceptFailures extends ChannelInboundHandlerAdapter {
  private final Counters<Counter> counters;

  AcceptFailures(Counters<Counter> counters) {
    this.counters = counters;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    Survival.endIfOutOfMemory(cause);
    counters.increment(Counter.TCP_ACCEPT_FAILED);
    Shortage.tell("a connection could not be taken", cause);
  }
}
