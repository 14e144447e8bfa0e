// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.net;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The event loops of a node, each of which is a Pekko dispatcher as well.
 *
 * <p>An actor on the dispatcher {@code anteroom.loop-i} runs on the thread of the i-th loop, so an
 * actor that owns a socket of that loop shares its thread: what the socket receives reaches the
 * actor, and what the actor sends reaches the socket, without a hand-over between threads. All that
 * runs there must be short and must never block.
 *
 * <p>Epoll where Netty has it, NIO elsewhere.
 */
public final class EventLoops {
  /** The dispatcher of the first loop, where the sharding actors run too. */
  public static final String FIRST = dispatcher(0);

  private static final int OTHER_THREADS = 2;

  private final MultiThreadIoEventLoopGroup group;
  private final List<EventLoop> loops = new ArrayList<>();

  /**
   * Starts the loops.
   *
   * @param count how many, at least 1
   */
  public EventLoops(int count) {
    IoHandlerFactory factory =
        Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    group =
        new MultiThreadIoEventLoopGroup(
            count, new DefaultThreadFactory("anteroom-loop", true), factory);
    for (int i = 0; i < count; i++) {
      loops.add(group.next());
    }
  }

  /** The name of the dispatcher that runs on this loop. */
  public static String dispatcher(int loop) {
    return "anteroom.loop-" + loop;
  }

  public int count() {
    return loops.size();
  }

  public EventLoop get(int loop) {
    return loops.get(loop);
  }

  /**
   * The configuration of these dispatchers and the default one, to be merged into the
   * ActorSystem's.
   */
  public Config dispatchers() {
    Map<String, Object> all = new HashMap<>();
    for (int i = 0; i < loops.size(); i++) {
      all.put(
          dispatcher(i),
          Map.of(
              "type",
              "Dispatcher",
              "executor",
              EventLoopExecutor.class.getName(),
              "loop",
              i,
              // A burst of a hundred packets is answered before another actor has its turn.
              "throughput",
              100));
    }
    // What runs on no loop is little.
    all.put(
        "pekko.actor.default-dispatcher",
        Map.of(
            "executor",
            SurvivingExecutor.ThreadPool.class.getName(),
            "thread-pool-executor.fixed-pool-size",
            OTHER_THREADS));
    return ConfigFactory.parseMap(all, "event loops");
  }

  /** Ends the loops, after the ActorSystem has ended. */
  public Future<?> shutdown() {
    return group.shutdownGracefully(0, 2, TimeUnit.SECONDS);
  }
}
