// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.wire.WireQuery;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Lookups in hosts files. BlackHoleJ's faults in these matters have a test each. */
final class HostsTableTest {
  private static final int TTL = 60;

  @TempDir private Path directory;

  @Test
  void addresses_ofALine_areAnsweredByType() throws IOException {
    HostsTable hosts = hosts("192.0.2.1 www.example", "2001:db8::1 www.example");
    assertThat(addresses(hosts, "www.example", Type.A)).containsExactly("192.0.2.1");
    assertThat(addresses(hosts, "www.example", Type.AAAA)).containsExactly("2001:db8:0:0:0:0:0:1");
    Message answer = answer(hosts, "www.example", Type.A);
    Record record = answer.getSection(Section.ANSWER).get(0);
    assertThat(record.getName()).hasToString("www.example.");
    assertThat(record.getTTL()).isEqualTo(TTL);
    assertThat(answer.getHeader().getFlag(Flags.AA)).isTrue();
    assertThat(answer.getOPT()).isNotNull();
  }

  @Test
  void addresses_ofSeveralLines_comeTogether() throws IOException {
    HostsTable hosts =
        hosts(
            "192.0.2.1 a.example b.example",
            "192.0.2.2 a.example b.example",
            "192.0.2.1 a.example",
            "::1 a.example",
            "192.0.2.3 b.example");
    assertThat(addresses(hosts, "a.example", Type.A)).containsExactly("192.0.2.1", "192.0.2.2");
    assertThat(addresses(hosts, "a.example", Type.AAAA)).containsExactly("0:0:0:0:0:0:0:1");
    assertThat(addresses(hosts, "b.example", Type.A))
        .containsExactly("192.0.2.1", "192.0.2.2", "192.0.2.3");
  }

  @Test
  void addresses_unspecified_areAnsweredAsTheyAre() throws IOException {
    HostsTable hosts = hosts("0.0.0.0 blocked.example", ":: blocked.example");
    assertThat(addresses(hosts, "blocked.example", Type.A)).containsExactly("0.0.0.0");
    assertThat(addresses(hosts, "blocked.example", Type.AAAA)).containsExactly("0:0:0:0:0:0:0:0");
  }

  @ParameterizedTest
  @ValueSource(ints = {Type.AAAA, Type.MX, Type.TXT, Type.HTTPS, Type.SOA})
  void otherTypes_areNoData(int type) throws IOException {
    Message answer = answer(hosts("192.0.2.1 www.example"), "www.example", type);
    assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(answer.getSection(Section.ANSWER)).isEmpty();
    SOARecord soa = (SOARecord) answer.getSection(Section.AUTHORITY).get(0);
    assertThat(soa.getName()).hasToString("www.example.");
    assertThat(soa.getTTL()).isEqualTo(TTL);
    assertThat(soa.getMinimum()).isEqualTo(TTL);
  }

  @Test
  void any_isAnsweredWithOneSet() throws IOException {
    HostsTable hosts = hosts("::1 a.example b.example", "192.0.2.1 a.example");
    assertThat(addresses(hosts, "a.example", Type.ANY)).containsExactly("192.0.2.1");
    assertThat(addresses(hosts, "b.example", Type.ANY)).containsExactly("0:0:0:0:0:0:0:1");
  }

  @Test
  void names_withoutCase() throws IOException {
    HostsTable hosts = hosts("192.0.2.1 WWW.Example", "192.0.2.2 *.Wild.example");
    assertThat(addresses(hosts, "wWw.eXample", Type.A)).hasSize(1);
    assertThat(addresses(hosts, "a.wILD.example", Type.A)).hasSize(1);
  }

  @Test
  void unknownName_isNotTheirs() throws IOException {
    HostsTable hosts = hosts("192.0.2.1 www.example", "192.0.2.2 *.wild.example");
    assertThat(find(hosts, "example", Type.A)).isNull();
    assertThat(find(hosts, "a.www.example", Type.A)).isNull();
    assertThat(find(hosts, "wild.example", Type.A)).as("below it only").isNull();
    assertThat(find(hosts(), "www.example", Type.A)).isNull();
  }

