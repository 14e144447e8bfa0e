// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.net.EventLoops;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class ChannelsTest {
  private static final InetSocketAddress SERVER = new InetSocketAddress("127.0.0.1", 53);

  /** An event loop that has ended gives no channels, as a process without descriptors does. */
  @Test
  void open_channelThatCanNotBe_saysSoAtOnce_andTellsThePoolNothing() {
    EventLoops loops = new EventLoops(1);
    loops.shutdown().syncUninterruptibly();
    Counters<Counter> counters = new Counters<>(Counter.class);
    PoolSettings settings = PoolSettings.of("test", List.of(SERVER));
    ServerSettings server = settings.servers().get(0);
    Channels channels =
        new Channels(
            loops.get(0),
            event -> {
              throw new AssertionError(event);
            },
            counters,
            new SharedPool(settings, counters, WaitingBytes.ofHeap()),
            SocketListener.NONE);
    Forwarder forwarder =
        new Forwarder(
            new ServerHealth("test", server, settings.health(), counters),
            settings,
            new NobodyTold(),
            channels,
            new DeadlineWheel(),
            new RandomBits(new Random(1)),
            counters);
    IdSpace ids = new IdSpace(new RandomBits(new Random(1)));

    assertThat(channels.open(new UdpSocket(forwarder, ids, 0), server)).isFalse();
    assertThat(channels.open(new TcpConnection(forwarder, ids, 0), server)).isFalse();
  }

  private static final class NobodyTold implements Forwarder.Owner {
    @Override
    public void answered(Exchange exchange, io.anteroom.node.wire.WireAnswer answer) {}

    @Override
    public void refused(Exchange exchange, io.anteroom.node.wire.WireAnswer answer) {}

    @Override
    public void failed(Exchange exchange, io.anteroom.node.flow.Unanswered.Reason reason) {}

    @Override
    public void flushLater(UpstreamSocket wire) {}
  }
}
