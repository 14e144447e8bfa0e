// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DatagramFilter;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.protocol.Transport;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * The cases of dnsdist's own tests of asynchronous processing, and the faults of scripts. The name
 * says what the script does: {@code <query>-<answer>.<anything>}.
 */
final class AsyncCasesTest {
  private static final String SCRIPT =
      """
      newServer("127.0.0.1:5300")
      newServer({ address = "127.0.0.1:5300", pool = "cache" })
      getPool("cache"):setCache(newPacketCache(100))
      local endpoint = newNetworkEndpoint('/run/anteroom/filter.sock')
      local kept = {}
      local verdicts = {}

      function verdicts.accept(object) object:resume() end
      function verdicts.refuse(object)
        assert(object:setRCode(DNSRCode.REFUSED, true) == true)
        assert(object:resume() == true)
      end
      function verdicts.drop(object) assert(object:drop() == true) end
      function verdicts.custom(object, is_response)
        local dq = is_response and object:getDR() or object:getDQ()
        local raw = dq:getContent()
        dq:setContent(raw:sub(1, 2) .. "\\129\\129" .. raw:sub(5))
        object:resume()
      end
      function verdicts.shorten(object)
        object:getDR():editTTLs(function(section, class, type, ttl) return 7 end)
        object:resume()
      end
      function verdicts.twice(object) object:resume() object:resume() end
      function verdicts.dropafter(object) object:resume() object:drop() end
      function verdicts.useafter(object)
        local dq = object:getDQ()
        object:resume()
        dq:setTag("a", "b")
      end
      function verdicts.getafter(object) object:resume() object:getDQ() end
      function verdicts.fetchtwice(object, _, id) getAsynchronousObject(7, id) end
      function verdicts.keep(object) kept[#kept + 1] = object end
      function verdicts.usekept(object)
        local old = kept[#kept]
        assert(old:resume() == false)
        object:resume()
        old:getDQ()
      end
      function verdicts.error() error("boom") end
      function verdicts.loop() while true do end end
      function verdicts.other(object)
        local dq = object:getDQ()
        assert(dq:suspend(8, dq.dh:getID(), 600000) == true)
        local id = dq.dh:getID()
      end
      function verdicts.again(object) object:resume() end

      local function got(endpointID, message, from)
        assert(endpointID == 3)
        local id, word, response = message:match("^(%d+) (%S+) (%d)$")
        id = tonumber(id)
        local object = getAsynchronousObject(word == "again" and 8 or 7, id)
        verdicts[word](object, response == "1", id)
      end

      local listener = newNetworkListener()
      assert(listener:addUnixListeningEndpoint('/run/anteroom/none.sock', 0) == false)
      assert(listener:addUnixListeningEndpoint('/run/anteroom/verdicts.sock', 3, got) == true)
      listener:start()

      -- Only what gets no verdict is to go on after its time, however slow the machine is.
      local function timeout(name)
        for _, word in ipairs({ "silence", "keep", "fetchtwice", "error", "loop" }) do
          if name:find(word) then return 500 end
        end
        return 600000
      end

      local function suspend(dq)
        local name = dq.qname:toString()
        local buffer, id = dq:getContent(), dq.dh:getID()
        if name:find("^string") then
          dq:suspend(7, "x", 500)
        elseif name:find("^fraction") then
          dq:suspend(7, 1.5, 500)
        elseif name:find("^double") then
          dq:suspend(7, id, 500)
          dq:suspend(7, id, 500)
        elseif name:find("^errorafter") then
          dq:suspend(7, id, 500)
          error("boom")
        elseif name:find("^same") then
          dq:suspend(11, 1, 600000)
        elseif name:find("^release") then
          getAsynchronousObject(11, 1):resume()
          return DNSAction.Refused
        else
          dq:suspend(7, id, timeout(name))
          endpoint:send(buffer)
        end
        return DNSAction.Allow
      end

      local function suspendResponse(dr)
        suspend(dr)
        return DNSResponseAction.Allow
      end

      -- Names that begin with the word of a chain are suspended by that chain only.
      local function only(word, f)
        return function(dq)
          local first = dq.qname:toString():match("^%a+")
          local of_chain = first == "hit" or first == "miss" or first == "inserted" or first == "self"
          if of_chain == (word ~= nil) and (not word or word == first) then return f(dq) end
          return f == suspend and DNSAction.None or DNSResponseAction.None
        end
      end

      addAction("cache.anteroom.test.", PoolAction("cache", false))
      addAction(AllRule(), LuaAction(only(nil, suspend)))
      addAction(RegexRule("^self"), RCodeAction(DNSRCode.REFUSED))
      addResponseAction(AllRule(), LuaResponseAction(only(nil, suspendResponse)))
      addCacheHitResponseAction(AllRule(), LuaResponseAction(only(nil, suspendResponse)))
      addCacheHitResponseAction(AllRule(), LuaResponseAction(only("hit", suspendResponse)))
      addCacheMissAction(AllRule(), LuaAction(only("miss", suspend)))
      addCacheInsertedResponseAction(AllRule(), LuaResponseAction(only("inserted", suspendResponse)))
      addSelfAnsweredResponseAction(AllRule(), LuaResponseAction(only("self", suspendResponse)))
      """;