  @Test
  void precedence_exactThenLongestWildcardThenOrderOfPatterns() throws IOException {
    HostsTable hosts =
        hosts(
            "192.0.2.1 a*.example",
            "192.0.2.2 *b.example",
            "192.0.2.3 *.w.example",
            "192.0.2.4 *.x.w.example",
            "192.0.2.5 ab.w.example");
    assertThat(addresses(hosts, "ab.example", Type.A)).containsExactly("192.0.2.1");
    assertThat(addresses(hosts, "bb.example", Type.A)).containsExactly("192.0.2.2");
    assertThat(addresses(hosts, "ac.w.example", Type.A)).containsExactly("192.0.2.3");
    assertThat(addresses(hosts, "a.b.x.w.example", Type.A)).containsExactly("192.0.2.4");
    assertThat(addresses(hosts, "ab.w.example", Type.A)).containsExactly("192.0.2.5");
  }

  @Test
  void patterns_asManyAsThereAre_inTheOrderOfTheFile() throws IOException {
    // BlackHoleJ kept them in a hash map, in no order.
    String[] lines =
        IntStream.range(0, 200)
            .mapToObj(i -> "192.0.2." + i + " x*" + i % 7)
            .toArray(String[]::new);
    lines[0] = "203.0.113.1 x*";
    assertThat(addresses(hosts(lines), "xyz1", Type.A)).containsExactly("203.0.113.1");
  }

  @Test
  void asterisk_alone_isEveryName() throws IOException {
    HostsTable hosts = hosts("192.0.2.1 *", "192.0.2.2 *.example");
    assertThat(addresses(hosts, "any.name.there.is", Type.A)).containsExactly("192.0.2.1");
    assertThat(addresses(hosts, "a.example", Type.A)).containsExactly("192.0.2.2");
  }

  @Test
  void reverse_leadsToTheFirstName() throws IOException {
    HostsTable hosts =
        hosts(
            "192.0.2.1 *.wild.example www.example other.example",
            "2001:db8::1 six.example",
            "192.0.2.1 late.example");
    assertThat(pointer(hosts, "1.2.0.192.in-addr.arpa")).isEqualTo("www.example.");
    String reverse = "1" + ".0".repeat(23) + ".8.b.d.0.1.0.0.2.ip6.arpa";
    assertThat(pointer(hosts, reverse)).isEqualTo("six.example.");
    assertThat(answer(hosts, reverse, Type.TXT).getSection(Section.ANSWER)).isEmpty();
    assertThat(find(hosts, "2.2.0.192.in-addr.arpa", Type.PTR)).isNull();
  }

  @Test
  void reverse_ofNobodysAddresses_andOfLinesForSome_isNotTheirs() throws IOException {
    HostsTable hosts =
        hosts(
            "0.0.0.0 blocked.example", ":: blocked.example", "client=10.0.0.1 192.0.2.9 x.example");
    assertThat(find(hosts, "0.0.0.0.in-addr.arpa", Type.PTR)).isNull();
    assertThat(find(hosts, "0" + ".0".repeat(31) + ".ip6.arpa", Type.PTR)).isNull();
    assertThat(find(hosts, "9.2.0.192.in-addr.arpa", Type.PTR, "10.0.0.1")).isNull();
  }

  @Test
  void perClient_ownLineBeforeThoseForAll_ofTheSameName() throws IOException {
    HostsTable hosts =
        hosts(
            "192.0.2.1 www.example",
            "client=10.0.0.0/8 192.0.2.2 www.example",
            "client=10.0.0.0/8 192.0.2.3 www.example",
            "client=10.1.0.0/16,2001:db8::/32 192.0.2.4 www.example",
            "10.9.9.9:192.0.2.5 only.example");
    assertThat(addresses(hosts, "www.example", "127.0.0.1")).containsExactly("192.0.2.1");
    assertThat(addresses(hosts, "www.example", "10.1.0.1"))
        .as("the first that fits")
        .containsExactly("192.0.2.2", "192.0.2.3");
    assertThat(addresses(hosts, "www.example", "2001:db8::9")).containsExactly("192.0.2.4");
    assertThat(addresses(hosts, "only.example", "10.9.9.9")).containsExactly("192.0.2.5");
    assertThat(find(hosts, "only.example", Type.A, "10.9.9.8")).isNull();
  }

