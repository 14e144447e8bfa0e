// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.net.Survival;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts connections that the system could not hand over, above all because the process has no file
 * descriptor left, and tells of them once a minute. Netty then takes none for a second.
 */
@Sharable
final class AcceptFailures extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(AcceptFailures.class);
  private static final long LOG_EVERY = TimeUnit.MINUTES.toNanos(1);

  private final Counters<Counter> counters;
  private long nextLog = System.nanoTime();

  AcceptFailures(Counters<Counter> counters) {
    this.counters = counters;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    Survival.endIfOutOfMemory(cause);
    counters.increment(Counter.TCP_ACCEPT_FAILED);
    long now = System.nanoTime();
    if (now - nextLog >= 0) {
      nextLog = now + LOG_EVERY;
      LOG.warn("a connection could not be taken: {}", cause.getMessage());
    }
  }
}
