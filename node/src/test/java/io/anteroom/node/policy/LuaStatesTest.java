// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.config.PolicySettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.FileHandlers;
import io.anteroom.node.lua.LuaScript;
import io.anteroom.node.lua.LuaState;
import io.anteroom.node.operation.LazyDirectory;
import io.anteroom.node.operation.WorkerPools;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When the states of a policy end. */
class LuaStatesTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir private Path directory;
  private final List<EventLoop> loops = List.of(new DefaultEventLoop(), new DefaultEventLoop());
  private final WorkerPools pools = new WorkerPools();

  @AfterEach
  void close() {
    loops.forEach(EventLoop::shutdownGracefully);
    pools.close();
  }

  private PolicyHost host() {
    return new PolicyHost(
        loops,
        (asyncId, operation, done) -> {},
        new PolicyHost.Tasks(
            pools,
            new LazyDirectory(directory),
            new PolicyMetrics(System::nanoTime),
            new FileHandlers()),
        new StartedPolicies(),
        new Counters<>(Counter.class),
        System::nanoTime);
  }

  private LuaStates states(boolean perLoop) throws Exception {
    byte[] source = "function route.main(q) end".getBytes(StandardCharsets.UTF_8);
    PolicySettings.Lua settings =
        new PolicySettings.Lua(directory.resolve("p.lua"), perLoop, 1_000_000, 64 << 20, false);
    return new LuaStates("p", settings, LuaScript.compile("p.lua", source), Services.NONE);
  }

  private static LuaState use(LuaStates states, EventLoop loop) throws Exception {
    return loop.submit(() -> states.get().lua()).get();
  }

  private static boolean isClosed(LuaState state, EventLoop loop) throws InterruptedException {
    try {
      loop.submit(() -> state.has("route.main")).get();
      return false;
    } catch (ExecutionException e) {
      assertThat(e).hasRootCauseMessage("the Lua state is closed");
      return true;
    }
  }

  @Test
  void statesOfAPolicyThatNothingRefersTo_areClosed() throws Exception {
    @Nullable Object policy = new Object();
    WeakReference<Object> seen = new WeakReference<>(policy);
    LuaStates states = states(true);
    states.closeAfter(policy);
    states.start(host());
    List<LuaState> used = new ArrayList<>();
    for (EventLoop loop : loops) {
      used.add(use(states, loop));
      assertThat(isClosed(used.get(used.size() - 1), loop)).isFalse();
    }
    policy = null;

    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              System.gc();
              return seen.get() == null
                  && isClosed(used.get(0), loops.get(0))
                  && isClosed(used.get(1), loops.get(1));
            });
  }

  @Test
  void statesOfAPolicyThatIsInUse_stay() throws Exception {
    Object policy = new Object();
    LuaStates states = states(false);
    states.closeAfter(policy);
    states.start(host());
    LuaState used = use(states, loops.get(0));

    WeakReference<Object> other = new WeakReference<>(new Object());
    try {
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                System.gc();
                return other.get() == null;
              });

      assertThat(isClosed(used, loops.get(0))).isFalse();
    } finally {
      Reference.reachabilityFence(policy);
    }
  }
}
