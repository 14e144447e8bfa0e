// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import static io.anteroom.node.resolver.Lookups.failed;
import static io.anteroom.node.resolver.Lookups.found;
import static io.anteroom.node.resolver.Lookups.status;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.Netmask;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.ScriptedServer;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Type;

/** Names to addresses and back, with search domains, files, sortlist and the query cache. */
class AddressLookupTest {
  private static final ScriptedZone ZONE =
      ScriptedZone.of(
          "www.example. 60 A 192.0.2.1",
          "www.example. 60 A 198.51.100.1",
          "www.example. 60 AAAA 2001:db8::1",
          "v4.example. 60 A 192.0.2.4",
          "alias.example. 60 CNAME middle.example.",
          "middle.example. 60 CNAME www.example.",
          "dangling.example. 60 CNAME nowhere.example.",
          "text.example. 60 TXT only",
          "host.a.example. 60 TXT only",
          "host.b.example. 60 A 192.0.2.7",
          "1.2.0.192.in-addr.arpa. 60 PTR www.example.",
          "1.2.0.192.in-addr.arpa. 60 PTR web.example.");

  private final ScriptedServer server = ScriptedServer.start(ZONE);
  private final List<Resolver> resolvers = new ArrayList<>();
  @TempDir private Path directory;

  @AfterEach
  void close() {
    resolvers.forEach(Resolver::close);
    server.close();
  }

  private ResolverBuilder asking() {
    return Resolver.builder().servers(server.address()).hosts(directory.resolve("hosts"));
  }

  private Resolver start(ResolverBuilder builder) {
    Resolver resolver = builder.build();
    resolvers.add(resolver);
    return resolver;
  }

  private static List<InetAddress> addresses(String... texts) {
    return Stream.of(texts).map(Addresses::literal).toList();
  }

  private List<String> asked() {
    return server.queries().stream()
        .map(query -> query.name().toLowerCase(Locale.ROOT) + " " + Type.string(query.type()))
        .toList();
  }

  @Test
  void getHostByName_families_theirAddresses() {
    Resolver resolver = start(asking());

    assertThat(found(resolver.getHostByName("www.example", AddressFamily.IPV4)))
        .isEqualTo(new HostEntry("www.example", List.of(), addresses("192.0.2.1", "198.51.100.1")));
    assertThat(found(resolver.getHostByName("www.example", AddressFamily.IPV6)).addresses())
        .isEqualTo(addresses("2001:db8::1"));
  }

