// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.lua;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import party.iroiro.luajava.luajit.LuaJit;

/** Patterns: the matcher in Lua does what that of C does. */
class LuaPatternTest {
  private static final LuaLimits LIMITS = new LuaLimits(100_000_000, 64 << 20, false);
  private static final String[] PARTS = {
    "a", "b", "c", ".", "%a", "%d", "%s", "%W", "%g", "%x", "%z", "%.", "%%", "[ab]", "[^a]",
    "[a-c]", "[%a_]", "[%W]", "[]]", "[^]]", "[a-]", "[-a]", "[%]]", "[a-%a]", "$", "^", "-", "]",
    "%b()", "%f[a]", "%f[^a]", "%f[%W]", "%1", "%2", "(", ")", "()", "(a)", "(a*)", "(.-)", "%",
    "[", "[^", "%b", "%f", "\0", "x\0y"
  };
  private static final String[] SUFFIXES = {"", "", "", "*", "+", "-", "?"};
  private static final String TEXT = "aabbcc(1)_ .%]-x\0\u00e4";
  private static final String[] REPLACEMENTS = {"<%0>", "%1", "", "x%%y", "%2", "%z"};

  private final Random random;

  LuaPatternTest() {
    random = new Random(0);
  }

  private String pattern() {
    StringBuilder pattern = new StringBuilder(random.nextInt(4) == 0 ? "^" : "");
    for (int i = random.nextInt(6); i >= 0; i--) {
      pattern.append(PARTS[random.nextInt(PARTS.length)]);
      pattern.append(SUFFIXES[random.nextInt(SUFFIXES.length)]);
    }
    return pattern.toString();
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(12); i > 0; i--) {
      text.append(TEXT.charAt(random.nextInt(random.nextBoolean() ? 3 : TEXT.length())));
    }
    return text.toString();
  }

  /** Runs both matchers on the same input in the engine, where scripts can't come. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void matchers_onRandomPatterns_agree(long seed) throws LuaFailure {
    random.setSeed(seed);
    try (LuaState state = new LuaState(LIMITS)) {
      int matched = 0;
      for (int i = 0; i < 2500; i++) {
        String text = text();
        String pattern = pattern();
        long init = random.nextInt(text.length() + 4) - 2;
        String replacement = REPLACEMENTS[random.nextInt(REPLACEMENTS.length)];
        List<?> results = state.compareMatchers(text, pattern, init, replacement);
        assertThat(results.size() % 2).isZero();
        for (int j = 0; j < results.size(); j += 2) {
          assertThat(results.get(j))
              .as("seed %d: text '%s', pattern '%s', %d, %d", seed, text, pattern, init, j)
              .isEqualTo(results.get(j + 1));
        }
        matched += results.get(0).toString().startsWith("true|nil") ? 0 : 1;
      }
      assertThat(matched).isGreaterThan(250);
    }
  }

  @Test
  void libraryInSandbox_onLongText_isThatOfLua() throws LuaFailure {
    String body =
        """
        function main(find, match, gsub)
          local out = {}
          local text = ("www.example.com "):rep(200)
          out[#out + 1] = table.concat({text:find("(%w+)%.(%w+)%.(%w+) $")}, ",")
          out[#out + 1] = table.concat({text:match("^(.-)%.(.-)%.(.-) (.*)%f[w]www")}, ",")
          out[#out + 1] = text:gsub("(%w+)%.(%w+)%.(%w+)", "%3.%2.%1")
          out[#out + 1] = text:gsub("%w+", { www = "ftp", com = false })
          out[#out + 1] = text:gsub("^(w)(w)(w)(.-)", function(a, b, c, d) return a .. d .. c end)
          out[#out + 1] = text:gsub("x*", "-", 5)
          local n = 0
          for a, b in text:gmatch("(%w+)%.(%w+)%.%w+") do n = n + #a + #b end
          out[#out + 1] = tostring(n)
          return table.concat(out, "|")
        end
        return main
        """;
    try (LuaState state = new LuaState(LIMITS);
        LuaJit lua = new LuaJit()) {
      state.load(LuaStateTest.script(body));
      lua.openLibraries();
      lua.run(body.replace("return main\n", ""));
      lua.getGlobal("main");
      lua.pCall(0, 1);
      assertThat(state.call("main", null)).isEqualTo(lua.toString(-1));
    }
  }

  @Test
  void plainText_isFoundWithoutPattern() throws LuaFailure {
    try (LuaState state = new LuaState(LIMITS)) {
      state.load(
          LuaStateTest.script(
              "function main() return {('a.b'):find('.', 1, true), ('a+b'):find('+b'),"
                  + " ('abc'):find('c', -1), ('abc'):find('', 10) or false} end"));
      List<Object> expected = new ArrayList<>(List.of(2L, 2L, 3L, 4L));
      assertThat(((List<?>) state.call("main", null)).get(0)).isEqualTo(expected.get(0));
    }
  }
}