  @TempDir private static Path directory;
  private static AsyncRig rig;

  @BeforeAll
  static void start() {
    rig = new AsyncRig(directory, AsyncCasesTest::verdict);
    rig.start(SCRIPT);
  }

  @AfterAll
  static void stop() {
    rig.close();
  }

  /** What the filter says about a message: its ID, the word in its name, and its QR bit. */
  private static List<String> verdict(DatagramFilter.Sent sent) {
    String[] words = sent.name().split("\\.", 2)[0].split("-");
    boolean response = (sent.message()[2] & 0x80) != 0;
    String word = response && words.length > 1 ? words[1] : response ? "accept" : words[0];
    String verdict = sent.id() + " " + word + " " + (response ? 1 : 0);
    return switch (word) {
      case "silence" -> List.of();
      case "hit", "miss", "inserted", "self" ->
          List.of(sent.id() + " accept " + (response ? 1 : 0));
      case "other" -> List.of(verdict, sent.id() + " again 0");
      default -> List.of(verdict);
    };
  }

  private static Message ask(Transport transport, String what) {
    return rig.ask(transport, rig.name(what));
  }

  private static void assertAnswered(Transport transport, String what) {
    String name = rig.name(what);
    assertThat(DnsMessages.addresses(rig.ask(transport, name)))
        .containsExactly(Asked.addressOf(name));
    assertThat(rig.upstream.queries(name)).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void acceptedTwice_isAsWithoutFilter(Transport transport) {
    assertAnswered(transport, "accept-accept");
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void acceptedFromTheCache_isAnsweredWithoutUpstream(Transport transport) {
    String name = rig.name("accept-accept").replace(".anteroom", ".cache.anteroom");
    rig.ask(transport, name);
    Message again = rig.ask(transport, name);
    assertThat(DnsMessages.addresses(again)).containsExactly(Asked.addressOf(name));
    assertThat(rig.upstream.queries(name)).hasSize(1);
  }

  /** What a filter made of an answer is for its client; in dnsdist all others get it too. */
  @Test
  void changedResponse_isNotGivenToOthers() {
    String name = rig.name("accept-shorten").replace(".anteroom", ".cache.anteroom");
    for (int i = 1; i <= 2; i++) {
      Message answer = rig.ask(Transport.UDP, name);
      assertThat(answer.getSection(Section.ANSWER).get(0).getTTL()).isEqualTo(7);
      assertThat(rig.upstream.queries(name)).hasSize(i);
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void queryOrResponseWithoutVerdict_goesOnUnchanged(Transport transport) {
    assertAnswered(transport, "silence-accept");
    assertAnswered(transport, "accept-silence");
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void refusedQuery_isRefusedWithoutUpstream(Transport transport) {
    String name = rig.name("refuse-accept");
    Message answer = rig.ask(transport, name);
    assertThat(answer.getRcode()).isEqualTo(Rcode.REFUSED);
    assertThat(rig.upstream.queries(name)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void refusedResponse_isRefusedWithoutRecords(Transport transport) {
    String name = rig.name("accept-refuse");
    Message answer = rig.ask(transport, name);
    assertThat(answer.getRcode()).isEqualTo(Rcode.REFUSED);
    assertThat(answer.getHeader().getFlag(Flags.RA)).isTrue();
    assertThat(answer.getSection(Section.ANSWER)).isEmpty();
    assertThat(rig.upstream.queries(name)).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void replacedMessage_isTheScripts_withTheClientsId(Transport transport) {
    assertThat(ask(transport, "custom-accept").getRcode()).isEqualTo(Rcode.FORMERR);
    Message answer = ask(transport, "accept-custom");
    assertThat(answer.getRcode()).isEqualTo(Rcode.FORMERR);
    assertThat(answer.getHeader().getID()).isEqualTo(7);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void droppedQueryAndResponse_areNotAnswered(Transport transport) {
    for (String what : List.of("drop-accept", "accept-drop")) {
      String name = rig.name(what);
      long before = rig.count(AsyncCounter.DROPPED);
      try (DnsClient client = rig.node().client(transport)) {
        client.send(DnsMessages.query(9, name, Type.A));
        rig.awaitCount(AsyncCounter.DROPPED, before + 1);
        rig.assertAtRest();
      }
      assertThat(rig.upstream.queries(name)).hasSize(what.startsWith("drop") ? 0 : 1);
    }
  }

  /**
   * A chain that suspends what no chain before it has. dnsdist then closes the connection over TCP,
   * answers with status 403 over HTTPS, and reads through a null pointer over QUIC; the chain of
   * cache misses begins anew for ever.
   */
  @ParameterizedTest
  @EnumSource(Transport.class)
  void eachChainAlone_suspendsItsMessageOnce_andTheConnectionGoesOn(Transport transport) {
    try (DnsClient client = rig.node().client(transport)) {
      for (String chain : List.of("hit", "miss", "inserted", "self")) {
        long resumed = rig.count(AsyncCounter.RESUMED);
        byte[] query =
            DnsMessages.query(7, rig.name(chain).replace(".anteroom", ".cache.anteroom"), Type.A);

        Message first = client.ask(query);
        Message second = client.ask(query);

        int rcode = chain.equals("self") ? Rcode.REFUSED : Rcode.NOERROR;
        assertThat(List.of(first.getRcode(), second.getRcode()))
            .as(chain)
            .containsExactly(rcode, rcode);
        assertThat(rig.count(AsyncCounter.RESUMED) - resumed)
            .as(chain)
            .isEqualTo(chain.equals("self") ? 2 : 1);
      }
    }
    rig.assertAtRest();
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void droppedQuery_leavesOthersOfItsConnection(Transport transport) {
    long dropped = rig.count(AsyncCounter.DROPPED);
    try (DnsClient client = rig.node().client(transport)) {
      client.send(DnsMessages.query(9, rig.name("drop"), Type.A));
      rig.awaitCount(AsyncCounter.DROPPED, dropped + 1);

      byte[] query = DnsMessages.query(10, rig.name("accept"), Type.A);
      assertThat(client.ask(query).getRcode()).isEqualTo(Rcode.NOERROR);
    }
  }

  @Test
  void useAfterTheEnd_isAnErrorOfTheScript_andChangesNothing() {
    long misused = rig.count(AsyncCounter.MISUSED);
    for (String what : List.of("twice", "dropafter", "useafter", "getafter")) {
      long before = rig.count(AsyncCounter.CALLBACKS_FAILED);
      assertAnswered(Transport.UDP, what + "-accept");
      rig.awaitCount(AsyncCounter.CALLBACKS_FAILED, before + 1);
    }
    assertThat(rig.count(AsyncCounter.MISUSED)).isEqualTo(misused + 3);
    rig.assertAtRest();
  }

  @Test
  void objectThatIsFetchedTwice_orKept_endsWithItsTimeout() {
    long failed = rig.count(AsyncCounter.CALLBACKS_FAILED);
    assertAnswered(Transport.UDP, "fetchtwice-accept");
    rig.awaitCount(AsyncCounter.CALLBACKS_FAILED, failed + 1);
    assertAnswered(Transport.UDP, "keep-accept");
    assertThat(rig.count(AsyncCounter.CALLBACKS_FAILED)).isEqualTo(failed + 1);
    long late = rig.count(AsyncCounter.VERDICTS_LATE);

    assertAnswered(Transport.UDP, "usekept-accept");

    rig.awaitCount(AsyncCounter.CALLBACKS_FAILED, failed + 2);
    assertThat(rig.count(AsyncCounter.VERDICTS_LATE)).isEqualTo(late + 1);
    rig.assertAtRest();
  }

  @Test
  void callbackThatFails_orLoops_doesNotStopTheListener() {
    long failed = rig.count(AsyncCounter.CALLBACKS_FAILED);
    assertAnswered(Transport.UDP, "error-accept");
    assertAnswered(Transport.UDP, "loop-accept");
    rig.awaitCount(AsyncCounter.CALLBACKS_FAILED, failed + 2);

    assertAnswered(Transport.UDP, "accept-accept");
    rig.assertAtRest();
  }

  @Test
  void questionOfAnObject_isSuspendedForAnotherFilter() {
    long resumed = rig.count(AsyncCounter.RESUMED);

    assertAnswered(Transport.UDP, "other-accept");

    rig.assertAtRest();
    assertThat(rig.count(AsyncCounter.RESUMED)).isEqualTo(resumed + 3);
  }

  @Test
  void actionThatFailsBeforeOrAfterSuspend_costsItsQuery_andLeavesNoObject() {
    long errors = rig.node().count(Counter.POLICY_ERRORS);
    for (String what : List.of("string", "fraction", "double", "errorafter")) {
      assertThat(ask(Transport.UDP, what).getRcode()).as(what).isEqualTo(Rcode.SERVFAIL);
      rig.assertAtRest();
    }
    assertThat(rig.node().count(Counter.POLICY_ERRORS)).isEqualTo(errors + 4);
  }

  @Test
  void keyOfALiveObject_isRefused_andTheSecondQueryGoesOn() {
    long refused = rig.count(AsyncCounter.REFUSED_DUPLICATE);
    long suspended = rig.count(AsyncCounter.SUSPENDED);
    byte[] query = DnsMessages.query(1, rig.name("same"), Type.A);
    try (DnsClient first = rig.node().udp()) {
      first.send(query);
      rig.awaitCount(AsyncCounter.SUSPENDED, suspended + 1);

      assertThat(ask(Transport.UDP, "same").getRcode()).isEqualTo(Rcode.NOERROR);

      assertThat(rig.count(AsyncCounter.REFUSED_DUPLICATE)).isEqualTo(refused + 2);
      assertThat(ask(Transport.UDP, "release").getRcode()).isEqualTo(Rcode.REFUSED);
      rig.awaitCount(AsyncCounter.SUSPENDED, suspended + 2);
      assertThat(ask(Transport.UDP, "release").getRcode()).isEqualTo(Rcode.REFUSED);
      assertThat(first.receiveAnswerTo(query).getRcode()).isEqualTo(Rcode.NOERROR);
    }
    rig.assertAtRest();
  }
}
