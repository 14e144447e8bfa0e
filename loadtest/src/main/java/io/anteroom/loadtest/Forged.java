// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.upstream.EventLoopPool;
import io.anteroom.node.upstream.PendingRequest;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireQuery;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * What a forged answer costs, in CPU of the thread that the pool and its sockets live on, which is
 * all that works on it; the kernel's share in receiving is in it, its share in sending is not.
 *
 * <p>First on a socket that has nothing in flight, where every packet is read and dropped for its
 * id. Then with a query in flight and forged answers in another case before the true one, of which
 * the pool reads twenty, asks over TCP and closes the socket.
 */
final class Forged {
  private static final Duration LONG = Duration.ofSeconds(20);

  /** Datagrams on their way: fewer than the socket has room for. */
  private static final int UNDER_WAY = 500;

  private final Options options;
  private final Report report;
  private final Counters<Counter> counters = new Counters<>(Counter.class);
  private final ForgingServer server = new ForgingServer();
  private final EventLoopPool pool;
  private final long thread;
  private int asked;
  private int wrong;

  private Forged(Options options, Report report, EventLoop loop) throws Exception {
    this.options = options;
    this.report = report;
    PoolSettings settings =
        PoolSettings.of("forged", List.of(server.address()))
            .withFlags(Set.of(ChannelFlag.EDNS, ChannelFlag.DNS0X20, ChannelFlag.STAY_OPEN));
    this.pool = new EventLoopPool(settings, loop, counters, new SecureRandom());
    this.thread = loop.submit(() -> Thread.currentThread().getId()).get();
  }

  public static void main(String[] arguments) throws Exception {
    Options options = Options.of(arguments, "-n", "-q", "-f");
    Report report = new Report(System.out);
    var loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    new Forged(options, report, loops.next()).run();
    System.exit(report.failures().isEmpty() ? 0 : 1);
  }

  private void run() throws Exception {
    report.machine();
    idle(options.number("-n", 1_000_000) / 5);
    report.say("on a socket with nothing in flight, each read and dropped for its id:");
    report.say("  %.2f µs of CPU for each", idle(options.number("-n", 1_000_000)));
    int queries = options.number("-q", 300);
    int forged = options.number("-f", 10_000);
    inFlight(queries, 0);
    double without = inFlight(queries, 0);
    inFlight(queries / 5, forged);
    double with = inFlight(queries, forged);
    report.say("%,d in another case before each of %,d true answers:", forged, queries);
    report.say(
        "  %.0f µs of CPU for a query, against %.0f without; %.3f for each forged one",
        with, without, (with - without) / forged);
    report.say(
        "  read and dropped: %,d for their id, %,d for their case; sockets given up: %,d",
        counters.get(Counter.UPSTREAM_MISMATCH_ID),
        counters.get(Counter.UPSTREAM_MISMATCH_CASE),
        counters.get(Counter.UPSTREAM_SUSPECTED));
    report.claim(
        wrong == 0, "of %,d queries, %,d had another answer than the true one", asked, wrong);
    pool.close().toCompletableFuture().get();
    server.close();
  }

  /** CPU per packet in microseconds. */
  private double idle(int packets) throws Exception {
    server.forgeForEach(0);
    ask();
    long countedBefore = counters.get(Counter.UPSTREAM_MISMATCH_ID);
    long before = cpuNanos();
    long lost = 0;
    for (int sent = 0; sent < packets; sent++) {
      long read = counters.get(Counter.UPSTREAM_MISMATCH_ID) - countedBefore;
      if (sent - read - lost > UNDER_WAY) {
        TimeUnit.MILLISECONDS.sleep(2);
        long left = sent - lost - (counters.get(Counter.UPSTREAM_MISMATCH_ID) - countedBefore);
        if (left > UNDER_WAY) {
          // The socket has reached its age.
          lost += left;
          ask();
        }
      }
      server.sendWithWrongId(sent);
    }
    long read = counters.get(Counter.UPSTREAM_MISMATCH_ID) - countedBefore;
    report.claim(read > packets / 2, "%,d of %,d were read", read, packets);
    return (cpuNanos() - before) / 1e3 / read;
  }

  /** CPU per query in microseconds. */
  private double inFlight(int queries, int forged) throws Exception {
    server.forgeForEach(forged);
    long before = cpuNanos();
    for (int i = 0; i < queries; i++) {
      ask();
    }
    return (cpuNanos() - before) / 1e3 / queries;
  }

  private long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getThreadCpuTime(thread);
  }

  private void ask() throws Exception {
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    pool.ask(new Asker(query("forgeries-" + asked++), answer), System.nanoTime() + LONG.toNanos());
    byte[] bytes = answer.get();
    wrong += bytes.length > 4 && bytes[bytes.length - 4] == 10 ? 0 : 1;
  }

  private static WireQuery query(String label) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0});
    for (String part : List.of(label, "example")) {
      out.write(part.length());
      out.writeBytes(part.getBytes(StandardCharsets.US_ASCII));
    }
    out.writeBytes(new byte[] {0, 0, 1, 0, 1});
    return (WireQuery) WireQuery.parse(out.toByteArray());
  }

  private static final class Asker extends PendingRequest {
    private final CompletableFuture<byte[]> answer;

    Asker(WireQuery query, CompletableFuture<byte[]> answer) {
      super(query);
      this.answer = answer;
    }

    @Override
    protected void answered(WireAnswer message) {
      answer.complete(message.bytes());
    }

    @Override
    protected void unanswered(Unanswered.Reason reason) {
      answer.complete(new byte[0]);
    }
  }
}
