// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.ConnectionLimits;
import io.anteroom.node.config.Netmask;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.listener.TcpIntake.Happened;
import io.anteroom.node.listener.TcpIntake.What;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class TcpIntakeTest {
  private static final InetSocketAddress CLIENT = new InetSocketAddress("127.0.0.1", 4000);
  private static final int BUDGET = 128 << 10;

  private final TestInbox<OriginCommand> listener = TestInbox.create();
  private final Acl acl =
      new Acl(() -> List.of(Netmask.parse("127.0.0.0/8")), new Counters<>(Counter.class));
  private final TcpAdmission admission =
      new TcpAdmission(
          ConnectionLimits.DEFAULTS, 1_000, new Counters<>(Counter.class), new Random());
  private final TcpBacklog backlog = new TcpBacklog(BUDGET);
  private final List<EmbeddedChannel> channels = new ArrayList<>();

  @AfterEach
  void close() {
    channels.forEach(EmbeddedChannel::finishAndReleaseAll);
  }

  @Test
  void queries_cutAnywhere_areTakenWhole_andLongOnesAreCut() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    List<byte[]> queries = new ArrayList<>();
    ByteBuf all = Unpooled.buffer();
    for (int i = 0; i < 200; i++) {
      byte[] query = new byte[12 + random.nextInt(random.nextInt(20) == 0 ? 60_000 : 300)];
      random.nextBytes(query);
      queries.add(Arrays.copyOf(query, Math.min(query.length, TcpIntake.MAX_QUERY)));
      all.writeShort(query.length).writeBytes(query);
    }
    TcpIntake intake = intake();
    List<byte[]> taken = new ArrayList<>();
    while (all.isReadable()) {
      int some = Math.min(all.readableBytes(), 1 + random.nextInt(TcpIntake.MAX_READ));
      channel(intake).writeInbound(all.readBytes(some));
      while (intake.canTake()) {
        taken.add(intake.take());
      }
    }
    all.release();
    assertThat(taken).as("seed %d", seed).containsExactlyElementsOf(queries);
  }

  @Test
  void listener_isTold_onlyWhenThereIsSomethingToTake() {
    TcpIntake intake = intake();
    channel(intake).writeInbound(Unpooled.wrappedBuffer(new byte[] {0, 12, 1, 2}));
    assertThat(listener.hasMessages()).isFalse();
    channel(intake).writeInbound(Unpooled.wrappedBuffer(new byte[10]));
    assertThat(listener.receiveMessage()).isEqualTo(new Happened(7, What.READABLE));
  }

  @Test
  void messageShorterThanAHeader_isBroken_andHidesWhatIsBehindIt() {
    TcpIntake intake = intake();
    channel(intake).writeInbound(Unpooled.wrappedBuffer(new byte[] {0, 11}));
    assertThat(intake.isBroken()).isTrue();
    channel(intake).writeInbound(Unpooled.wrappedBuffer(new byte[100]));
    assertThat(intake.take()).isNull();
  }

  @Test
  void bytesThatNobodyTakes_areBoundedOnAllConnections_andOneWithFewGoesOn() {
    TcpIntake modest = intake();
    List<TcpIntake> full = fillBacklog();
    assertThat(full).hasSizeGreaterThan(4);
    assertThat(backlog.used()).isLessThan(BUDGET);
    listener.getAllReceived();

    channel(modest).writeInbound(Unpooled.wrappedBuffer(new byte[] {0, 12}));
    channel(modest).writeInbound(Unpooled.wrappedBuffer(new byte[12]));
    assertThat(listener.getAllReceived()).containsExactly(new Happened(7, What.READABLE));
    assertThat(modest.take()).hasSize(12);
  }

  @Test
  void bytesOfConnectionsThatClose_makeRoom() {
    fillBacklog().forEach(intake -> channel(intake).close());
    listener.getAllReceived();
    assertThat(backlog.used()).isZero();
    channel(intake()).writeInbound(Unpooled.wrappedBuffer(new byte[TcpIntake.MAX_READ]));
    assertThat(listener.getAllReceived()).contains(new Happened(7, What.READABLE));
  }

  /** Has connections send what nobody takes, until one of them is told that it is too much. */
  private List<TcpIntake> fillBacklog() {
    List<TcpIntake> all = new ArrayList<>();
    do {
      all.add(intake());
      channel(all.get(all.size() - 1))
          .writeInbound(Unpooled.wrappedBuffer(new byte[TcpIntake.MAX_READ]));
    } while (!listener.getAllReceived().contains(new Happened(7, What.TOO_MUCH)));
    return all;
  }

  @Test
  void largeBufferWithOneByte_isNotKept() {
    TcpIntake intake = intake();
    ByteBuf read = Unpooled.buffer(TcpIntake.MAX_READ).writeByte(0);
    channel(intake).writeInbound(read);
    assertThat(read.refCnt()).isZero();

    channel(intake).writeInbound(Unpooled.wrappedBuffer(new byte[] {12}, new byte[12]));
    assertThat(intake.take()).hasSize(12);
  }

  @Test
  void largeBufferOfAQueryThatIsTooLong_isNotKept() {
    TcpIntake intake = intake();
    channel(intake).writeInbound(Unpooled.buffer().writeShort(0xffff).writeZero(4_000));
    assertThat(intake.take()).hasSize(TcpIntake.MAX_QUERY);
    ByteBuf rest = Unpooled.buffer(TcpIntake.MAX_READ).writeZero(TcpIntake.MAX_READ);
    channel(intake).writeInbound(rest);
    assertThat(rest.refCnt()).isZero();
  }

  @Test
  void largeBufferOfWhichAllButAByteIsTaken_isNotKept() {
    TcpIntake intake = intake();
    ByteBuf read = Unpooled.buffer(TcpIntake.MAX_READ).writeShort(12).writeZero(12).writeByte(0);
    channel(intake).writeInbound(read);
    assertThat(intake.take()).hasSize(12);
    assertThat(intake.take()).isNull();
    assertThat(read.refCnt()).isZero();
  }

  private TcpIntake intake() {
    TcpIntake intake = new TcpIntake(7, acl, admission, backlog, listener.getRef());
    channels.add(
        new EmbeddedChannel(intake) {
          @Override
          protected SocketAddress remoteAddress0() {
            return CLIENT;
          }
        });
    listener.getAllReceived();
    return intake;
  }

  private EmbeddedChannel channel(TcpIntake intake) {
    return channels.stream()
        .filter(channel -> channel.pipeline().get(TcpIntake.class) == intake)
        .findFirst()
        .orElseThrow();
  }
}
