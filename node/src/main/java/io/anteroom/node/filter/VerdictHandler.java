// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.filter.DatagramConnector.Broken;
import io.anteroom.node.filter.DatagramConnector.Received;
import io.anteroom.node.filter.DatagramConnector.Signal;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.net.Survival;
import io.anteroom.protocol.ToInstance;
import io.netty.buffer.ByteBufHolder;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Netty handler of one socket of a datagram connector. It sends the connector all verdicts of a
 * burst in one message, with at most {@value #MAX_WAITING} messages unprocessed, and only the first
 * failure. Runs on the event loop, which is also the connector's thread.
 */
final class VerdictHandler extends ChannelInboundHandlerAdapter {
  /** Limit of bursts that the connector has not processed; normally there is at most one. */
  private static final int MAX_WAITING = 64;

  private final ActorRef<ToInstance> connector;
  private final Counters<SuspensionCounter> counters;
  private List<DatagramVerdict> burst = new ArrayList<>();
  private int waiting;
  private boolean broken;

  VerdictHandler(ActorRef<ToInstance> connector, Counters<SuspensionCounter> counters) {
    this.connector = connector;
    this.counters = counters;
  }

  /** Called when the connector has processed a burst. */
  void taken() {
    waiting--;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBufHolder datagram = (ByteBufHolder) message;
    try {
      DatagramVerdict verdict = DatagramVerdict.parse(datagram.content());
      if (verdict == null) {
        counters.increment(SuspensionCounter.VERDICTS_MALFORMED);
      } else {
        burst.add(verdict);
      }
    } finally {
      datagram.release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (burst.isEmpty()) {
      return;
    }
    if (waiting >= MAX_WAITING) {
      counters.add(SuspensionCounter.VERDICTS_DROPPED, burst.size());
      burst.clear();
      return;
    }
    waiting++;
    connector.tell(new Received(this, burst));
    burst = new ArrayList<>(burst.size());
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (context.channel().isWritable()) {
      connector.tell(Signal.WRITABLE);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    Survival.endIfOutOfMemory(cause);
    counters.increment(SuspensionCounter.CONNECTOR_ERRORS);
    if (!broken) {
      broken = true;
      connector.tell(new Broken(context.channel(), cause));
    }
  }
}
