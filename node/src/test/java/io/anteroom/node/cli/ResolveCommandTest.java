// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TlsIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class ResolveCommandTest {
  private final ScriptedServer server = ScriptedServer.start(Asked::answer);
  private final Terminal terminal = new Terminal();
  @TempDir private Path directory;

  @AfterEach
  void close() {
    server.close();
    assertThat(terminal.out() + terminal.err()).doesNotContain("\tat ").doesNotContain("Exception");
  }

  private int resolve(String... words) {
    List<String> all = new ArrayList<>(List.of("resolve", "@127.0.0.1", "-p"));
    all.add(Integer.toString(server.address().getPort()));
    all.addAll(List.of(words));
    return terminal.run(new FakeStarter(), all.toArray(String[]::new));
  }

  private static String address(String name) {
    return Asked.addressOf(name).getHostAddress();
  }

  private List<String> asked() {
    return server.queries().stream()
        .map(query -> query.name().toLowerCase(Locale.ROOT) + " " + Type.string(query.type()))
        .toList();
  }

  @Test
  void answer_isShownAsDigShowsIt() {
    assertThat(resolve("www.example")).isZero();

    assertThat(terminal.out().lines())
        .contains(
            "; <<>> anteroom resolve <<>> www.example A",
            ";; Got answer:",
            ";; flags: qr rd ra; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0",
            ";; QUESTION SECTION:",
            ";www.example.\t\t\tIN\tA",
            ";; ANSWER SECTION:",
            "www.example.\t\t60\tIN\tA\t" + address("www.example"),
            ";; SERVER: 127.0.0.1#%d(127.0.0.1) (UDP)".formatted(server.address().getPort()),
            ";; MSG SIZE  rcvd: 45")
        .anyMatch(line -> line.matches(";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: \\d+"))
        .anyMatch(line -> line.matches(";; Query time: \\d+ msec"))
        .anyMatch(line -> line.startsWith(";; WHEN: "));
    assertThat(terminal.err()).isEmpty();
  }

  @Test
  void ipv6Address_isShownShort() {
    server.script(
        query -> {
          byte[] ipv4 = query.answerBytes();
          byte[] ipv6 = Arrays.copyOf(ipv4, ipv4.length + 12);
          ipv6[ipv4.length - 13] = Type.AAAA;
          ipv6[ipv4.length - 5] = 16;
          Arrays.fill(ipv6, ipv4.length - 4, ipv6.length - 1, (byte) 0);
          ipv6[ipv6.length - 1] = 1;
          query.send(ipv6);
        });

    assertThat(resolve("www.example", "AAAA", "+short")).isZero();

    assertThat(terminal.out()).isEqualTo("::1\n");
  }

  @Test
  void nameInUnicode_isAskedInItsXnForm() {
    assertThat(resolve("b\u00fccher.example", "+short")).isZero();

    assertThat(asked()).containsExactly("xn--bcher-kva.example. A");
    assertThat(resolve("fa\u00df.example")).isEqualTo(2);
    assertThat(terminal.err()).contains("can be read as two names");
  }

  /** As dig 9.18 prints this very record. */
  @Test
  void text_isShownInQuotes() {
    byte[] data = "\5plain\3a;b\2\"\\\0\2\u00c3\n".getBytes(StandardCharsets.ISO_8859_1);
    server.script(
        query -> {
          byte[] answer = Arrays.copyOf(query.answerBytes(), query.answerBytes().length - 4);
          answer[answer.length - 9] = Type.TXT;
          answer[answer.length - 1] = (byte) data.length;
          byte[] all = Arrays.copyOf(answer, answer.length + data.length);
          System.arraycopy(data, 0, all, answer.length, data.length);
          query.send(all);
        });
    String shown = "\"plain\" \"a;b\" \"\\\"\\\\\" \"\" \"\\195\\010\"";

    assertThat(resolve("www.example", "TXT", "+short")).isZero();
    assertThat(resolve("www.example", "TXT", "+noall", "+answer")).isZero();

    assertThat(terminal.out()).isEqualTo(shown + "\nwww.example.\t\t60\tIN\tTXT\t" + shown + "\n");
  }

  @Test
  void shortFlag_onlyTheData() {
    assertThat(resolve("www.example", "+short")).isZero();

    assertThat(terminal.out()).isEqualTo(address("www.example") + "\n");
  }

  @Test
  void noallAnswer_onlyTheRecords() {
    assertThat(resolve("a.long.name.for.the.columns.example", "+noall", "+answer")).isZero();

    assertThat(terminal.out())
        .isEqualTo(
            "a.long.name.for.the.columns.example. 60 IN A\t"
                + address("a.long.name.for.the.columns.example")
                + "\n");
  }

  @Test
  void severalNames_areAskedAtOnceAndShownInTheirOrder() {
    List<Asked> held = new CopyOnWriteArrayList<>();
    server.script(
        query -> {
          held.add(query);
          if (held.size() == 3) {
            held.get(2).answer();
            held.get(1).answer();
            held.get(0).answer();
          }
        });

    assertThat(resolve("a.example", "b.example", "c.example", "+short")).isZero();

    assertThat(terminal.out().lines())
        .containsExactly(address("a.example"), address("b.example"), address("c.example"));
  }

  @Test
  void types_belongToTheNameBeforeThem() {
    resolve("a.example", "MX", "b.example", "TYPE65", "c.example", "+short");

    assertThat(asked())
        .containsExactlyInAnyOrder("a.example. MX", "b.example. HTTPS", "c.example. A");
  }

  @Test
  void type_beforeTheFirstName_holdsForAll() {
    resolve("-t", "txt", "a.example", "b.example", "+short");

    assertThat(asked()).containsExactlyInAnyOrder("a.example. TXT", "b.example. TXT");
  }

  @Test
  void noName_asksForTheRoot() {
    resolve("+short");

    assertThat(asked()).containsExactly(" NS");
  }

  @Test
  void address_asksForItsName() {
    resolve("-x", "192.0.2.1", "-x", "2001:db8::1", "+short");

    assertThat(asked())
        .hasSize(2)
        .contains("1.2.0.192.in-addr.arpa. PTR")
        .anyMatch(name -> name.endsWith(".8.b.d.0.1.0.0.2.ip6.arpa. PTR"));
  }

  @ParameterizedTest
  @CsvSource({"2, SERVFAIL", "3, NXDOMAIN", "5, REFUSED"})
  void answerWithoutRecords_isAnAnswerAllTheSame(int rcode, String status) {
    server.script(query -> query.rcode(rcode));

    assertThat(resolve("www.example")).isZero();

    assertThat(terminal.out()).contains("status: " + status + ",").doesNotContain("ANSWER SECTION");
  }

  @Test
  void extendedError_isShownWithoutControlCharacters() {
    server.script(
        query -> {
          try {
            Message answer = new Message(query.bytes());
            answer.getHeader().setFlag(Flags.QR);
            answer.getHeader().setRcode(Rcode.REFUSED);
            answer.removeAllRecords(Section.ADDITIONAL);
            answer.addRecord(
                new OPTRecord(1232, 0, 0, 0, new ExtendedErrorCodeOption(15, "on \u001b[1m list")),
                Section.ADDITIONAL);
            query.send(answer.toWire());
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });

    resolve("www.example");

    assertThat(terminal.out().lines())
        .contains(
            ";; OPT PSEUDOSECTION:",
            "; EDNS: version: 0, flags:; udp: 1232",
            "; EDE: 15 (Blocked): (on ?[1m list)");
  }

  @Test
  void flags_areWhatTheServerIsAsked() {
    resolve("www.example", "+norecurse", "+dnssec", "+cd", "+short");

    Message query = DnsMessages.parse(server.queries().get(0).bytes());
    assertThat(query.getHeader().getFlag(Flags.RD)).isFalse();
    assertThat(query.getHeader().getFlag(Flags.CD)).isTrue();
    assertThat(query.getHeader().getFlag(Flags.AD)).isTrue();
    assertThat(query.getOPT().getFlags()).isNotZero();
  }

  @Test
  void noAdFlag_serverIsNotAskedWhetherItHasValidated() {
    resolve("www.example", "+noadflag", "+short");

    Message query = DnsMessages.parse(server.queries().get(0).bytes());
    assertThat(query.getHeader().getFlag(Flags.AD)).isFalse();
  }

  @Test
  void tcp_asksOverTcpOnly() {
    assertThat(resolve("www.example", "+tcp")).isZero();

    assertThat(terminal.out()).contains("(127.0.0.1) (TCP)");
    assertThat(server.queries()).hasSize(1).allMatch(Asked::tcp);
  }

  @Test
  void truncatedAnswer_isAskedForOverTcpUnlessIgnored() {
    server.script(
        query -> {
          if (query.tcp()) {
            query.answer();
          } else {
            query.truncated();
          }
        });

    assertThat(resolve("www.example", "+short")).isZero();
    assertThat(terminal.out()).isEqualTo(address("www.example") + "\n");

    assertThat(resolve("www.example", "+ignore")).isZero();
    assertThat(terminal.out()).contains(";; flags: qr tc rd ra;", "(127.0.0.1) (UDP)");
  }

  @Test
  void noedns_sendsNoOpt() {
    resolve("a.example", "+noedns", "+short");
    resolve("b.example", "+short");

    assertThat(server.queries("a.example")).noneMatch(Asked::hasEdns);
    assertThat(server.queries("b.example")).allMatch(Asked::hasEdns);
  }

  @Test
  void search_usesTheDomain() {
    server.script(
        query -> {
          if (query.name().equalsIgnoreCase("www.corp.example.")) {
            query.answer();
          } else {
            query.rcode(3);
          }
        });

    assertThat(resolve("www", "+domain=corp.example", "+ndots=1", "+short")).isZero();

    assertThat(terminal.out()).isEqualTo(address("www.corp.example") + "\n");
    assertThat(asked()).containsExactly("www.corp.example. A");
  }

  @Test
  void noReply_isSaidInOneLine() {
    int port = ScriptedServer.nobody().getPort();

    int code =
        terminal.run(
            new FakeStarter(), "resolve", "@127.0.0.1", "-p", "" + port, "www.example", "+time=1");

    assertThat(code).isEqualTo(9);
    assertThat(terminal.err())
        .isEqualTo("anteroom: no reply for www.example A: no server could be reached\n");
    assertThat(terminal.out()).isEmpty();
  }

  @Test
  void silentServer_isGivenUp() {
    server.script(query -> {});

    assertThat(resolve("www.example", "+time=1", "+tries=1")).isEqualTo(9);

    assertThat(terminal.err()).contains("no server answered in time");
  }

  @ParameterizedTest
  @CsvSource({
    "+shrot, unknown flag",
    "+time=0, +time= must be 1 to 300",
    "+tries=x, +tries= must be 1 to 10",
    "+short=yes, takes no value",
    "a..example, no domain name",
    "AXFR, zone transfers",
    "OPT, nobody can be asked",
    "-tNOTYPE, no type of record",
    "-cNOCLASS, no class",
    "-xexample, no IP address",
    "--nosuch, --nosuch"
  })
  void wrongUse_isSaidInOneLine(String word, String message) {
    assertThat(resolve("www.example", word)).isEqualTo(2);

    assertThat(terminal.err()).startsWith("anteroom: ").contains(message);
    assertThat(server.queries()).isEmpty();
  }

  @Test
  void wrongPort_isSaid() {
    FakeStarter starter = new FakeStarter();

    assertThat(terminal.run(starter, "resolve", "@127.0.0.1", "-p", "0", "a.example")).isEqualTo(2);
    assertThat(terminal.err()).contains("the port must be 1 to 65535, not 0");
    assertThat(terminal.run(starter, "resolve", "@127.0.0.1", "-p", "many", "a.example"))
        .isEqualTo(2);
  }

  @Test
  void families_thatLeaveNoServer_areSaid() {
    assertThat(resolve("www.example", "-6")).isEqualTo(2);
    assertThat(resolve("www.example", "-4", "-6")).isEqualTo(2);
    assertThat(resolve("www.example", "-4", "+short")).isZero();
  }

  @Test
  void config_itsPoolIsAsked() throws IOException {
    InetAddress host = server.address().getAddress();
    Path file =
        Files.writeString(
            directory.resolve("node.conf"),
            """
            anteroom {
              upstreams.default.servers = ["192.0.2.1"]
              upstreams.internal.servers = ["%s:%d"]
            }
            """
                .formatted(host.getHostAddress(), server.address().getPort()));

    int code =
        terminal.run(
            new FakeStarter(),
            "resolve",
            "--config",
            file.toString(),
            "--pool",
            "internal",
            "www.example",
            "+short");

    assertThat(terminal.err()).isEmpty();
    assertThat(code).isZero();
    assertThat(terminal.out()).isEqualTo(address("www.example") + "\n");
  }

  @Test
  void config_caOfAServer_isBesideTheFile() throws IOException {
    TlsIdentity identity = TlsIdentity.make(directory, "dns:dns.example");
    identity.writeCertificate(directory.resolve("ca.pem"));
    try (ScriptedServer overTls = ScriptedServer.start(Asked::answer, identity.serverSockets())) {
      String server = "dns+tls://127.0.0.1:" + overTls.address().getPort();
      Path file = directory.resolve("node.conf");
      for (String ca : List.of("ca.pem", "nosuch.pem")) {
        String uri = server + "?hostname=dns.example&ca=" + ca;
        Files.writeString(file, "anteroom.upstreams.default.servers = [\"" + uri + "\"]\n");
        int code =
            terminal.run(
                new FakeStarter(), "resolve", "--config", file.toString(), "a.example", "+short");
        assertThat(code).isEqualTo(ca.equals("ca.pem") ? 0 : 1);
      }
    }
    assertThat(terminal.out()).isEqualTo(address("a.example") + "\n");
    assertThat(terminal.err()).contains("node.conf:1").contains("nosuch.pem");
  }

  @Test
  void config_brokenOrWithoutThePool_isSaid() throws IOException {
    Path file = Files.writeString(directory.resolve("node.conf"), "anteroom { upstream = 1 }\n");
    assertThat(terminal.run(new FakeStarter(), "resolve", "--config", file.toString(), "a.example"))
        .isEqualTo(1);
    assertThat(terminal.err()).contains("node.conf:1");

    Files.writeString(file, "anteroom {}\n");
    assertThat(
            terminal.run(
                new FakeStarter(),
                "resolve",
                "--config",
                file.toString(),
                "--pool",
                "no",
                "a.example"))
        .isEqualTo(2);
    assertThat(terminal.err()).contains("has no pool \"no\"");
  }
}
