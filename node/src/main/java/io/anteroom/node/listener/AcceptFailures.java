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
 * Counts connections that the system could not hand over, above all because the process has no file
 * descriptor left. Netty then takes none for a second.
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