  @Test
  void getHostByName_alias_itsTargetAndAllNames() {
    HostEntry found = found(start(asking()).getHostByName("alias.example", AddressFamily.IPV4));

    assertThat(found.name()).isEqualTo("www.example");
    assertThat(found.aliases()).containsExactly("alias.example", "middle.example");
    assertThat(found.addresses()).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"text.example", "dangling.example"})
  void getHostByName_nameWithoutAddresses_isAnErrorOfItsOwn(String name) {
    Resolver resolver = start(asking());

    ResolverException failure = failed(resolver.getHostByName(name, AddressFamily.ANY));
    boolean dangling = name.startsWith("dangling");

    // Where the alias leads there is no name, and the server says so.
    assertThat(failure.status()).isEqualTo(dangling ? Status.ENOTFOUND : Status.ENODATA);
  }

  @Test
  void getHostByName_noSuchName_isNotFound() {
    assertThat(status(start(asking()).getHostByName("no.example", AddressFamily.ANY)))
        .isEqualTo(Status.ENOTFOUND);
  }

  @Test
  void getHostByName_otherFamily_isNoData() {
    assertThat(status(start(asking()).getHostByName("v4.example", AddressFamily.IPV6)))
        .isEqualTo(Status.ENODATA);
  }

  @Test
  void getHostByName_literalOrLocalhost_asksNobody() {
    Resolver resolver = start(asking());

    assertThat(found(resolver.getHostByName("192.0.2.9", AddressFamily.ANY)).addresses())
        .isEqualTo(addresses("192.0.2.9"));
    assertThat(found(resolver.getHostByName("2001:db8::9", AddressFamily.IPV6)).addresses())
        .isEqualTo(addresses("2001:db8::9"));
    assertThat(status(resolver.getHostByName("2001:db8::9", AddressFamily.IPV4)))
        .isEqualTo(Status.ENODATA);
    assertThat(found(resolver.getHostByName("x.LocalHost", AddressFamily.IPV4)).addresses())
        .isEqualTo(addresses("127.0.0.1"));
    assertThat(status(resolver.getHostByName("abc.onion", AddressFamily.ANY)))
        .isEqualTo(Status.ENOTFOUND);
    assertThat(server.queries()).isEmpty();
  }

  @Test
  void getAddrInfo_numericHost_refusesNames() {
    AddressHints numeric = new AddressHints(AddressFamily.ANY, true, true);
    Resolver resolver = start(asking());

    assertThat(status(resolver.getAddrInfo("www.example", numeric))).isEqualTo(Status.ENONAME);
    assertThat(found(resolver.getAddrInfo("::1", numeric)).addresses()).isEqualTo(addresses("::1"));
  }

  @Test
  void getAddrInfo_bothFamilies_askedAtOnce() {
    List<Asked> held = new CopyOnWriteArrayList<>();
    server.script(
        query -> {
          held.add(query);
          if (held.size() == 2) {
            held.forEach(ZONE::on);
          }
        });

    AddressInfo found = found(start(asking()).getAddrInfo("www.example", AddressHints.DEFAULT));

    assertThat(found.addresses())
        .containsExactlyInAnyOrderElementsOf(addresses("192.0.2.1", "198.51.100.1", "2001:db8::1"));
    assertThat(found.entries()).allMatch(entry -> entry.ttlSeconds() == 60);
  }

  @Test
  void getAddrInfo_oneFamilyIsSilent_theOtherIsEnough() {
    server.script(
        query -> {
          if (query.type() == Type.A) {
            ZONE.on(query);
          }
        });
    Resolver resolver = start(asking().timeout(Duration.ofMillis(50)).tries(1));

    assertThat(found(resolver.getAddrInfo("v4.example", AddressHints.DEFAULT)).addresses())
        .isEqualTo(addresses("192.0.2.4"));
    // Whether it has addresses nobody knows.
    assertThat(status(resolver.getAddrInfo("text.example", AddressHints.DEFAULT)))
        .isEqualTo(Status.ETIMEOUT);
  }

  @Test
  void getAddrInfo_sortlist_comesFirst() {
    Resolver resolver = start(asking().sortlist(Netmask.parse("198.51.100.0/24")));

    assertThat(found(resolver.getAddrInfo("www.example", AddressHints.DEFAULT)).addresses())
        .startsWith(addresses("198.51.100.1").get(0));
    assertThat(found(resolver.getHostByName("www.example", AddressFamily.IPV4)).addresses())
        .isEqualTo(addresses("198.51.100.1", "192.0.2.1"));
  }

  @Test
  void search_shortName_goesThroughTheDomains() {
    Resolver resolver = start(asking().domains("a.example", "b.example").lookups("b"));

    assertThat(found(resolver.getHostByName("host", AddressFamily.IPV4)).name())
        .isEqualTo("host.b.example");
    assertThat(asked()).containsExactly("host.a.example. A", "host.b.example. A");
  }

  @Test
  void search_nothingFoundButOneNameIsThere_isNoData() {
    Resolver resolver = start(asking().domains("a.example", "c.example"));

    assertThat(status(resolver.search("host", Type.A))).isEqualTo(Status.ENODATA);
    assertThat(asked()).containsExactly("host.a.example. A", "host.c.example. A", "host. A");
  }

  @Test
  void search_refusedSingleLabel_goesOn() {
    server.script(
        query -> {
          if (query.name().equalsIgnoreCase("host.")) {
            query.rcode(5);
          } else {
            ZONE.on(query);
          }
        });
    Resolver resolver = start(asking().ndots(0).domains("b.example"));

    found(resolver.search("host", Type.A));

    assertThat(asked()).containsExactly("host. A", "host.b.example. A");
  }

  @Test
  void search_noSearch_asItIs() {
    Resolver resolver = start(asking().domains("b.example").flags(Set.of(ChannelFlag.NO_SEARCH)));

    assertThat(status(resolver.search("host", Type.A))).isEqualTo(Status.ENOTFOUND);
    assertThat(asked()).containsExactly("host. A");
  }

  @Test
  void search_nameThatIsTooLongWithADomain_isSkipped() {
    // 251 bytes, of 255.
    String name = String.join(".", Collections.nCopies(25, "123456789"));
    Resolver resolver = start(asking().domains("b.example"));

    assertThat(status(resolver.search(name, Type.A))).isEqualTo(Status.ENOTFOUND);

    assertThat(server.queries()).hasSize(1);
  }

  @Test
  void hostAliases_nameWithoutDots_standsForAnother() throws IOException {
    Path aliases = Files.writeString(directory.resolve("aliases"), "web www.example\n");
    ResolverBuilder builder = asking().domains("b.example").hostAliases(aliases);

    assertThat(found(start(builder).getHostByName("WEB", AddressFamily.IPV4)).name())
        .isEqualTo("www.example");
    assertThat(asked()).containsExactly("www.example. A");

    Resolver without = start(builder.flags(Set.of(ChannelFlag.NO_ALIASES)));
    assertThat(status(without.getHostByName("web", AddressFamily.IPV4)))
        .isEqualTo(Status.ENOTFOUND);
  }

  @Test
  void hostsFile_inTheOrderOfLookups() throws IOException {
    Files.writeString(directory.resolve("hosts"), "10.0.0.1 www.example file.example\n");

    Resolver fileFirst = start(asking().lookups("fb"));
    Resolver dnsFirst = start(asking().lookups("bf"));
    Resolver dnsOnly = start(asking().lookups("b"));

    assertThat(found(fileFirst.getHostByName("www.example", AddressFamily.IPV4)).addresses())
        .isEqualTo(addresses("10.0.0.1"));
    assertThat(server.queries()).isEmpty();
    assertThat(found(dnsFirst.getHostByName("www.example", AddressFamily.IPV4)).addresses())
        .isEqualTo(addresses("192.0.2.1", "198.51.100.1"));
    assertThat(found(dnsFirst.getHostByName("file.example", AddressFamily.IPV4)).addresses())
        .isEqualTo(addresses("10.0.0.1"));
    assertThat(status(dnsOnly.getHostByName("file.example", AddressFamily.IPV4)))
        .isEqualTo(Status.ENOTFOUND);
  }

  @Test
  void getHostByAddr_asksForPointersAndTheFile() throws IOException {
    Resolver resolver = start(asking());
    InetAddress known = Addresses.literal("192.0.2.1");
    assertThat(found(resolver.getHostByAddr(known)))
        .isEqualTo(new HostEntry("www.example", List.of("web.example"), List.of(known)));
    assertThat(status(resolver.getHostByAddr(Addresses.literal("192.0.2.99"))))
        .isEqualTo(Status.ENOTFOUND);

    Files.writeString(directory.resolve("hosts"), "192.0.2.1 file.example\n");

    assertThat(found(resolver.getHostByAddr(known)).name()).isEqualTo("file.example");
  }

  @Test
  void queryCache_sameQuestion_askedOnce() {
    Resolver resolver = start(asking());

    found(resolver.resolve("www.example", Type.A));
    found(resolver.resolve("WWW.example", Type.A));
    status(resolver.resolve("no.example", Type.A));
    status(resolver.resolve("no.example", Type.A));

    assertThat(asked()).containsExactly("www.example. A", "no.example. A");
  }

  @Test
  void queryCache_zero_keepsNothing() {
    Resolver resolver = start(asking().qcacheMaxTtl(Duration.ZERO));

    found(resolver.resolve("www.example", Type.A));
    found(resolver.resolve("www.example", Type.A));

    assertThat(server.queries()).hasSize(2);
  }

  @Test
  void queryCache_ttlAboveTheCap_isCut() {
    Resolver resolver = start(asking().qcacheMaxTtl(Duration.ofSeconds(30)));
    found(resolver.resolve("www.example", Type.A));

    assertThat(found(resolver.resolve("www.example", Type.A)).getSection(1))
        .allMatch(record -> record.getTTL() <= 30);
  }

  @Test
  void resolvConf_serversDomainsAndOptions_areUsed() throws IOException {
    Path file =
        Files.writeString(
            directory.resolve("resolv.conf"),
            "nameserver 127.0.0.1:%d\nsearch a.example\noptions ndots:2 no-aaaa\n"
                .formatted(server.address().getPort()));
    Resolver resolver =
        start(
            Resolver.builder()
                .resolvConf(file, Map.of("LOCALDOMAIN", "b.example", "RES_OPTIONS", "ndots:1")));

    assertThat(found(resolver.getAddrInfo("host", AddressHints.DEFAULT)).addresses())
        .isEqualTo(addresses("192.0.2.7"));
    assertThat(asked()).containsExactly("host.b.example. A");
  }
}
