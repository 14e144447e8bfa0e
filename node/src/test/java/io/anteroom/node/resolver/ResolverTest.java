// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import static io.anteroom.node.resolver.Lookups.failed;
import static io.anteroom.node.resolver.Lookups.found;
import static io.anteroom.node.resolver.Lookups.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.upstream.AnswerSource;
import io.anteroom.node.upstream.SocketListener;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class ResolverTest {
  private final ScriptedServer server = ScriptedServer.start(Asked::answer);
  private final List<Resolver> resolvers = new ArrayList<>();

  @AfterEach
  void close() {
    resolvers.forEach(Resolver::close);
    server.close();
  }

  private Resolver start(ResolverBuilder builder) {
    Resolver resolver = builder.build();
    resolvers.add(resolver);
    return resolver;
  }

  private ResolverBuilder asking() {
    return Resolver.builder().servers(server.address()).lookups("b");
  }

  private Resolver resolver() {
    return start(asking());
  }

  private static List<InetAddress> addresses(CompletableFuture<Message> lookup) {
    return DnsMessages.addresses(found(lookup));
  }

  @Test
  void resolve_name_itsAddress() {
    assertThat(addresses(resolver().resolve("www.google.example", Type.A)))
        .containsExactly(Asked.addressOf("www.google.example"));
  }

  @Test
  void resolve_answer_hasTheQuestionAsItWasAsked() {
    Message answer = found(resolver().resolve("WwW.Google.example", Type.A));

    assertThat(answer.getQuestion().getName()).hasToString("WwW.Google.example.");
    assertThat(answer.getSection(Section.ANSWER).get(0).getName())
        .hasToString("WwW.Google.example.");
  }

  @Test
  void resolve_threeNames_areAllAskedBeforeOneIsAnswered() {
    List<Asked> held = new CopyOnWriteArrayList<>();
    server.script(
        query -> {
          held.add(query);
          if (held.size() == 3) {
            held.forEach(Asked::answer);
          }
        });
    Resolver resolver = resolver();

    var google = resolver.resolve("www.google.example", Type.A);
    var baidu = resolver.resolve("www.baidu.example", Type.A);
    var apple = resolver.resolve("www.apple.example", Type.A);

    assertThat(addresses(google)).containsExactly(Asked.addressOf("www.google.example"));
    assertThat(addresses(baidu)).containsExactly(Asked.addressOf("www.baidu.example"));
    assertThat(addresses(apple)).containsExactly(Asked.addressOf("www.apple.example"));
  }

  @Test
  void resolve_fiveThousandNames_eachHasItsOwnAddress() {
    // A burst that no buffer of a socket holds: what is lost is sent again, not all at once.
    Resolver resolver =
        start(asking().timeout(Duration.ofSeconds(1)).tries(10).deadline(Duration.ofMinutes(1)));

    var lookups =
        IntStream.range(0, 5_000).mapToObj(i -> resolver.resolve("n" + i + ".example", Type.A));

    var all = lookups.toList();
    for (int i = 0; i < all.size(); i++) {
      assertThat(addresses(all.get(i))).containsExactly(Asked.addressOf("n" + i + ".example"));
    }
    assertThat(resolver.activeQueries()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "0, ENODATA",
    "1, EFORMERR",
    "2, ESERVFAIL",
    "3, ENOTFOUND",
    "4, ENOTIMP",
    "5, EREFUSED",
    "9, EBADRESP"
  })
  void resolve_emptyAnswer_failsWithItsStatusAndServer(int rcode, Status expected) {
    server.script(query -> query.rcode(rcode));

    ResolverException failure = failed(resolver().resolve("www.example", Type.A));

    assertThat(failure.status()).isEqualTo(expected);
    assertThat(failure.server()).contains(server.address());
    assertThat(failure.reply().orElseThrow().message().getRcode()).isEqualTo(rcode);
    assertThat(failure).hasMessageStartingWith("www.example.: ");
  }

  @Test
  void resolve_silentServer_isATimeoutAndCountsIt() {
    server.script(query -> {});

    ResolverException failure =
        failed(start(asking().timeout(Duration.ofMillis(50)).tries(1)).resolve("a.example", 1));

    assertThat(failure.status()).isEqualTo(Status.ETIMEOUT);
    assertThat(failure.timeouts()).isEqualTo(1);
    assertThat(failure.server()).isEmpty();
  }

  @Test
  void resolve_answeredAtTheSecondTry_countsTheTimeout() {
    server.script(
        query -> {
          if (server.queries().size() > 1) {
            query.answer();
          }
        });
    Resolver resolver = start(asking().timeout(Duration.ofMillis(50)));

    Reply reply = found(resolver.send(DnsMessages.message(7, "a.example", Type.A)));

    assertThat(reply.timeouts()).isEqualTo(1);
    assertThat(reply.message().getHeader().getID()).isEqualTo(7);
    assertThat(reply.server()).contains(server.address());
  }

  @Test
  void resolve_nobodyThere_isRefused() {
    Resolver resolver = start(Resolver.builder().servers(ScriptedServer.nobody()));

    assertThat(status(resolver.resolve("www.example", Type.A))).isEqualTo(Status.ECONNREFUSED);
  }

  @Test
  void resolve_noServers_saysSo() {
    assertThat(status(start(Resolver.builder()).resolve("www.example", Type.A)))
        .isEqualTo(Status.ENOSERVER);
  }

  @Test
  void resolve_whatIsNoName_isRefusedHere() {
    Resolver resolver = resolver();

    assertThat(status(resolver.resolve("a..example", Type.A))).isEqualTo(Status.EBADNAME);
    assertThat(status(resolver.resolve("a".repeat(64) + ".example", Type.A)))
        .isEqualTo(Status.EBADNAME);
    assertThat(status(resolver.resolve("example", Type.AXFR))).isEqualTo(Status.EBADQUERY);
    assertThat(status(resolver.resolve("example", -1))).isEqualTo(Status.EBADQUERY);
    assertThat(server.queries()).isEmpty();
  }

  @Test
  void resolve_hiddenService_isNeverSent() {
    Resolver resolver = start(asking().domains("corp.example"));

    assertThat(status(resolver.resolve("Abc.Onion", Type.A))).isEqualTo(Status.ENOTFOUND);
    assertThat(status(resolver.search("abc.onion.", Type.A))).isEqualTo(Status.ENOTFOUND);
    assertThat(status(resolver.send(DnsMessages.message(1, "onion", Type.A))))
        .isEqualTo(Status.ENOTFOUND);
    assertThat(server.queries()).isEmpty();
  }

  @Test
  void resolve_unreadableRecord_isABadResponse() {
    // An SRV record of four bytes.
    server.script(
        query -> {
          byte[] answer = query.answerBytes();
          answer[answer.length - 13] = 33;
          query.send(answer);
        });

    assertThat(status(resolver().resolve("www.example", Type.SRV))).isEqualTo(Status.EBADRESP);
  }

  @Test
  void cancel_lookup_endsItAndNoOther() {
    List<Asked> held = new CopyOnWriteArrayList<>();
    server.script(held::add);
    Resolver resolver = resolver();
    var cancelled = resolver.resolve("a.example", Type.A);
    var other = resolver.resolve("b.example", Type.A);
    await().until(() -> held.size() == 2);

    assertThat(cancelled.cancel(true)).isTrue();
    assertThat(resolver.activeQueries()).isEqualTo(1);
    // Behind the cancelling, which is on its way to the event loop.
    held.forEach(Asked::answer);

    assertThat(addresses(other)).containsExactly(Asked.addressOf("b.example"));
    assertThat(cancelled).isCancelled();
    assertThat(resolver.activeQueries()).isZero();
  }

  @Test
  void cancel_lookupThatNobodyElseWaitsFor_itsAnswerIsLate() {
    List<Asked> held = new CopyOnWriteArrayList<>();
    server.script(held::add);
    Resolver resolver = resolver();
    var cancelled = resolver.resolve("a.example", Type.A);
    await().until(() -> held.size() == 1);

    cancelled.cancel(true);
    // What is asked now comes to the server after the cancelling came to the event loop.
    var other = resolver.resolve("b.example", Type.A);
    await().until(() -> held.size() == 2);
    held.forEach(Asked::answer);

    found(other);
    await().until(() -> resolver.count(Counter.UPSTREAM_LATE) == 1);
  }

  @Test
  void cancelAll_endsAllAndTheResolverGoesOn() {
    server.script(query -> {});
    Resolver resolver = resolver();
    var first = resolver.resolve("a.example", Type.A);
    var second = resolver.resolve("b.example", Type.A);

    resolver.cancelAll();

    assertThat(status(first)).isEqualTo(Status.ECANCELLED);
    assertThat(status(second)).isEqualTo(Status.ECANCELLED);
    server.script(Asked::answer);
    found(resolver.resolve("c.example", Type.A));
  }

  @Test
  void cancelAndClose_withinACallback_everyLookupEndsOnce() {
    List<Asked> held = new CopyOnWriteArrayList<>();
    server.script(held::add);
    Resolver resolver = resolver();
    AtomicInteger ends = new AtomicInteger();
    List<CompletableFuture<Message>> lookups = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      // The same for all: one answer ends them one after the other.
      lookups.add(resolver.resolve("same.example", Type.A));
    }
    for (CompletableFuture<Message> lookup : lookups) {
      lookup.whenComplete(
          (answer, failure) -> {
            ends.incrementAndGet();
            lookups.forEach(other -> other.cancel(true));
            resolver.cancelAll();
            resolver.close();
          });
    }
    await().until(() -> !held.isEmpty());

    held.forEach(Asked::answer);

    await().untilAsserted(() -> assertThat(resolver.activeQueries()).isZero());
    assertThat(lookups).allMatch(CompletableFuture::isDone);
    assertThat(ends).hasValue(20);
  }

  @Test
  void callback_thatAsksAgain_isAnswered() {
    Resolver resolver = resolver();

    var second =
        resolver
            .resolve("a.example", Type.A)
            .thenCompose(answer -> resolver.resolve("b.example", Type.A));

    assertThat(addresses(second)).containsExactly(Asked.addressOf("b.example"));
  }

  @Test
  void close_endsWhatIsInFlightAndWhatComesLater() {
    server.script(query -> {});
    Resolver resolver = resolver();
    var inFlight = resolver.resolve("a.example", Type.A);

    resolver.close();

    assertThat(status(inFlight)).isEqualTo(Status.EDESTRUCTION);
    assertThat(status(resolver.resolve("b.example", Type.A))).isEqualTo(Status.EDESTRUCTION);
  }

  @Test
  void replaceChannel_inFlight_isAskedAgainOnce() {
    List<Asked> held = new CopyOnWriteArrayList<>();
    server.script(held::add);
    Resolver resolver = resolver();
    var lookup = resolver.resolve("a.example", Type.A);
    await().until(() -> held.size() == 1);

    resolver.replaceChannel();
    await().until(() -> held.size() == 2);
    held.get(0).answer();
    held.get(1).answer();

    assertThat(addresses(lookup)).containsExactly(Asked.addressOf("a.example"));
    assertThat(held.get(0).sourcePort()).isNotEqualTo(held.get(1).sourcePort());
  }

  @Test
  void replaceChannel_twice_endsTheLookup() {
    List<Asked> held = new CopyOnWriteArrayList<>();
    server.script(held::add);
    Resolver resolver = resolver();
    var lookup = resolver.resolve("a.example", Type.A);
    await().until(() -> held.size() == 1);
    resolver.replaceChannel();
    await().until(() -> held.size() == 2);

    resolver.replaceChannel();

    assertThat(status(lookup)).isEqualTo(Status.EDESTRUCTION);
    server.script(Asked::answer);
    found(resolver.resolve("b.example", Type.A));
  }

  @Test
  void replaceChannel_afterSetServers_asksTheNewServers() {
    try (ScriptedServer other = ScriptedServer.start(Asked::answer)) {
      Resolver resolver = resolver();
      found(resolver.resolve("a.example", Type.A));

      resolver.setServers("127.0.0.1:" + other.address().getPort());
      resolver.replaceChannel();
      found(resolver.resolve("b.example", Type.A));

      assertThat(server.queries("b.example")).isEmpty();
      assertThat(other.queries("b.example")).hasSize(1);
    }
  }

  @Test
  void setServers_forgetsTheAnswersOfTheOldOnes() {
    try (ScriptedServer other = ScriptedServer.start(query -> query.rcode(3))) {
      Resolver resolver = resolver();
      found(resolver.resolve("a.example", Type.A));

      resolver.setServers("127.0.0.1:" + other.address().getPort());

      assertThat(status(resolver.resolve("a.example", Type.A))).isEqualTo(Status.ENOTFOUND);
      resolver.setServers("");
      assertThat(status(resolver.resolve("a.example", Type.A))).isEqualTo(Status.ENOSERVER);
    }
  }

  @Test
  void maxLookups_reached_moreFailAtOnce() {
    server.script(query -> {});
    Resolver resolver = start(asking().maxLookups(1));
    var first = resolver.resolve("a.example", Type.A);

    assertThat(status(resolver.resolve("b.example", Type.A))).isEqualTo(Status.ESERVICE);

    first.cancel(true);
    server.script(Asked::answer);
    found(resolver.resolve("c.example", Type.A));
  }

  @Test
  void lookup_completedBySomebodyElse_isLetGo() {
    server.script(query -> {});
    Resolver resolver = resolver();
    var lookup = resolver.resolve("a.example", Type.A);

    lookup.completeExceptionally(new CancellationException("enough"));

    assertThat(resolver.activeQueries()).isZero();
  }

  @Test
  void socketListener_hearsOfEachSocketInOrder() {
    List<String> heard = new CopyOnWriteArrayList<>();
    List<Thread> threads = new CopyOnWriteArrayList<>();
    SocketListener listener =
        new SocketListener() {
          @Override
          public void opened(Socket socket) {
            threads.add(Thread.currentThread());
            heard.add(socket.transport() + " opened");
            assertThat(socket.server()).isEqualTo(server.address());
          }

          @Override
          public void wants(Socket socket, boolean read, boolean write) {
            heard.add(socket.transport() + (read ? " read" : "") + (write ? " write" : ""));
          }

          @Override
          public void closed(Socket socket) {
            threads.add(Thread.currentThread());
            heard.add(socket.transport() + " closed");
          }
        };
    server.script(
        query -> {
          if (query.tcp()) {
            query.answer();
          } else {
            query.truncated();
          }
        });
    Resolver resolver = start(asking().socketListener(listener));
    Reply reply = found(resolver.send(DnsMessages.message(1, "a.example", Type.A)));
    assertThat(reply.source().transport()).isEqualTo(AnswerSource.Over.TCP);

    resolver.close();
    await().until(() -> heard.contains("UDP closed") && heard.contains("TCP closed"));

    assertThat(heard.stream().filter(line -> line.startsWith("UDP")))
        .containsExactly("UDP opened", "UDP read", "UDP closed");
    assertThat(heard.stream().filter(line -> line.startsWith("TCP")))
        .startsWith("TCP opened", "TCP write", "TCP read")
        .endsWith("TCP closed");
    assertThat(threads.stream().distinct()).hasSize(1);
  }

  @Test
  void socketListener_thatFails_changesNothing() {
    SocketListener listener =
        new SocketListener() {
          @Override
          public void opened(Socket socket) {
            throw new IllegalStateException("for the test");
          }
        };

    Message answer = found(start(asking().socketListener(listener)).resolve("a.example", Type.A));

    assertThat(answer.getSection(Section.ANSWER)).isNotEmpty();
  }
}
