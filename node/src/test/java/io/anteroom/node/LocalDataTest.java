// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.Transport;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Hosts files, zones and special names of a node, as its clients see them. */
final class LocalDataTest {
  private static final ScriptedServer upstream = ScriptedServer.start(Asked::answer);
  private static final ScriptedServer corp = ScriptedServer.start(Asked::answer);
  private static final ScriptedServer other = ScriptedServer.start(Asked::answer);
  private static TestNode node;

  @TempDir private static Path directory;

  @BeforeAll
  static void start() throws Exception {
    Path hosts = directory.resolve("hosts");
    Files.writeString(
        hosts,
        """
        # What a hosts file may have
        192.0.2.1       www.local.example alias.local.example   # and a comment
        2001:db8::1     six.local.example
        0.0.0.0         *.blocked.example
        NS              fine.blocked.example
        192.0.2.7       ad*.pattern.example
        client=127.0.0.2 192.0.2.2 www.local.example
        127.0.0.3:192.0.2.3 www.local.example
        NS 127.0.0.1:%d *.corp.example 10.in-addr.arpa *.10.in-addr.arpa
        NS other        other.example
        192.0.2.9       www.zone.example
        192.0.2.10      printer.home.arpa
        NS              *.zone.example
        """
            .formatted(corp.address().getPort()));
    Path zone = directory.resolve("zone");
    Files.writeString(
        zone,
        """
        $TTL 60
        @ SOA ns root 1 2 3 4 60
        @ A 198.51.100.1
        www A 198.51.100.2
        hidden A 198.51.100.3
        a.b TYPE65280 \\# 4 0a000001
        cut NS ns.elsewhere.example.
        """);
    node =
        TestNode.start(
            """
            upstreams.default.servers = ["127.0.0.1:%d"]
            upstreams.other.servers = ["127.0.0.1:%d"]
            local.hosts = ["%s"]
            zones = [
              { origin = "anteroom.test" }
              { origin = "zone.example", file = "%s" }
              { origin = "168.192.in-addr.arpa", file = "%s" }
            ]
            special-names = on
            identity { version = anteroom }
            rules.query = [
              { match { suffix = ["chosen.corp.example"] }, action { pool = other } }
              { match { suffix = ["16.172.in-addr.arpa"] }, action { pool = other } }
              { match { suffix = ["ruled.cut.168.192.in-addr.arpa"] }, action { pool = other } }
            ]
            """
                .formatted(
                    upstream.address().getPort(), other.address().getPort(), hosts, zone, zone),
            Map.of());
  }

  @AfterAll
  static void stop() {
    node.close();
    upstream.close();
    corp.close();
    other.close();
  }

  @ParameterizedTest
  @CsvSource({
    "www.local.example, A, 192.0.2.1",
    "WWW.Local.Example, A, 192.0.2.1",
    "alias.local.example, A, 192.0.2.1",
    "six.local.example, AAAA, 2001:db8:0:0:0:0:0:1",
    "any.blocked.example, A, 0.0.0.0",
    "deep.any.blocked.example, A, 0.0.0.0",
    "ads.x.pattern.example, A, 192.0.2.7",
    "localhost, A, 127.0.0.1",
    "localhost, AAAA, 0:0:0:0:0:0:0:1",
    "www.anteroom.test, A, 192.0.2.80",
    "www.zone.example, A, 192.0.2.9",
    "printer.home.arpa, A, 192.0.2.10",
  })
  void address_isAnsweredHere(String name, String type, String address) {
    Message answer = ask(name, Type.value(type));
    assertThat(addresses(answer)).containsExactly(address);
    assertNotForwarded(name);
  }

  @ParameterizedTest
  @CsvSource({
    "www.local.example, AAAA",
    "www.local.example, MX",
    "six.local.example, A",
    "any.blocked.example, HTTPS",
    "localhost, TXT",
    "b.168.192.in-addr.arpa, PTR",
  })
  void otherType_isNoData_andDoesNotLeak(String name, String type) {
    Message answer = ask(name, Type.value(type));
    assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(answer.getSection(Section.ANSWER)).isEmpty();
    assertThat(answer.getSection(Section.AUTHORITY)).hasSize(1);
    assertNotForwarded(name);
  }

  @ParameterizedTest
  @CsvSource({
    "1.2.0.192.in-addr.arpa, www.local.example.",
    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa, six.local.example.",
    "1.0.0.127.in-addr.arpa, localhost.",
  })
  void reverse_leadsToTheFirstName(String name, String target) {
    Message answer = ask(name, Type.PTR);
    assertThat(answer.getSection(Section.ANSWER)).hasSize(1);
    assertThat(answer.getSection(Section.ANSWER).get(0).rdataToString()).isEqualTo(target);
  }

  @Test
  void client_hasItsOwnLines() {
    byte[] query = DnsMessages.query(1, "www.local.example", Type.A);
    for (int i = 1; i <= 3; i++) {
      try (var client = new UdpClient("127.0.0." + i, node.address(Transport.UDP))) {
        assertThat(addresses(client.ask(query))).containsExactly("192.0.2." + i);
      }
    }
  }

