// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import static io.anteroom.node.resolver.Lookups.found;
import static io.anteroom.node.resolver.Lookups.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.ScriptedServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Type;

/** A resolver follows its resolv.conf, but for what was set otherwise. */
class ResolvConfChangesTest {
  private final ScriptedServer first = ScriptedServer.start(Asked::answer);
  private final ScriptedServer second = ScriptedServer.start(Asked::answer);
  private final List<Resolver> resolvers = new ArrayList<>();
  private long written;
  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("resolv.conf");
    write(nameserver(first));
  }

  @AfterEach
  void close() {
    resolvers.forEach(Resolver::close);
    first.close();
    second.close();
  }

  private static String nameserver(ScriptedServer server) {
    return "nameserver 127.0.0.1:" + server.address().getPort() + "\n";
  }

  /** Two writes within one tick of the file system's clock have different times, too. */
  private void write(String text) {
    try {
      Files.writeString(file, text);
      Files.setLastModifiedTime(file, FileTime.fromMillis(++written));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ResolverBuilder following() {
    return Resolver.builder()
        .resolvConf(file, Map.of())
        .hosts(directory.resolve("hosts"))
        .qcacheMaxTtl(Duration.ZERO);
  }

  private Resolver start(ResolverBuilder builder) {
    Resolver resolver = builder.build();
    resolvers.add(resolver);
    return resolver;
  }

  @Test
  void servers_changedInTheFile_areAskedFromNowOn() {
    Resolver resolver = start(following());
    found(resolver.resolve("a.example", Type.A));

    write(nameserver(second));
    found(resolver.resolve("b.example", Type.A));

    assertThat(resolver.getServers()).containsExactly(ServerSettings.of(second.address()));
    assertThat(first.queries()).hasSize(1);
    assertThat(second.queries("b.example")).hasSize(1);
  }

  @Test
  void everyLookup_looksAtTheFile() {
    Resolver resolver = start(following());
    List<Runnable> lookups =
        List.of(
            () -> found(resolver.search("c.example", Type.A)),
            () -> found(resolver.send(DnsMessages.message(1, "c.example", Type.A))),
            () -> found(resolver.getHostByName("c.example", AddressFamily.IPV4)),
            () -> status(resolver.getHostByAddr(first.address().getAddress())));
    ScriptedServer now = first;
    for (Runnable lookup : lookups) {
      now = now == first ? second : first;
      int before = now.queries().size();
      write(nameserver(now));
      lookup.run();
      assertThat(now.queries()).hasSizeGreaterThan(before);
    }
  }

  @Test
  void domainsAndOptions_changedInTheFile_hold() {
    Resolver resolver = start(following());
    found(resolver.search("www", Type.A));

    write(nameserver(first) + "search corp.example\noptions use-vc\n");
    found(resolver.search("www", Type.A));

    assertThat(first.queries("www").get(0).tcp()).isFalse();
    assertThat(first.queries("www.corp.example")).hasSize(1).allMatch(Asked::tcp);
  }

  @Test
  void whatWasSetAfterTheFile_stands() {
    Resolver resolver = start(following().servers(first.address()).domains("set.example"));

    write(nameserver(second) + "search file.example\n");
    found(resolver.search("www", Type.A));

    assertThat(first.queries("www.set.example")).hasSize(1);
    assertThat(second.queries()).isEmpty();
  }

  @Test
  void whatWasSetBeforeTheFile_isOverruledByIt() {
    ResolverBuilder builder = Resolver.builder().domains("set.example").resolvConf(file, Map.of());
    Resolver resolver = start(builder);

    write(nameserver(second) + "search file.example\n");
    found(resolver.search("www", Type.A));

    assertThat(second.queries("www.file.example")).hasSize(1);
  }

  @Test
  void setServers_standWhenTheFileChanges() {
    Resolver resolver = start(following());
    resolver.setServers("127.0.0.1:" + second.address().getPort());

    write(nameserver(first) + "search corp.example\n");
    found(resolver.search("www", Type.A));

    assertThat(second.queries("www.corp.example")).hasSize(1);
    assertThat(first.queries()).isEmpty();
  }

  @Test
  void file_emptyOrGone_changesNothing() throws IOException {
    write(nameserver(first) + "search corp.example\n");
    Resolver resolver = start(following());

    write("");
    found(resolver.search("a", Type.A));
    Files.delete(file);
    found(resolver.search("b", Type.A));
    write("search other.example\n");
    found(resolver.search("c", Type.A));

    assertThat(first.queries("a.corp.example")).hasSize(1);
    assertThat(first.queries("b.corp.example")).hasSize(1);
    assertThat(first.queries("c.other.example")).hasSize(1);
  }

  @Test
  void lookupInFlight_optionsChangeTwice_endsWhereItIs() {
    List<Asked> held = new CopyOnWriteArrayList<>();
    first.script(held::add);
    Resolver resolver = start(following());
    var lookup = resolver.resolve("held.example", Type.A);
    await().until(() -> held.size() == 1);

    write(nameserver(second) + "options use-vc\n");
    found(resolver.resolve("b.example", Type.A));
    write(nameserver(second));
    found(resolver.resolve("c.example", Type.A));
    held.get(0).answer();

    assertThat(DnsMessages.addresses(found(lookup)))
        .containsExactly(Asked.addressOf("held.example"));
    assertThat(first.queries()).hasSize(1);
  }

  @Test
  void lookupInFlight_timesOutAtTheOldServer_isNotAskedAgain() {
    first.script(query -> {});
    Resolver resolver = start(following().timeout(Duration.ofMillis(300)).tries(1));
    var lookup = resolver.resolve("held.example", Type.A);
    await().until(() -> !first.queries().isEmpty());

    write(nameserver(second) + "options use-vc\n");
    resolver.reinit();

    assertThat(status(lookup)).isEqualTo(Status.ETIMEOUT);
    assertThat(second.queries("held.example")).isEmpty();
  }

  @Test
  void reinit_readsTheFileAgain() {
    Resolver resolver = start(following());
    write(nameserver(second));

    resolver.reinit();
    found(resolver.resolve("a.example", Type.A));

    assertThat(second.queries("a.example")).hasSize(1);
    resolver.close();
    assertThatThrownBy(resolver::reinit).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void reinit_withoutAFile_changesNothing() {
    Resolver resolver = start(Resolver.builder().servers(first.address()));

    resolver.reinit();
    found(resolver.resolve("a.example", Type.A));

    assertThat(first.queries("a.example")).hasSize(1);
  }
}
