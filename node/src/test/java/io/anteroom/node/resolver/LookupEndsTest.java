// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import static io.anteroom.node.resolver.Lookups.failed;
import static io.anteroom.node.resolver.Lookups.found;
import static io.anteroom.node.resolver.Lookups.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.ScriptedServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Every lookup ends once and gives its slot back, whatever it is given. */
class LookupEndsTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final ScriptedServer server = ScriptedServer.start(Asked::answer);
  @TempDir private Path directory;
  private final Resolver resolver =
      Resolver.builder().servers(server.address()).lookups("b").maxLookups(1).build();

  @AfterEach
  void close() {
    resolver.close();
    server.close();
  }

  private void assertSlotIsBack() {
    assertThat(resolver.activeQueries()).isZero();
    found(resolver.resolve("www.example", Type.A));
  }

  private static Arguments wrong(Function<Resolver, CompletableFuture<?>> lookup, Status status) {
    return Arguments.of(lookup, status);
  }

  static Stream<Arguments> wrongUse() {
    AddressHints hints = AddressHints.DEFAULT;
    Message query = DnsMessages.message(1, "www.example", Type.A);
    return Stream.of(
        wrong(r -> r.resolve(null, Type.A), Status.EBADNAME),
        wrong(r -> r.search((String) null, Type.A), Status.EBADNAME),
        wrong(r -> r.getHostByName(null, AddressFamily.ANY), Status.EBADNAME),
        wrong(r -> r.getAddrInfo(null, hints), Status.EBADNAME),
        wrong(r -> r.search(query, null), Status.EBADNAME),
        wrong(r -> r.getHostByAddr(null), Status.EBADNAME),
        wrong(r -> r.getHostByName("www.example", null), Status.EBADFAMILY),
        wrong(r -> r.getAddrInfo("www.example", AddressHints.of(null)), Status.EBADFAMILY),
        wrong(r -> r.getAddrInfo("www.example", null), Status.EBADHINTS),
        wrong(r -> r.send(null), Status.EBADQUERY),
        wrong(r -> r.send(new Message()), Status.EBADQUERY),
        wrong(r -> r.search(new Message(), "www.example"), Status.EBADQUERY));
  }

  @ParameterizedTest
  @MethodSource("wrongUse")
  void lookup_ofNothing_failsAndGivesItsSlotBack(
      Function<Resolver, CompletableFuture<?>> lookup, Status expected) {
    assertThat(status(lookup.apply(resolver))).isEqualTo(expected);

    assertSlotIsBack();
  }

  @Test
  void lookup_thatThrowsWhileItBegins_failsWithThatAndGivesItsSlotBack() {
    Message broken =
        new Message() {
          @Override
          public byte[] toWire() {
            throw new StackOverflowError("for the test");
          }
        };
    broken.addRecord(DnsMessages.message(1, "www.example", Type.A).getQuestion(), Section.QUESTION);

    assertThat(resolver.send(broken))
        .failsWithin(PATIENCE)
        .withThrowableThat()
        .havingCause()
        .isInstanceOf(StackOverflowError.class);

    assertSlotIsBack();
  }

  @Test
  void lookupsOneByOne_withOneSlot_neverFindItTaken() {
    for (int i = 0; i < 2_000; i++) {
      found(resolver.resolve("www.example", Type.A));
      assertThat(resolver.activeQueries()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "fe80::1%nosuch",
        "[fe80::1%nosuch]",
        "a:b",
        "2001:db8::zz",
        "[::1",
        "[192.0.2.1]",
        "[www.example]",
        "[]",
        "[",
        "::1]",
        "[::1]:80",
        "a..example",
        "\u00fc..example",
        "fa\u00df.example"
      })
  void getAddrInfo_whatCantBeRead_isABadName(String name) {
    assertThat(status(resolver.getAddrInfo(name, AddressHints.DEFAULT))).isEqualTo(Status.EBADNAME);

    assertSlotIsBack();
    assertThat(server.queries(name)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://[::1]:80/", "http://[::1%25lo]/", "http://[::1%251]/"})
  void getAddrInfo_hostOfAnUri_isItsAddress(String uri) {
    String host = URI.create(uri).getHost();

    List<InetAddress> found = found(resolver.getAddrInfo(host, AddressHints.DEFAULT)).addresses();

    assertThat(found).containsExactly(Addresses.literal("::1"));
    assertSlotIsBack();
  }

  @Test
  void lookup_nameInUnicode_isAskedInItsXnForm() throws IOException {
    Path hosts =
        Files.writeString(
            directory.resolve("hosts"), "192.0.2.7 xn--bcher-kva.test\n192.0.2.8 k\u00f6ln.test\n");
    try (Resolver searching =
        Resolver.builder()
            .servers(server.address())
            .hosts(hosts)
            .domains("b\u00fccher.example")
            .build()) {
      found(searching.resolve("B\u00fccher.example", Type.A));
      found(searching.search("www", Type.A));

      assertThat(server.queries("xn--bcher-kva.example")).hasSize(1);
      assertThat(server.queries("www.xn--bcher-kva.example")).hasSize(1);
      assertThat(found(searching.getHostByName("b\u00fccher.test", AddressFamily.ANY)).addresses())
          .containsExactly(Addresses.literal("192.0.2.7"));
      assertThat(found(searching.getHostByName("K\u00f6ln.test", AddressFamily.ANY)).addresses())
          .containsExactly(Addresses.literal("192.0.2.8"));
    }
  }

  @Test
  void exception_namesWhatWasAsked() {
    server.script(query -> query.rcode(3));
    Resolver searching =
        Resolver.builder()
            .servers(server.address())
            .domains("corp.example")
            .lookups("b")
            .maxLookups(1)
            .build();
    try (searching) {
      assertThat(failed(searching.search("www", Type.A))).hasMessageStartingWith("www: ");
      assertThat(failed(searching.getHostByName("b\u00fccher", AddressFamily.IPV4)))
          .hasMessageStartingWith("b\u00fccher: ");
      assertThat(failed(searching.getHostByAddr(Addresses.literal("2001:db8::1"))))
          .hasMessageStartingWith("2001:db8::1: ");

      server.script(query -> {});
      CompletableFuture<Message> held = searching.resolve("held.example", Type.A);
      await().until(() -> !server.queries("held.example").isEmpty());
      assertThat(failed(searching.resolve("more.example", Type.A)))
          .hasMessageStartingWith("more.example.: ");
      searching.cancelAll();
      assertThat(failed(held)).hasMessageStartingWith("held.example.: ");
    }
    assertThat(failed(searching.getAddrInfo("late.example", AddressHints.DEFAULT)))
        .hasMessageStartingWith("late.example: ");
  }

  @Test
  void exception_aboutAVeryLongName_isShort() {
    assertThat(failed(resolver.resolve("a".repeat(1 << 20), Type.A)).getMessage())
        .hasSizeLessThan(2_000);
  }
}