  @Test
  void perClient_noneOfThem_goesOnToWhatIsLessExact() throws IOException {
    HostsTable hosts =
        hosts(
            "client=10.0.0.1 192.0.2.1 a.b.example",
            "client=10.0.0.2 192.0.2.2 *.b.example",
            "client=10.0.0.3 192.0.2.3 *.example",
            "client=10.0.0.4 192.0.2.4 a*",
            "192.0.2.5 a.*");
    for (int i = 1; i <= 5; i++) {
      assertThat(addresses(hosts, "a.b.example", "10.0.0." + i)).containsExactly("192.0.2." + i);
    }
  }

  @Test
  void ns_namesAPoolOrExempts() throws IOException {
    HostsTable hosts =
        hosts(
            "NS corp *.corp.example",
            "NS www.blocked.example",
            "0.0.0.0 *.blocked.example",
            "client=10.0.0.1 NS kids *.blocked.example");
    assertThat(find(hosts, "a.corp.example", Type.MX))
        .isEqualTo(new LocalOutcome.Route("pool:corp"));
    assertThat(find(hosts, "www.blocked.example", Type.A)).isEqualTo(LocalOutcome.NONE);
    assertThat(addresses(hosts, "ads.blocked.example", Type.A)).containsExactly("0.0.0.0");
    assertThat(find(hosts, "ads.blocked.example", Type.A, "10.0.0.1"))
        .isEqualTo(new LocalOutcome.Route("pool:kids"));
  }

  @Test
  void ns_andAddressForOneName_theFirstLineDecides() throws IOException {
    HostsTable hosts =
        hosts(
            "NS a.example", "192.0.2.1 a.example b.example", "NS b.example", "192.0.2.2 b.example");
    assertThat(find(hosts, "a.example", Type.A)).isEqualTo(LocalOutcome.NONE);
    assertThat(addresses(hosts, "b.example", Type.A)).containsExactly("192.0.2.1", "192.0.2.2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "192.0.2.1 a..example      | :2: domain name 'a..example' has an empty label",
        "192.0.2.1 straße.example  | :2: \"straße.example\" can be read as two names",
        "192.0.2.1 *..example      | :2: domain name '.example' has an empty label",
        "192.0.2.1 a*..example     | :2: domain name",
        "nonsense                  | :2: no IP address: \"nonsense\"",
        "NS nobody *.example       | :2: no pool nobody",
      })
  void load_badLine_isNamed(String line, String why) {
    assertThatThrownBy(() -> hosts("192.0.2.1 good.example", line))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(directory.resolve("hosts") + why);
  }

  @Test
  void load_badLines_areAllNamed() {
    assertThatThrownBy(() -> hosts("x", "192.0.2.1 a", "y", "z"))
        .isInstanceOfSatisfying(
            WrongFiles.class,
            e ->
                assertThat(e.lines())
                    .satisfiesExactly(
                        x -> assertThat(x).endsWith("hosts:1: no IP address: \"x\""),
                        y -> assertThat(y).endsWith("hosts:3: no IP address: \"y\""),
                        z -> assertThat(z).endsWith("hosts:4: no IP address: \"z\"")));
  }

  @Test
  void load_nameInUnicode_isFoundAsItIsAskedFor() throws IOException {
    HostsTable hosts = hosts("192.0.2.1 bücher.example *.münchen.example");
    assertThat(addresses(hosts, "xn--bcher-kva.example", Type.A)).containsExactly("192.0.2.1");
    assertThat(addresses(hosts, "a.xn--mnchen-3ya.example", Type.A)).containsExactly("192.0.2.1");
  }

  @Test
  void load_nameTooLong_isNamed() {
    String label = "a".repeat(64);
    assertThatThrownBy(() -> hosts("192.0.2.1 " + label + ".example"))
        .hasMessageContaining("hosts:1: domain name '" + label + ".example' has a label of more");
  }

