// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DnsdistFileTest {
  private static final int MANY = 100_000;

  /** In the manner of the files that dnsdist's own guides show. */
  private static final String PUBLISHED =
      """
      -- the console and the statistics
      controlSocket("127.0.0.1:5199")
      setKey("MXNeLFWHUe4363BBKrY06cAsH8NWNb+Se2eXU5+Bb74=")
      webserver("127.0.0.1:8083")
      addLocal("0.0.0.0:5200", {reusePort=true})
      newServer({address="192.0.2.10", qps=1000, order=2})
      newServer({address="192.0.2.11:5300", order=3, checkName="health.example."})
      newServer({address="192.0.2.12:5300", pool="abuse"})
      newServer({address="192.0.2.13:5300", pool={"auth"}, healthCheckMode="up"})
      setServerPolicy(roundrobin)
      setACL({"0.0.0.0/0", "::/0"})
      truncateTC(true)

      local pc = newPacketCache(10000, {maxTTL=86400, temporaryFailureTTL=10})
      getPool(""):setCache(pc)

      addAction({"ezdns.example.", "xxx."}, PoolAction("abuse"))
      addAction("192.168.1.0/24", PoolAction("abuse"))
      addAction(AndRule({QTypeRule(DNSQType.ANY), TCPRule(false)}), TCAction())
      addAction(MaxQPSIPRule(5, 32, 48), DelayAction(100))
      addAction(NotRule(MaxQPSRule(10000)), DropAction(), {name="overload"})
      addAction(RegexRule("[0-9]{5,}"), DelayAction(750))
      addAction(AndRule({OrRule({QTypeRule("A"), QTypeRule("AAAA")}), QNameRule("block.example")}),
        SpoofAction({"192.0.2.80", "2001:db8::80"}))

      function luarule(dq)
        if dq.qtype == DNSQType.NAPTR then
          return DNSAction.Pool, "abuse"
        end
        return DNSAction.None, ""
      end
      addAction(AllRule(), LuaAction(luarule))
      addResponseAction(QTypeRule(DNSQType.A), SetMaxTTLResponseAction(300))

      local dbr = dynBlockRulesGroup()
      dbr:setQueryRate(30, 10, "Exceeded query rate", 60)
      dbr:setRCodeRate(DNSRCode.SERVFAIL, 20, 10, "Exceeded ServFail rate", 60)

      function maintenance()
        dbr:apply()
      end
      """;

  @TempDir Path directory;
  private LoadedFile file;

  @BeforeEach
  void setUp() {
    file = new LoadedFile(directory);
  }

  @Test
  void emptyFile_isANodeWithDefaults() {
    Model model = file.model("");
    assertThat(model.locals()).isEmpty();
    assertThat(model.servers()).isEmpty();
    assertThat(model.rules()).isEmpty();
    assertThat(model.pools()).containsOnlyKeys("");
    assertThat(model.blocks()).isEqualTo(new Model.Blocks(List.of(), List.of()));
    assertThat(model.settings()).isEmpty();
    assertThat(model.warnings()).isEmpty();
  }

  @Test
  void publishedFile_isLoadedWhole() {
    Model model = file.model(PUBLISHED);
    assertThat(model.locals())
        .extracting(local -> local.transport() + " " + local.address())
        .containsExactly("udp 0.0.0.0:5200", "tcp 0.0.0.0:5200");
    assertThat(model.servers()).hasSize(4);
    assertThat(model.pools()).containsOnlyKeys("", "abuse", "auth");
    assertThat(model.policy()).isEqualTo("round-robin");
    assertThat(model.rules()).hasSize(9);
    assertThat(model.rules().get(5).match().toString()).contains("regex=[(?i)[0-9]{5,}]");
    assertThat(model.blocks().rules()).hasSize(2);
    assertThat(model.warnings())
        .extracting(Model.Remark::toString)
        .allMatch(warning -> warning.matches("dnsdist.conf:[2346]: .*"))
        .hasSize(4);
  }

  // ------------------------------------------------------------------------------ other files

  @Test
  void otherFiles_areFoundBesideTheMainOne() throws IOException {
    file.write("rules.lua", "\naddAction('a.test', DropAction())");
    file.write("helper.lua", "local M = {}\nfunction M.zone() return 'b.test' end\nreturn M");
    file.write("values.lua", "return 7, ...");
    Files.createDirectory(file.directory().resolve("conf.d"));
    file.write("conf.d/2.conf", "addAction('d.test', DropAction())");
    file.write("conf.d/1.conf", "addAction('c.test', DropAction())");
    file.write("conf.d/ignored.txt", "no Lua");
    Model model =
        file.model(
            """
            dofile("rules.lua")
            addAction(require("helper").zone(), DropAction())
            assert(require("helper") == require("helper"))
            assert(require("bit").band(6, 3) == 2)
            assert(select(2, loadfile("values.lua")("x")) == "x")
            includeDirectory("conf.d")
            """);
    assertThat(model.rules())
        .extracting(Model.Rule::name)
        .containsExactly("rules.lua:2", "dnsdist.conf:2", "1.conf:1", "2.conf:1");
  }

  @Test
  void otherFiles_areCheckedToo() {
    file.write("broken.lua", "\n\nx = = 1");
    assertThat(file.errors("\ndofile('broken.lua')"))
        .containsExactly("dnsdist.conf:2: broken.lua:3: unexpected symbol near '='");
    file.write("unknown.lua", "function f() return frobnicate() end");
    assertThat(file.errors("dofile('unknown.lua')"))
        .containsExactly("unknown.lua:1: unknown: \"frobnicate\"");
    file.write("again.lua", "dofile('again.lua')");
    assertThat(file.errors("dofile('again.lua')"))
        .containsExactly("again.lua:1: dofile: files include one another more than 20 deep");
  }

  @Test
  void io_worksWhileLoading() {
    file.write("names.txt", "a.test\nb.test\n");
    Model model =
        file.model(
            """
            local smn = newSuffixMatchNode()
            for name in io.lines("%s/names.txt") do smn:add(newDNSName(name)) end
            addAction(SuffixMatchNodeRule(smn), DropAction())
            assert(os.getenv("PATH"))
            assert(getResolvers("resolv.conf")[1] == "192.0.2.53")
            """
                .formatted(file.directory())
                .replace(
                    "getResolvers(\"resolv.conf\")",
                    "getResolvers(\""
                        + file.write("resolv.conf", "search test\nnameserver 192.0.2.53\n")
                        + "\")"));
    assertThat(model.rules().get(0).match())
        .isEqualTo(Map.of("suffix", List.of("a.test.", "b.test.")));
  }

  // ------------------------------------------------------------------------------------- size

  @Test
  void manyNames_fromAFile_areOneRule() {
    String names =
        IntStream.range(0, MANY)
            .mapToObj(i -> "name-" + i + ".ads.example\n")
            .collect(Collectors.joining());
    file.write("names.txt", names);
    Model model =
        file.model(
            """
            local smn = newSuffixMatchNode()
            for name in io.lines("%s/names.txt") do smn:add(name) end
            addAction(SuffixMatchNodeRule(smn), DropAction())
            """
                .formatted(file.directory()));
    assertThat(((Map<?, ?>) model.rules().get(0).match()).get("suffix"))
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
        .hasSize(MANY)
        .contains("name-99999.ads.example.");
  }

  @Test
  void manyNames_inTheFileItself_areOneRule() {
    String names =
        IntStream.range(0, MANY)
            .mapToObj(i -> "\"name-" + i + ".ads.example\",\n")
            .collect(Collectors.joining());
    Model model = file.model("addAction({" + names + "}, DropAction())");
    assertThat(((Map<?, ?>) model.rules().get(0).match()).get("suffix"))
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
        .hasSize(MANY);
  }

  @Test
  void manyRules_areAllThere() {
    Model model =
        file.model("for i = 1, 5000 do addAction('a' .. i .. '.test', PoolAction('p')) end");
    assertThat(model.rules()).hasSize(5_000);
    assertThat(model.rules().stream().map(Model.Rule::name).distinct()).hasSize(5_000);
  }

  // ------------------------------------------------------------------------ later calls

  @Test
  void callbacks_areCalledLater() throws Exception {
    Path path =
        file.write(
            "dnsdist.conf",
            """
            calls = {}
            addMaintenanceCallback(function() calls[#calls + 1] = "added" end)
            addExitCallback(function() calls[#calls + 1] = "exit" end)
            addExitCallback(print)
            function maintenance() calls[#calls + 1] = "global" end
            function said() return table.concat(calls, " ") end
            """);
    try (DnsdistFile loaded = DnsdistFile.load(path, LoadedFile.PARTS)) {
      assertThat(loaded.model().maintenance()).hasSize(2);
      for (LuaRef callback : loaded.model().maintenance()) {
        loaded.state().call(callback, null);
      }
      for (LuaRef callback : loaded.model().exits()) {
        loaded.state().call(callback, null);
      }
      assertThat(loaded.state().call("said", null)).isEqualTo("added global exit");
    }
  }

  @Test
  void laterCalls_canChangeNoConfiguration() throws Exception {
    Path path =
        file.write(
            "dnsdist.conf",
            """
            local pool = getPool("")
            function later()
              newServer("192.0.2.1")
            end
            function rules()
              addAction(AllRule(), DropAction())
            end
            function loop()
              while true do end
            end
            """);
    try (DnsdistFile loaded = DnsdistFile.load(path, LoadedFile.PARTS)) {
      assertThat(failure(loaded, "later"))
          .hasMessage("dnsdist.conf:3: newServer works only while the configuration is loaded");
      assertThat(failure(loaded, "rules"))
          .hasMessage("dnsdist.conf:6: addAction works only while the configuration is loaded");
      assertThat(failure(loaded, "loop"))
          .hasMessage("dnsdist.conf:9: more than 10000000 instructions");
    }
  }

  private static LuaFailure failure(DnsdistFile loaded, String function) {
    return assertThrows(LuaFailure.class, () -> loaded.state().call(function, null));
  }

  @Test
  void settingsWithoutMeaning_areAccepted() {
    assertThat(
            file.model(
                    """
                    setSecurityPollSuffix("")
                    setMaxUDPOutstanding(65535)
                    setUDPMultipleMessagesVectorSize(100)
                    setVerboseHealthChecks(true)
                    setRingBuffersSize(1000000, 100)
                    setMaxTCPClientThreads(10)
                    setServFailWhenNoServer(true)
                    truncateTC(true)
                    infolog("loaded " .. 1)
                    warnlog("careful")
                    errlog("wrong")
                    vinfolog("quiet")
                    """)
                .warnings())
        .isEmpty();
  }
}
