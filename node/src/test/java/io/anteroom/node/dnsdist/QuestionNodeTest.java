// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TestNode;
import io.anteroom.protocol.Transport;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Actions of dnsdist in a node, with clients and servers. */
final class QuestionNodeTest {
  private static final int RD = 0x0100;

  @TempDir private Path directory;
  private final ScriptedServer first = ScriptedServer.start(Asked::answer);
  private final ScriptedServer second = ScriptedServer.start(Asked::answer);
  private final ExecutorService lua = Executors.newSingleThreadExecutor();
  private QuestionRig rig;
  private TestNode node;

  @AfterEach
  void close() throws Exception {
    if (node != null) {
      node.close();
    }
    lua.shutdown();
    assertThat(lua.awaitTermination(2, TimeUnit.MINUTES)).isTrue();
    rig.close();
    first.close();
    second.close();
  }

  private void start(String stage, String body) throws Exception {
    String kind = stage.equals("query") ? "action" : "response_action";
    rig = new QuestionRig("%s(function(dq)\n%s\nend)".formatted(kind, body)).on(lua);
    node =
        TestNode.start(
            """
            upstreams.default { servers = ["127.0.0.1:%d"] }
            upstreams.slow { servers = ["127.0.0.1:%d"] }
            rules.%s = [{ name = act, match = all, action { policy = act } }]
            """
                .formatted(first.address().getPort(), second.address().getPort(), stage),
            directory,
            rig.program("act"));
  }

  private Message ask(Transport transport, byte[] query) {
    try (DnsClient client = node.client(transport)) {
      return client.ask(query);
    }
  }

  private Message ask(String name) {
    return ask(Transport.UDP, query(7, name, Type.A));
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void restart_asksTheServersOfTheOtherPool(Transport transport) throws Exception {
    first.script(asked -> asked.rcode(Rcode.SERVFAIL));
    start(
        "response",
        """
        if dq.rcode == 2 and dq:getRestartCount() == 0 then
          dq.pool = 'slow'
          dq:restart()
        end
        return DNSResponseAction.None
        """);

    Message answer = ask(transport, query(7, "www.example", Type.A));

    assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(DnsMessages.addresses(answer)).hasSize(1);
    assertThat(second.queries("www.example")).hasSize(1);
    assertThat(node.count(Counter.POLICY_RESTARTS)).isEqualTo(1);
  }

  @Test
  void restartForEver_ends() throws Exception {
    start("response", "dq:restart() return DNSResponseAction.None");

    assertThat(ask("www.example").getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(node.count(Counter.POLICY_RESTARTS)).isEqualTo(Question.MAX_RESTARTS);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void changedName_isNotSeenByTheClient(Transport transport) throws Exception {
    start("query", "dq:changeName(newDNSName('other.example')) return DNSAction.Allow");

    Message answer = ask(transport, query(7, "WwW.example", Type.A));

    assertThat(first.queries("other.example")).hasSize(1);
    assertThat(answer.getQuestion().getName()).hasToString("WwW.example.");
    assertThat(answer.getSection(Section.ANSWER).get(0).getName()).hasToString("WwW.example.");
  }

  @Test
  void changedFlags_goToTheServer_andTheClientGetsItsOwn() throws Exception {
    start("query", "dq.dh:setRD(false) return DNSAction.HeaderModify");

    Message answer = ask("www.example");

    assertThat(first.queries("www.example").get(0).flags() & RD).isZero();
    assertThat(answer.getHeader().getFlag(Flags.RD)).isTrue();
    assertThat(answer.getHeader().getFlag(Flags.RA)).isTrue();
    assertThat(DnsMessages.addresses(answer)).hasSize(1);
  }

  @Test
  void contentOfAResponse_reachesTheClient_withIdAndEdns() throws Exception {
    start(
        "response",
        """
        local raw = dq:getContent()
        dq:setContent('zz\\129\\133\\0\\1\\0\\0\\0\\0\\0\\0' .. raw:sub(13, 29))
        return DNSResponseAction.Allow
        """);

    Message answer = ask(Transport.UDP, DnsMessages.ednsQuery(7, "www.example", Type.A, 1232));

    assertThat(answer.getHeader().getID()).isEqualTo(7);
    assertThat(answer.getRcode()).isEqualTo(Rcode.REFUSED);
    assertThat(answer.getOPT()).isNotNull();
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void transportAndTime_areSeen(Transport transport) throws Exception {
    start(
        "query",
        """
        assert(dq:getElapsedUs() > 0 and dq:getElapsedUs() < 120e6)
        assert(dq.tcp == (dq:getProtocol() ~= 'Do53 UDP'))
        assert(dq:getServerNameIndication() == '' or dq:getProtocol() == 'DNS over QUIC'
          or dq:getProtocol() == 'DNS over HTTP/3')
        local http = string.find(dq:getProtocol(), 'HTTP', 1, true) ~= nil
        assert(dq:getHTTPPath() == (http and '/dns-query' or ''))
        dq:setExtendedDNSError(15, dq:getProtocol())
        return DNSAction.Refused
        """);

    Message answer = ask(transport, DnsMessages.ednsQuery(7, "www.example", Type.A, 1232));

    assertThat(answer.getRcode()).isEqualTo(Rcode.REFUSED);
    assertThat(DnsMessages.error(answer).getText())
        .isEqualTo(
            switch (transport) {
              case UDP -> "Do53 UDP";
              case TCP -> "Do53 TCP";
              case TLS -> "DNS over TLS";
              case HTTPS -> "DNS over HTTPS";
              case QUIC -> "DNS over QUIC";
              case HTTPS3 -> "DNS over HTTP/3";
            });
  }

  @Test
  void skippedCache_asksTheServerAgain() throws Exception {
    start("query", "dq.skipCache = true return DNSAction.Allow");

    ask("www.example");
    ask("www.example");

    assertThat(first.queries("www.example")).hasSize(2);
  }

  @Test
  void delay_delaysAndContinues() throws Exception {
    start("query", "return DNSAction.Delay, 1");

    assertThat(DnsMessages.addresses(ask("www.example"))).hasSize(1);
  }

  @Test
  void errorsOfTheScript_costTheirQueryOnly() throws Exception {
    start(
        "query",
        """
        local first = dq.qname:toString():sub(1, 1)
        if first == 'a' then local x = nil + 1 end
        if first == 'b' then dq:setContent('garbage') end
        if first == 'c' then while true do end end
        if first == 'd' then return 'drop it' end
        if first == 'e' then dq.dh:setQR(true) dq:setContent(dq:getContent():sub(1, 12)) end
        return DNSAction.None
        """);

    for (String name : new String[] {"a.example", "b.example", "c.example", "d.example"}) {
      assertThat(ask(name).getRcode()).as(name).isEqualTo(Rcode.SERVFAIL);
    }
    assertThat(ask("e.example").getRcode()).isEqualTo(Rcode.SERVFAIL);

    assertThat(ask("good.example").getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(node.count(Counter.POLICY_ERRORS)).isEqualTo(4);
    assertThat(node.count(Counter.POLICY_INSTRUCTIONS)).isEqualTo(1);
  }
}