  @Test
  void ns_server_isAskedInsteadOfTheUpstream() {
    long before = node.count(Counter.LOCAL_ROUTED);
    assertThat(addresses(ask("www.corp.example", Type.A)))
        .containsExactly(Asked.addressOf("www.corp.example").getHostAddress());
    assertThat(corp.queries("www.corp.example")).hasSize(1);
    assertNotForwarded("www.corp.example");
    node.awaitCount(Counter.LOCAL_ROUTED, before + 1);
  }

  @Test
  void ns_reverseZone_isAskedThoughSpecial() {
    ask("4.3.2.10.in-addr.arpa", Type.A);
    assertThat(corp.queries("4.3.2.10.in-addr.arpa")).hasSize(1);
  }

  @Test
  void ns_pool_isAskedInsteadOfTheUpstream() {
    ask("other.example", Type.A);
    assertThat(other.queries("other.example")).hasSize(1);
    assertNotForwarded("other.example");
  }

  @Test
  void ns_poolChosenByARule_wins() {
    ask("a.chosen.corp.example", Type.A);
    assertThat(other.queries("a.chosen.corp.example")).hasSize(1);
    assertThat(corp.queries("a.chosen.corp.example")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"fine.blocked.example", "hidden.zone.example"})
  void ns_alone_exemptsFromAllLocalData(String name) {
    ask(name, Type.A);
    assertThat(upstream.queries(name)).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "www.invalid",
    "a.test",
    "secret.onion",
    "9.9.31.172.in-addr.arpa",
    "1.0.168.192.in-addr.arpa"
  })
  void name_thatDoesNotExistHere_isNotForwarded(String name) {
    Message answer = ask(name, Type.A);
    assertThat(answer.getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(answer.getSection(Section.AUTHORITY)).hasSize(1);
    assertNotForwarded(name);
  }

  @Test
  void specialName_ruleHasChosenAPool_isForwarded() {
    ask("1.2.16.172.in-addr.arpa", Type.A);
    assertThat(other.queries("1.2.16.172.in-addr.arpa")).hasSize(1);
  }

  @Test
  void name_thatAZoneDelegates_isRefused_andNotForwarded() {
    assertThat(ask("1.cut.168.192.in-addr.arpa", Type.A).getRcode()).isEqualTo(Rcode.REFUSED);
    assertThat(ask("cut.168.192.in-addr.arpa", Type.NS).getRcode()).isEqualTo(Rcode.REFUSED);
    assertNotForwarded("1.cut.168.192.in-addr.arpa");
    assertNotForwarded("cut.168.192.in-addr.arpa");
  }

  @Test
  void delegation_askedForDs_isAnsweredByTheZoneAbove() {
    Message answer = ask("cut.168.192.in-addr.arpa", Type.DS);
    assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(answer.getSection(Section.AUTHORITY))
        .singleElement()
        .satisfies(soa -> assertThat(soa.getName()).hasToString("168.192.in-addr.arpa."));
  }

  @Test
  void name_thatAZoneDelegates_goesToThePoolThatARuleHasChosen() {
    ask("a.ruled.cut.168.192.in-addr.arpa", Type.A);
    assertThat(other.queries("a.ruled.cut.168.192.in-addr.arpa")).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "version.bind, TXT, anteroom",
    "VERSION.server, TXT, anteroom",
    "version.bind, A, ",
    "id.server, TXT, REFUSED",
    "hostname.bind, TXT, REFUSED",
    "authors.bind, TXT, REFUSED",
    "version.pdns, TXT, REFUSED",
  })
  void classCh_isAboutThisServer_andNeverForwarded(String name, String type, String said) {
    Message query = new Message(1);
    query.addRecord(
        Record.newRecord(Name.fromConstantString(name + "."), Type.value(type), DClass.CH),
        Section.QUESTION);
    Message answer = ask(query.toWire());
    boolean refused = "REFUSED".equals(said);
    assertThat(answer.getRcode()).isEqualTo(refused ? Rcode.REFUSED : Rcode.NOERROR);
    assertThat(answer.getQuestion().getDClass()).isEqualTo(DClass.CH);
    assertThat(answer.getSection(Section.ANSWER))
        .extracting(Record::rdataToString)
        .isEqualTo(said == null || refused ? List.of() : List.of(said));
    assertNotForwarded(name);
  }

  @Test
  void unknownType_ofAZone_isAnswered() {
    Message answer = ask("a.b.168.192.in-addr.arpa", 65_280);
    assertThat(answer.getSection(Section.ANSWER).get(0).rdataToString())
        .isEqualTo("\\# 4 0A000001");
  }

  @Test
  void counters_tellLocalFromSpecial() {
    long local = node.count(Counter.LOCAL);
    long special = node.count(Counter.SPECIAL_NAMES);
    ask("www.local.example", Type.A);
    ask("www.invalid", Type.A);
    node.awaitCount(Counter.LOCAL, local + 1);
    node.awaitCount(Counter.SPECIAL_NAMES, special + 1);
  }

  private static Message ask(String name, int type) {
    return ask(DnsMessages.ednsQuery(1, name, type, 1232));
  }

  private static Message ask(byte[] query) {
    try (UdpClient client = node.udp()) {
      return client.ask(query);
    }
  }

  private static List<String> addresses(Message answer) {
    return DnsMessages.addresses(answer).stream().map(InetAddress::getHostAddress).toList();
  }

  private static void assertNotForwarded(String name) {
    assertThat(upstream.queries(name)).as("queries sent upstream").isEmpty();
  }
}
