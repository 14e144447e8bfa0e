// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.lua;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.lua.LuaScript.Reference;
import io.anteroom.node.lua.LuaScript.Use;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The checks of a script that is not run. */
class LuaScriptTest {
  private static LuaScript compile(String source) throws LuaFailure {
    return LuaScript.compile("p.lua", source.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void script_itsNames_areFound() throws LuaFailure {
    LuaScript script =
        compile(
            """
            vars("uid", "credit")
            function onfile_http(engine) end
            local function helper() end
            route.main = function(q)
              if q.x then
                async(sql("db", q.x and 1 or 2), "credit", 5)
              end
              launch(exec("a"))
              launch(exec("a", q.b or "c"), "report")
              if q.y then return async(sleep(1), "credit") end
              for i = 1, 3 do route("other") end
              async(x == 1, "last", f())
            end
            function route.credit(q, rc) end
            """);
    assertThat(script.routes()).containsExactly("main", "credit");
    assertThat(script.variables()).containsExactly("uid", "credit");
    assertThat(script.handlers()).containsExactly("onfile_http");
    assertThat(script.references())
        .containsExactly(
            new Reference("credit", 6),
            new Reference("report", 9),
            new Reference("credit", 10),
            new Reference("other", 11),
            new Reference("last", 12));
    assertThat(script.uses())
        .containsExactly(
            new Use("vars", "uid", 1),
            new Use("vars", "credit", 1),
            new Use("sql", "db", 6),
            new Use("exec", "a", 8),
            new Use("exec", "a", 9),
            new Use("sleep", "", 10));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "x = = 1                                        | p.lua:1: unexpected symbol",
        "local n = 'a' async(f(), n)                    | p.lua:1: the route of async must be",
        "async(f(), a and 'x' or 'y')                   | p.lua:1: the route of async must be",
        "async(f(), a or 'y')                           | p.lua:1: the route of async must be",
        "async(f(), a and 'y')                          | p.lua:1: the route of async must be",
        "async(f(), 'x' .. y)                           | p.lua:1: the route of async must be",
        "launch(f(), g)                                 | p.lua:1: the route of launch must be",
        "async(f())                                     | p.lua:1: async needs the name",
        "local a = async                                | p.lua:1: async must be called directly",
        "pcall(async, f(), 'x')                         | p.lua:1: async must be called directly",
        "vars(x)                                        | p.lua:1: vars takes literals",
        "os.exit()                                      | p.lua:1: os.exit would end the node",
        "local p = 1 os.execute('cp '..p..' /tmp/x')    | p.lua:1: os.execute would block",
        "local h = io.popen('ls')                       | p.lua:1: io.popen would block",
        "T.async:schedule{onexecute=function() os.exit() end} | p.lua:1: os.exit would end",
        "return function(p) T.async:schedule{onexecute=function() return p end} end"
            + " | p.lua:1: onexecute runs in another thread and can't use the local variable p",
      })
  void fault_atLoad_hasFileLineAndReason(String source, String message) {
    assertThatThrownBy(() -> compile(source))
        .isInstanceOf(LuaFailure.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void worker_itsBlockingCalls_areAccepted() throws LuaFailure {
    compile(
        """
        onfile_http = function(engine, path)
          T.async:schedule{ data = path,
            onexecute = function(file)
              local h = io.popen("sha1sum " .. file)
              local f = function() os.execute("ls") end
              return h:read("*a")
            end,
            onresult = function(engine, req, response) print(path, response) end }
        end
        """);
  }

  @Test
  void operator_whoAllowsIo_mayBlock() throws LuaFailure {
    LuaLimits limits = new LuaLimits(1000, 1 << 20, true);
    LuaScript.compile("p.lua", "os.execute('x')".getBytes(StandardCharsets.UTF_8), limits);
    assertThatThrownBy(
            () -> LuaScript.compile("p.lua", "os.exit()".getBytes(StandardCharsets.UTF_8), limits))
        .hasMessageContaining("os.exit");
  }

  @Test
  void source_ofBytecodeOrTooLarge_isRefused() {
    byte[] large = new byte[LuaScript.MAX_SIZE + 1];
    Arrays.fill(large, (byte) ' ');
    assertThatThrownBy(() -> LuaScript.compile("p.lua", large)).hasMessageContaining("bytes");
    assertThatThrownBy(() -> compile("\033LJ\2")).hasMessageContaining("compiled code");
    assertThatThrownBy(() -> compile("-- \n\u0000\n"))
        .isInstanceOf(LuaFailure.class)
        .hasMessageStartingWith("p.lua:2: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"x = 1\n", "f('a', ", "((((", "{{{{", "a.b.", "if x then ", "- ", "x=x..x "})
  void source_ofOneMegabyte_endsWithOrWithoutFailure(String part) {
    String source = part.repeat(LuaScript.MAX_SIZE / part.length());
    try {
      assertThat(compile(source).routes()).isEmpty();
    } catch (LuaFailure e) {
      assertThat(e).hasMessageStartingWith("p.lua:");
    }
  }
}