  @Test
  void load_tooMuchForOneName_isRefused() {
    String[] lines =
        IntStream.range(0, 1_001)
            .mapToObj(i -> "10.0." + i / 250 + "." + i % 250 + " a")
            .toArray(String[]::new);
    assertThatThrownBy(() -> hosts(lines))
        .hasMessageEndingWith("hosts:1001: a name has at most 1000 addresses");
    for (int i = 0; i < lines.length; i++) {
      lines[i] = "client=10.0." + i / 250 + "." + i % 250 + " ::1 a";
    }
    assertThatThrownBy(() -> hosts(lines)).hasMessageContaining("hosts:1001: a name has at most");
    for (int i = 0; i < lines.length; i++) {
      lines[i] = "::1 a*" + i;
    }
    assertThatThrownBy(() -> hosts(lines)).hasMessageContaining("hosts:1001: there are more than");
  }

  @Test
  void load_severalFiles_areLikeOne() throws IOException {
    Path first = Files.writeString(directory.resolve("first"), "NS b.example\n192.0.2.1 a.example");
    Path second = Files.writeString(directory.resolve("second"), "192.0.2.2 a.example b.example\n");
    HostsTable hosts = HostsLoader.load(List.of(first, second), TTL, HostsTableTest::pool);
    assertThat(addresses(hosts, "a.example", Type.A)).containsExactly("192.0.2.1", "192.0.2.2");
    assertThat(find(hosts, "b.example", Type.A)).isEqualTo(LocalOutcome.NONE);
    assertThat(hosts.size()).isEqualTo(2);
  }

  @Test
  void load_manyNames_allAreFound() throws IOException {
    int names = 100_000;
    String[] lines =
        IntStream.range(0, names)
            .mapToObj(i -> "10.%d.%d.%d h%d.example".formatted(i >> 16, i >> 8 & 255, i & 255, i))
            .toArray(String[]::new);
    HostsTable hosts = hosts(lines);
    assertThat(hosts.size()).isEqualTo(names);
    for (int i = 0; i < names; i += 997) {
      String address = "10." + (i >> 16) + "." + (i >> 8 & 255) + "." + (i & 255);
      assertThat(addresses(hosts, "h" + i + ".example", Type.A)).containsExactly(address);
      WireName reverse =
          AddressTable.reverseName(NetUtil.createByteArrayFromIpAddressString(address));
      assertThat(pointer(hosts, reverse.toString())).isEqualTo("h" + i + ".example.");
    }
  }

  private HostsTable hosts(String... lines) throws IOException {
    Path file = directory.resolve("hosts");
    Files.writeString(file, String.join("\n", lines), StandardCharsets.UTF_8);
    return HostsLoader.load(List.of(file), TTL, HostsTableTest::pool);
  }

  private static String pool(String target) {
    if (target.equals("nobody")) {
      throw new IllegalArgumentException("no pool nobody");
    }
    return "pool:" + target;
  }

  private static @Nullable LocalOutcome find(HostsTable hosts, String name, int type)
      throws IOException {
    return find(hosts, name, type, "127.0.0.1");
  }

  private static @Nullable LocalOutcome find(HostsTable hosts, String name, int type, String client)
      throws IOException {
    WireQuery query = ZoneTests.query(name.endsWith(".") ? name : name + ".", type);
    return hosts.find(query, NetUtil.createInetAddressFromIpAddressString(client));
  }

  private static Message answer(HostsTable hosts, String name, int type) throws IOException {
    return message(find(hosts, name, type));
  }

  private static Message message(@Nullable LocalOutcome outcome) {
    assertThat(outcome).isInstanceOf(LocalOutcome.Answer.class);
    return DnsMessages.parse(((LocalOutcome.Answer) outcome).message());
  }

  private static List<String> addresses(HostsTable hosts, String name, int type)
      throws IOException {
    return addresses(answer(hosts, name, type));
  }

  private static List<String> addresses(HostsTable hosts, String name, String client)
      throws IOException {
    return addresses(message(find(hosts, name, Type.A, client)));
  }

  private static List<String> addresses(Message answer) {
    return DnsMessages.addresses(answer).stream()
        .map(address -> address.getHostAddress())
        .collect(Collectors.toList());
  }

  private static String pointer(HostsTable hosts, String name) throws IOException {
    return answer(hosts, name, Type.PTR).getSection(Section.ANSWER).get(0).rdataToString();
  }
}
