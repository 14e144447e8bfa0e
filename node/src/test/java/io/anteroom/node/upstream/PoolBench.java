// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireQuery;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * The pools of some event loops of a node, on a clock that the test moves and with channels that
 * never open. What they tell one another waits until the test runs it.
 */
final class PoolBench {
  /** Stands for the DO bit where flags of the header are given. */
  static final int DO = 100;

  final long seed = new Random().nextLong();
  final Random random = new Random(seed);
  final Counters<Counter> counters = new Counters<>(Counter.class);
  final SharedPool common;
  final List<ServerPool> pools = new ArrayList<>();
  final List<UdpSocket> sockets = new ArrayList<>();
  private final Queue<Runnable> told = new ArrayDeque<>();
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private long now = 1_000_000_000_000L;

  PoolBench(int loops, PoolSettings settings) {
    common = new SharedPool(settings, counters, WaitingBytes.ofHeap());
    for (int i = 0; i < loops; i++) {
      int loop = i;
      ServerPool.Inbox inbox = event -> told.add(() -> pools.get(loop).receive(event));
      pools.add(
          new ServerPool(
              common,
              channel.eventLoop(),
              inbox,
              new Closed(),
              counters,
              () -> now,
              new Random(seed + i)));
    }
  }

  PoolBench(PoolSettings settings) {
    this(1, settings);
  }

  /** A pool of so many servers, without random case, so that an answer is easily made. */
  static PoolSettings settings(int servers) {
    Set<ChannelFlag> flags = EnumSet.copyOf(ChannelFlag.defaults());
    flags.remove(ChannelFlag.DNS0X20);
    return PoolSettings.of("test", List.of()).withServers(servers(servers)).withFlags(flags);
  }

  static List<ServerSettings> servers(int n) {
    return IntStream.rangeClosed(1, n).mapToObj(PoolBench::server).toList();
  }

  /** The n-th server. */
  static ServerSettings server(int n) {
    return ServerSettings.of(new InetSocketAddress("192.0.2." + n, 53));
  }

  private final class Closed implements Forwarder.Opener {
    @Override
    public void prepare(ServerSettings server) {}

    @Override
    public boolean open(UdpSocket socket, ServerSettings server) {
      sockets.add(socket);
      return true;
    }

    @Override
    public boolean open(TcpConnection connection, ServerSettings server) {
      return true;
    }
  }

  /** Somebody who waits, and what he has heard. */
  static final class Heard extends PendingRequest {
    final List<Object> heard = new ArrayList<>();
    boolean cancelled;
    Runnable reaction = () -> {};

    Heard(WireQuery query) {
      super(query);
    }

    @Override
    protected void answered(WireAnswer answer) {
      heard.add(answer);
      reaction.run();
    }

    @Override
    protected void unanswered(Unanswered.Reason reason) {
      heard.add(reason);
      reaction.run();
    }

    /** The response code of the answer; -1 if there is none. */
    int rcode() {
      return heard.size() == 1 && heard.get(0) instanceof WireAnswer answer ? answer.rcode() : -1;
    }
  }

  static WireQuery query(String name) {
    return query(name, Type.A, Flags.RD);
  }

  /** A query with these bits of the header, and with EDNS and the DO bit if {@code DO} is one. */
  static WireQuery query(String name, int type, int... bits) {
    try {
      Message message =
          Message.newQuery(Record.newRecord(Name.fromString(name, Name.root), type, DClass.IN));
      message.getHeader().unsetFlag(Flags.RD);
      for (int bit : bits) {
        if (bit == DO) {
          message.addRecord(new OPTRecord(1232, 0, 0, ExtendedFlags.DO), Section.ADDITIONAL);
        } else {
          message.getHeader().setFlag(bit);
        }
      }
      return (WireQuery) WireQuery.parse(message.toWire());
    } catch (TextParseException e) {
      throw new AssertionError(e);
    }
  }

  Heard ask(String name) {
    return ask(query(name), Duration.ofMinutes(1));
  }

  Heard ask(WireQuery query, Duration time) {
    return ask(0, query, time);
  }

  Heard ask(int loop, WireQuery query, Duration time) {
    Heard pending = new Heard(query);
    pools.get(loop).ask(pending, now + time.toNanos());
    return pending;
  }

  /** Lets the pools hear what has been told so far, and what that leads to. */
  void run() {
    for (Runnable next = told.poll(); next != null; next = told.poll()) {
      next.run();
    }
  }

  /** Sets the servers, of which the pools have heard when this returns. */
  void setServers(List<ServerSettings> servers) {
    common.setServers(servers);
    run();
  }

  /** Moves the clock. */
  void advance(Duration time) {
    now += time.toNanos();
    run();
    pools.forEach(pool -> pool.receive(PoolEvent.Signal.TICK));
    run();
  }

  long now() {
    return now;
  }

  /** Where his question is in flight. */
  static List<Exchange> exchanges(PendingRequest pending) {
    Lookup lookup = pending.lookup();
    return lookup == null ? List.of() : List.copyOf(lookup.exchanges());
  }

  /** The only place where his question is in flight. */
  static Exchange exchange(PendingRequest pending) {
    List<Exchange> all = exchanges(pending);
    if (all.size() != 1) {
      throw new AssertionError("in flight at " + all.size() + " servers");
    }
    return all.get(0);
  }

  /** The server answers with an address. */
  void answer(Exchange exchange) {
    send(exchange, 0, 1);
  }

  /** The server answers without a record. */
  void answer(Exchange exchange, int rcode) {
    send(exchange, rcode, 0);
  }

  /** How the n-th server does. */
  ServerHealth health(int n) {
    return common.health(server(n));
  }

  private void send(Exchange exchange, int rcode, int records) {
    UpstreamSocket wire = exchange.wire();
    if (wire == null) {
      throw new AssertionError("not in flight");
    }
    exchange.forwarder().received(wire, List.of(message(exchange, rcode, records)), now);
    run();
  }

  /** The server sends this to whoever asked. */
  static byte[] message(Exchange exchange, int rcode, int records) {
    byte[] question = Arrays.copyOf(exchange.query().bytes(), exchange.questionEnd());
    question[0] = (byte) (exchange.id() >> 8);
    question[1] = (byte) exchange.id();
    question[2] |= (byte) 0x80;
    question[3] = (byte) (0x80 | rcode);
    Arrays.fill(question, 6, 12, (byte) 0);
    question[7] = (byte) records;
    if (records == 0) {
      return question;
    }
    return ByteBuffer.allocate(question.length + 16)
        .put(question)
        .putShort((short) 0xc00c)
        .putInt(0x00010001)
        .putInt(60)
        .putShort((short) 4)
        .putInt(0x0a000001)
        .array();
  }

  /** The system says that nobody is there. */
  void breakWire(Exchange exchange) {
    UpstreamSocket wire = exchange.wire();
    if (wire != null) {
      exchange.forwarder().broken(wire, "refused", now);
      run();
    }
  }

  long count(Counter counter) {
    return counters.get(counter);
  }

  long openSockets() {
    return sockets.stream().filter(socket -> !socket.isClosed()).count();
  }

  /** Lets so much time pass that everything must have ended, and sees that it has. */
  void comeToRest() {
    for (int i = 0; i < 40; i++) {
      advance(Duration.ofSeconds(1));
    }
    pools.forEach(
        pool -> {
          if (!pool.isIdle()) {
            throw new AssertionError("a pool is not at rest; seed " + seed);
          }
        });
    if (common.lookups().size() != 0) {
      throw new AssertionError("a claim is left; seed " + seed);
    }
  }
}
