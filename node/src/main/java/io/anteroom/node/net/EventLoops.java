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
import java.util.stream.IntStream;

/**
 * The event loops of a node, each of which is a Pekko dispatcher as well.
 *
 * <p>An actor on the dispatcher {@code anteroom.loop-i} runs on the thread of the i-th loop, so an
 * actor that owns a socket of that loop shares its thread: packets reach the actor, and its answers
 * reach the socket, without a change of threads. All code on these loops must be short and must
 * never block.
 *
 * <p>They use epoll if Netty supports it on this system, otherwise NIO.
 */
public final class EventLoops {
  /** The dispatcher of the first loop, where the sharding actors run. */
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

  /** The event loops, in order. */
  public List<EventLoop> all() {
    return IntStream.range(0, count()).mapToObj(this::get).toList();
  }

  /**
   * The configuration of these dispatchers and the default one, to be merged into that of the
   * ActorSystem.
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
              // An actor may process a hundred messages before another actor runs.
              "throughput",
              100));
    }
    // Little work runs outside the loops.
    all.put(
        "pekko.actor.default-dispatcher",
        Map.of(
            "executor",
            SurvivingExecutor.ThreadPool.class.getName(),
            "thread-pool-executor.fixed-pool-size",
            OTHER_THREADS));
    return ConfigFactory.parseMap(all, "event loops");
  }

  /** Stops the loops. Call it after the ActorSystem has stopped. */
  public Future<?> shutdown() {
    return group.shutdownGracefully(0, 2, TimeUnit.SECONDS);
  }
}
