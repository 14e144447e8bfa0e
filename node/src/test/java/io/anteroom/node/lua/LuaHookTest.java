// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.lua;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.anteroom.node.lua.LuaFailure.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A thread that sets the hook of a state all the time, while another one uses the state. */
class LuaHookTest {
  private static final int CALLS = Integer.getInteger("anteroom.lua.calls", 2_000);
  private static final LuaLimits LIMITS = new LuaLimits(1_000_000, 16 << 20, true);

  private final LuaState state = new LuaState(LIMITS);
  private final LuaHook hook = Objects.requireNonNull(state.hook());
  private final Thread watchdog = new Thread(this::lookAllTheTime);
  private volatile boolean over;

  @BeforeEach
  void start() throws LuaFailure {
    state.define("echo", arguments -> arguments[0]);
    byte[] source =
        """
        function short(i) return i + 1 end
        function java(i) return echo(echo(i)) .. '' end
        function caught(i)
          for j = 1, 5 do pcall(error, 'x') end
          return (select(2, pcall(error, i)))
        end
        function coroutines(i)
          local c = coroutine.wrap(function(a) coroutine.yield(a) error('x') end)
          local result = c(i)
          pcall(c)
          return result
        end
        function files(i) for j = 1, 3 do io.open('/dev/null') end return i end
        function garbage(i)
          local t = {}
          for j = 1, 50 do t[j] = {i .. '-' .. j} end
          return t[50][1]
        end
        function fails(i) error('at ' .. i) end
        function for_ever() while true do end end
        function catching() while true do pcall(error, 'x') end end
        function full() local t = {} while true do t[#t + 1] = {} end end
        """
            .getBytes(StandardCharsets.UTF_8);
    state.load(LuaScript.compile("test.lua", source, LIMITS));
    watchdog.start();
  }

  @AfterEach
  void close() throws InterruptedException {
    over = true;
    watchdog.join();
    state.close();
  }

  private void lookAllTheTime() {
    while (!over) {
      hook.look();
    }
  }

  @Test
  void calls_whileTheHookIsSet_returnWhatTheyShould() throws LuaFailure {
    for (int i = 0; i < CALLS; i++) {
      assertThat(state.call("short", null, i)).isEqualTo(i + 1L);
      assertThat(state.call("java", null, i)).isEqualTo("" + i);
      assertThat(state.call("caught", null, i)).isEqualTo("" + i);
      assertThat(state.call("coroutines", null, i)).isEqualTo((long) i);
      assertThat(state.call("garbage", null, i)).isEqualTo(i + "-50");
      int at = i;
      assertThat(catchThrowable(() -> state.call("fails", null, at)))
          .hasMessage("test.lua:19: at " + i);
      if (i % 16 == 0) {
        assertThat(state.call("files", null, i)).isEqualTo((long) i);
      }
    }
    checkLimits();
  }

  private void checkLimits() {
    for (String function : new String[] {"for_ever", "catching"}) {
      LuaFailure failure = (LuaFailure) catchThrowable(() -> state.call(function, null));
      assertThat(failure).isNotNull();
      assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(Kind.INSTRUCTIONS);
      assertThat(failure).hasMessageStartingWith("test.lua:2");
    }
    LuaFailure failure = (LuaFailure) catchThrowable(() -> state.call("full", null));
    assertThat(failure).isNotNull();
    assertThat(failure).hasMessageStartingWith("test.lua:");
  }
}
