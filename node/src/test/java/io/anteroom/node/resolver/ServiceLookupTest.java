// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import static io.anteroom.node.resolver.Lookups.failed;
import static io.anteroom.node.resolver.Lookups.found;
import static io.anteroom.node.resolver.Lookups.status;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.testing.ScriptedServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses with the ports of services, and names for both. */
class ServiceLookupTest {
  private static final ScriptedZone ZONE =
      ScriptedZone.of(
          "www.corp.example. 60 A 192.0.2.1",
          "www.corp.example. 60 AAAA 2001:db8::1",
          "alias.example. 60 CNAME middle.example.",
          "middle.example. 60 CNAME www.corp.example.",
          "1.2.0.192.in-addr.arpa. 60 PTR www.Corp.example.",
          "2.2.0.192.in-addr.arpa. 60 TXT nothing");

  private static final String SERVICES =
      """
      # name  port/protocol  aliases
      https   443/tcp        web secure   # a comment
      https   443/udp
      syslog  514/udp
      shell   514/tcp        cmd
      broken  99999/tcp
      worse   tcp
      later   443/tcp
      """;

  private final ScriptedServer server = ScriptedServer.start(ZONE);
  @TempDir private Path directory;
  private Resolver resolver;

  @BeforeEach
  void start() {
    try {
      Path services = Files.writeString(directory.resolve("services"), SERVICES);
      resolver =
          Resolver.builder()
              .servers(server.address())
              .hosts(directory.resolve("hosts"))
              .services(services)
              .domains("corp.example")
              .build();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterEach
  void close() {
    resolver.close();
    server.close();
  }

  private int port(String service, AddressHints hints) {
    return found(resolver.getAddrInfo("127.0.0.1", service, hints)).port();
  }

  private static InetSocketAddress at(String address, int port) {
    return new InetSocketAddress(Addresses.literal(address), port);
  }

  private NameInfo nameInfo(InetSocketAddress address, NameInfoFlag... flags) {
    return found(resolver.getNameInfo(address, Set.of(flags)));
  }

  @Test
  void getAddrInfo_service_itsPortAndTheCanonicalName() {
    AddressInfo found = found(resolver.getAddrInfo("alias.example", "https", AddressHints.DEFAULT));

    assertThat(found.name()).isEqualTo("www.corp.example");
    assertThat(found.aliases()).containsExactly("alias.example", "middle.example");
    assertThat(found.socketAddresses())
        .containsExactlyInAnyOrder(at("192.0.2.1", 443), at("2001:db8::1", 443));
  }

  @Test
  void getAddrInfo_service_byNameAliasOrDigits() {
    assertThat(port("web", AddressHints.DEFAULT)).isEqualTo(443);
    assertThat(port("8080", AddressHints.DEFAULT)).isEqualTo(8080);
    assertThat(port("shell", AddressHints.DEFAULT)).isEqualTo(514);
    assertThat(port("syslog", AddressHints.DEFAULT.overUdp())).isEqualTo(514);
    assertThat(port(null, AddressHints.DEFAULT)).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"nosuch", "syslog", "broken", "worse", "65536", "-1", "", "HTTPS"})
  void getAddrInfo_noSuchService_failsAndAsksNobody(String service) {
    ResolverException failure =
        failed(resolver.getAddrInfo("www.corp.example", service, AddressHints.DEFAULT));

    assertThat(failure.status()).isEqualTo(Status.ESERVICE);
    assertThat(failure).hasMessageStartingWith("www.corp.example service " + service + ": ");
    assertThat(resolver.activeQueries()).isZero();
    assertThat(server.queries()).isEmpty();
  }

  @Test
  void getAddrInfo_numericService_refusesNames() {
    AddressHints digits = new AddressHints(AddressFamily.ANY, false, true, true, false);

    assertThat(status(resolver.getAddrInfo("127.0.0.1", "https", digits)))
        .isEqualTo(Status.ESERVICE);
    assertThat(port("443", digits)).isEqualTo(443);
  }

  @Test
  void getNameInfo_addressAndPort_theirNames() throws IOException {
    assertThat(nameInfo(at("192.0.2.1", 443))).isEqualTo(new NameInfo("www.Corp.example", "https"));
    assertThat(nameInfo(at("192.0.2.1", 514), NameInfoFlag.DATAGRAM, NameInfoFlag.NO_FQDN))
        .isEqualTo(new NameInfo("www", "syslog"));
    assertThat(nameInfo(at("192.0.2.1", 1), NameInfoFlag.NUMERIC_SERVICE).service()).isEqualTo("1");

    Files.writeString(directory.resolve("hosts"), "192.0.2.9 file.example\n");
    assertThat(nameInfo(at("192.0.2.9", 514))).isEqualTo(new NameInfo("file.example", "shell"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"192.0.2.2", "192.0.2.3"})
  void getNameInfo_noName_digitsUnlessOneIsRequired(String address) {
    assertThat(nameInfo(at(address, 80))).isEqualTo(new NameInfo(address, "80"));

    assertThat(status(resolver.getNameInfo(at(address, 80), Set.of(NameInfoFlag.NAME_REQUIRED))))
        .isIn(Status.ENOTFOUND, Status.ENODATA);
  }

  @Test
  void getNameInfo_nobodyAnswers_isAFailure() {
    server.script(query -> {});
    ResolverBuilder builder = Resolver.builder().servers(server.address()).tries(1);

    try (Resolver impatient = builder.timeout(Duration.ofMillis(50)).build()) {
      assertThat(status(impatient.getNameInfo(at("192.0.2.1", 80), Set.of())))
          .isEqualTo(Status.ETIMEOUT);
    }
  }

  @Test
  void getNameInfo_numeric_asksNobody() {
    NameInfoFlag[] flags = {NameInfoFlag.NUMERIC_HOST, NameInfoFlag.NUMERIC_SERVICE};

    assertThat(nameInfo(at("2001:db8::1", 443), flags))
        .isEqualTo(new NameInfo("2001:db8::1", "443"));
    assertThat(nameInfo(at("fe80::1%1", 443), flags).host()).isEqualTo("fe80::1%1");
    assertThat(server.queries()).isEmpty();
  }

  @Test
  void getNameInfo_wrongUse_failsAndGivesItsSlotBack() {
    InetSocketAddress unresolved = InetSocketAddress.createUnresolved("www.example", 80);
    Set<NameInfoFlag> contradiction = Set.of(NameInfoFlag.NUMERIC_HOST, NameInfoFlag.NAME_REQUIRED);

    assertThat(status(resolver.getNameInfo(null, Set.of()))).isEqualTo(Status.EBADNAME);
    assertThat(status(resolver.getNameInfo(unresolved, Set.of()))).isEqualTo(Status.EBADNAME);
    assertThat(status(resolver.getNameInfo(at("192.0.2.1", 80), null))).isEqualTo(Status.EBADFLAGS);
    assertThat(status(resolver.getNameInfo(at("192.0.2.1", 80), contradiction)))
        .isEqualTo(Status.EBADFLAGS);
    assertThat(resolver.activeQueries()).isZero();
  }
}
