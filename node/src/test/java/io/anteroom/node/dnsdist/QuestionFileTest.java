// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TestNode;
import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Functions of a dnsdist file as actions of a node that runs this file. */
final class QuestionFileTest {
  private static final String FILE =
      """
      newServer('127.0.0.1:%d')
      newServer({ address = '127.0.0.1:%d', pool = 'kids' })
      local blocked = newSuffixMatchNode()
      blocked:add(newDNSName('blocked.example'))

      function judge(dq)
        local here, there = dq.localaddr:toString(), dq.remoteaddr:toString()
        if here ~= '127.0.0.1' or there ~= '127.0.0.1' or dq.opcode ~= DNSOpcode.Query then
          return DNSAction.ServFail
        end
        if blocked:check(dq.qname) then
          dq:setExtendedDNSError(15, 'blocked')
          return DNSAction.Nxdomain
        elseif dq.qtype == DNSQType.TXT then
          dq:spoof({ '\\3abc' })
        elseif dq.qname == newDNSName('kids.example') then
          dq:setTag('group', 'kids')
        end
        return DNSAction.None
      end

      addAction(AllRule(), LuaAction(judge))
      addAction(TagRule('group', 'kids'), LuaAction(function(dq)
        return DNSAction.Pool, 'kids'
      end))
      addResponseAction(AllRule(), LuaResponseAction(function(dr)
        dr:editTTLs(function(section, class, type, ttl)
          return section == DNSSection.Answer and type == DNSQType.A and 7 or ttl
        end)
        return DNSResponseAction.Allow
      end))
      addSelfAnsweredResponseAction(AllRule(), LuaResponseAction(function(dr)
        dr.dh:setAA(true)
        return DNSResponseAction.None
      end))
      """;

  @TempDir private Path directory;
  private final ScriptedServer server = ScriptedServer.start(Asked::answer);
  private final ScriptedServer ofKids = ScriptedServer.start(Asked::answer);
  private TestNode node;

  @AfterEach
  void close() {
    if (node != null) {
      node.close();
    }
    server.close();
    ofKids.close();
  }

  private void start() throws Exception {
    Path file = directory.resolve("judge.lua");
    Files.writeString(
        file,
        FILE.formatted(server.address().getPort(), ofKids.address().getPort())
            + AsyncRig.secureListeners());
    node =
        TestNode.start(
            NodeConfiguration.dnsdist(file, List.of(new InetSocketAddress("127.0.0.1", 0))));
  }

  private Message ask(Transport transport, String name, int type) {
    try (DnsClient client = node.client(transport)) {
      byte[] query =
          type == Type.TXT ? query(7, name, type) : DnsMessages.ednsQuery(7, name, type, 1232);
      return client.ask(query);
    }
  }

  @Test
  void functions_decideAboutQueriesAndAnswers() throws Exception {
    start();

    for (Transport transport : Transport.values()) {
      assertDecided(transport);
    }
    assertThat(server.queries("kids.example")).isEmpty();
  }

  private void assertDecided(Transport transport) {
    Message blocked = ask(transport, "www.Blocked.example", Type.A);
    assertThat(blocked.getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(DnsMessages.errorCode(blocked)).isEqualTo(15);

    Message spoofed = ask(transport, "text.example", Type.TXT);
    assertThat(spoofed.getSection(Section.ANSWER).get(0).rdataToString()).contains("abc");
    assertThat(spoofed.getHeader().getFlag(org.xbill.DNS.Flags.AA)).isTrue();

    Message answered = ask(transport, "www.example", Type.A);
    assertThat(answered.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(answered.getSection(Section.ANSWER).get(0).getTTL()).isEqualTo(7);

    assertThat(ask(transport, "kids.example", Type.A).getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(ofKids.queries("kids.example")).hasSize(1 + transport.ordinal());
  }
}
