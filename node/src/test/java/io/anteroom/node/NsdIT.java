// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.ednsQuery;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.FreePorts;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;

/** The way of a query with a server that is not ours behind it: NSD. */
final class NsdIT {
  private static final int RECORDS = 100;
  private static final String REFUSED = "refused.nsd.test";

  @TempDir private static @Nullable Path directory;
  private static @Nullable Process nsd;
  private static @Nullable TestNode node;

  private static final TestFilter filter =
      new TestFilter()
          .on("www.nsd.test", Verdict.proceed())
          .on("none.nsd.test", Verdict.proceed())
          .on("large.nsd.test", Verdict.proceed())
          .on(REFUSED, Verdict.refuse(new ExtendedError(ExtendedError.BLOCKED)));

  @BeforeAll
  static void start() throws Exception {
    Optional<Path> program = find("nsd");
    assumeTrue(program.isPresent(), "nsd is not installed");
    int port = FreePorts.inARow(1);
    nsd = startNsd(program.get(), port);
    SimpleResolver direct = new SimpleResolver("127.0.0.1");
    direct.setPort(port);
    Awaitility.await("nsd")
        .ignoreExceptions()
        .until(
            () -> direct.send(DnsMessages.message(1, "www.nsd.test", Type.A)).getRcode(),
            rcode -> rcode == Rcode.NOERROR);
    node =
        TestNode.start(
            """
            cache.max-bytes = 0
            upstreams.default.servers = ["127.0.0.1:%d"]
            filters.judge { async-id = 1, timeout = 20s }
            rules.query = [ { match = all, action { suspend = judge } } ]
            """
                .formatted(port),
            Map.of("judge", filter));
  }

  private static Process startNsd(Path program, int port) throws IOException {
    StringBuilder zone =
        new StringBuilder(
            """
            $ORIGIN nsd.test.
            $TTL 60
            @ SOA ns hostmaster 1 3600 600 86400 60
            @ NS ns
            ns A 192.0.2.53
            www A 192.0.2.80
            www AAAA 2001:db8::80
            refused A 192.0.2.66
            """);
    for (int i = 0; i < RECORDS; i++) {
      zone.append("large A 192.0.2.").append(i).append('\n');
    }
    Files.writeString(directory.resolve("nsd.test.zone"), zone);
    Path config = directory.resolve("nsd.conf");
    Files.writeString(
        config,
        """
        server:
          ip-address: 127.0.0.1
          port: %d
          username: ""
          chroot: ""
          pidfile: ""
          zonesdir: "%s"
          zonelistfile: "%s/zone.list"
          xfrdfile: "%s/xfrd.state"
          xfrdir: "%s"
        remote-control:
          control-enable: no
        zone:
          name: nsd.test
          zonefile: nsd.test.zone
        """
            .formatted(port, directory, directory, directory, directory));
    return new ProcessBuilder(program.toString(), "-d", "-c", config.toString())
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("nsd.log").toFile())
        .start();
  }

  private static Optional<Path> find(String program) {
    String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/usr/local/sbin";
    return Stream.of(path.split(":"))
        .map(folder -> Path.of(folder, program))
        .filter(Files::isExecutable)
        .findFirst();
  }

  @AfterAll
  static void stop() throws InterruptedException {
    if (node != null) {
      node.close();
    }
    if (nsd != null) {
      nsd.destroy();
      assertThat(nsd.waitFor(10, TimeUnit.SECONDS)).as("nsd has ended").isTrue();
    }
  }

  @AfterEach
  void allHasEnded() {
    node.assertAtRest();
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void suspendedQuery_isAnsweredWithWhatNsdSays(Transport transport) throws Exception {
    long resumed = node.count(1, SuspensionCounter.RESUMED);
    try (DnsClient client = node.client(transport)) {
      assertThat(DnsMessages.addresses(client.ask(ednsQuery(1, "wWw.NsD.test", Type.A, 1232))))
          .containsExactly(InetAddress.getByName("192.0.2.80"));
      assertThat(DnsMessages.addresses(client.ask(ednsQuery(2, "www.nsd.test", Type.AAAA, 1232))))
          .containsExactly(InetAddress.getByName("2001:db8::80"));
    }
    assertThat(node.count(1, SuspensionCounter.RESUMED)).isEqualTo(resumed + 2);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void nameThatDoesNotExist_isNxdomainWithTheZonesSoa(Transport transport) {
    try (DnsClient client = node.client(transport)) {
      Message answer = client.ask(ednsQuery(3, "none.nsd.test", Type.A, 1232));

      assertThat(answer.getRcode()).isEqualTo(Rcode.NXDOMAIN);
      assertThat(answer.getSection(Section.AUTHORITY))
          .anyMatch(record -> record.getType() == Type.SOA);
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void answerTooLargeForUdp_isFetchedOverTcp(Transport transport) {
    long truncated = node.count(Counter.UPSTREAM_TRUNCATED);
    try (DnsClient client = node.client(transport)) {
      Message answer = client.ask(ednsQuery(4, "large.nsd.test", Type.A, 1232));

      boolean udp = transport == Transport.UDP;
      assertThat(answer.getHeader().getFlag(Flags.TC)).isEqualTo(udp);
      assertThat(answer.getSection(Section.ANSWER)).hasSize(udp ? 0 : RECORDS);
    }
    assertThat(node.count(Counter.UPSTREAM_TRUNCATED)).isEqualTo(truncated + 1);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void refusedName_doesNotReachNsd(Transport transport) {
    long forwarded = node.count(Counter.FORWARDED);
    try (DnsClient client = node.client(transport)) {
      Message answer = client.ask(ednsQuery(5, REFUSED, Type.A, 1232));

      assertThat(answer.getRcode()).isEqualTo(Rcode.REFUSED);
      assertThat(DnsMessages.errorCode(answer)).isEqualTo(ExtendedError.BLOCKED);
    }
    assertThat(node.count(Counter.FORWARDED)).isEqualTo(forwarded);
  }
}
