// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.anteroom.node.config.InvalidConfiguration;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that can't be loaded, and what the messages say. */
class BadFilesTest {
  @TempDir Path directory;
  private LoadedFile file;

  @BeforeEach
  void setUp() {
    file = new LoadedFile(directory);
  }

  @Test
  void missingFile_isAnError() {
    Path missing = directory.resolve("nothing.conf");
    InvalidConfiguration error =
        assertThrows(
            InvalidConfiguration.class, () -> DnsdistFile.load(missing, LoadedFile.PARTS).close());
    assertThat(error.messages()).containsExactly(missing + ": there is no such file");
  }

  @Test
  void directory_isAnError() {
    InvalidConfiguration error =
        assertThrows(
            InvalidConfiguration.class,
            () -> DnsdistFile.load(directory, LoadedFile.PARTS).close());
    assertThat(error.messages()).singleElement().asString().startsWith(directory + ": can't be");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\\naddLocal(' | dnsdist.conf:2: unfinished string",
        "x = = 1 | dnsdist.conf:1: unexpected symbol near '='",
        "\\nerror('my own') | dnsdist.conf:2: my own",
        "error({}) | dnsdist.conf:1: the error is a table, not text",
        "local t = nil\\nt.x = 1 | dnsdist.conf:2: attempt to index local 't' (a nil value)",
        "local function f() return f() + 1 end\\nf() | stack overflow",
        "\\nwhile true do end | dnsdist.conf:2: more than 1000000000 instructions",
        "local s = 'x'\\nwhile true do s = s .. s end | more than 1024 MB",
        "dofile('nothing.lua') | dnsdist.conf:1: dofile: there is no file nothing.lua",
        "require('nothing') | dnsdist.conf:1: require: there is no file nothing.lua",
        "includeDirectory('nothing') | includeDirectory: there is no directory nothing",
        "local ffi = require('ffi') | require: there are no FFI functions (dnsdist_ffi_dnsquestion",
        "addAction(AllRule(), LuaFFIAction(print)) | LuaFFIAction is not supported: there are no FFI",
        "os.exit(0) | dnsdist.conf:1: os.exit would end the node",
        "infolog({}) | #1 to 'infolog' (string or number expected, got table)",
        "addACL('!10.0.0.1') | dnsdist.conf:1: addACL: an ACL can't have the exception !10.0.0.1",
        "setACL({'10.0.0.0/8', '!10.1.0.0/16'}) | can't have the exception !10.1.0.0/16",
        "addExitCallback(1) | #1 to 'addExitCallback' (function expected, got number)",
      })
  void badFile_isAnErrorWithLine(String text, String error) {
    assertThat(file.errors(text.replace("\\n", "\n")).get(0)).contains(error);
  }

  @Test
  void compiledCode_isRefused() {
    assertThat(file.errors("\u001bLJ\u0002")).singleElement().asString().contains("only text");
  }

  @Test
  void unknownFunction_thatTheLoadCalls_failsWithTheNearest() {
    assertThat(file.errors("\naddLocall('127.0.0.1')"))
        .containsExactly(
            "dnsdist.conf:2: attempt to call global 'addLocall' (a nil value); unknown: "
                + "\"addLocall\"; did you mean \"addLocal\"?");
    assertThat(file.errors("\naddDNSCryptBind('127.0.0.1')\n\nnewBPFFilter()"))
        .containsExactly(
            "dnsdist.conf:2: attempt to call global 'addDNSCryptBind' (a nil value); "
                + "addDNSCryptBind is not supported: DNSCrypt is not supported; nearest: "
                + "addTLSLocal or addDOHLocal",
            "dnsdist.conf:4: newBPFFilter is not supported: eBPF is not supported; nearest: "
                + "dynBlockRulesGroup()");
    assertThat(file.errors("setServerPolicy(random)"))
        .containsExactly(
            "dnsdist.conf:1: bad argument #1 to 'setServerPolicy' (ServerPolicy expected, got no "
                + "value)",
            "dnsdist.conf:1: unknown: \"random\"; did you mean \"wrandom\"?");
  }

  @Test
  void oldFunctions_areNamedWithTheirSuccessors() {
    assertThat(file.errors("addLuaAction('com', function(dq) return DNSAction.None end)"))
        .containsExactly(
            "dnsdist.conf:1: attempt to call global 'addLuaAction' (a nil value); addLuaAction is "
                + "not supported: it is addAction(.., LuaAction(..)) since dnsdist 1.4");
  }

  @Test
  void unknownNames_inFunctions_failTheLoad() {
    assertThat(
            file.errors(
                """
                function route(dq)
                  if dq.tcp then
                    return frobnicate(dq)
                  end
                  return DNSAction.None, filteringTag
                end
                function maintenance()
                  addDynBlocks(exceedQRate(20, 10), "too many", 60)
                end
                """))
        .containsExactly(
            "dnsdist.conf:3: unknown: \"frobnicate\"",
            "dnsdist.conf:5: unknown: \"filteringTag\"",
            "dnsdist.conf:8: addDynBlocks is not supported: nearest: dynBlockRulesGroup() with "
                + "setQueryRate, setRCodeRate, setRCodeRatio",
            "dnsdist.conf:8: exceedQRate is not supported: nearest: dynBlockRulesGroup() with "
                + "setQueryRate, setRCodeRate, setRCodeRatio");
  }

  @Test
  void namesThatAFileSetsOrTests_areKnown() {
    file.model(
        """
        function first() return second() end
        function second() counter = (counter or 0) + 1 end
        if notThere then notThere() end
        if not alsoNot then alsoNot = 1 end
        if type(neither) == "function" then neither() end
        if nor ~= nil then nor() end
        local x = perhaps and perhaps()
        _G["dynamic" .. 1] = 1
        function third() return dynamic1 end
        """);
  }

  @Test
  void messages_nameTheLineOfTheFile_notOfTheLibrary() {
    assertThat(
            file.errors(
                """
                local function helper(name)
                  addAction(name, DropAction())
                end
                helper("a..b")
                """))
        .containsExactly(
            "dnsdist.conf:2: bad argument #1 to 'addAction' (\"a..b\" is no domain name: it has an "
                + "empty label)");
  }
}
