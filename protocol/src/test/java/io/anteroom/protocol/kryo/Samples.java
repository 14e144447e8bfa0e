// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

import io.anteroom.protocol.Attach;
import io.anteroom.protocol.Decision;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.FilterRequests;
import io.anteroom.protocol.Grant;
import io.anteroom.protocol.Holds;
import io.anteroom.protocol.Invalidate;
import io.anteroom.protocol.Invalidated;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ProtocolMessage;
import io.anteroom.protocol.Rejection;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.ResumeResults;
import io.anteroom.protocol.Resumes;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;

/** One of every message, with every kind of field in use. */
final class Samples {
  private static final Holds HOLDS = new Holds(300, Holds.Scope.EVERYONE, true);

  private final ActorRef<ToRouter> router;
  private final ActorRef<ToInstance> instance;

  Samples(ActorTestKit kit) {
    router = kit.<ToRouter>createTestProbe().ref();
    instance = kit.<ToInstance>createTestProbe().ref();
  }

  List<ProtocolMessage> all() {
    return List.of(
        new Attach(65_535, router),
        new Grant(0, instance, 10_000),
        new Grant(65_535, instance, 0),
        new FilterRequests(router, 1L << 40, requests()),
        new FilterRequests(router, 0, List.of()),
        new Resumes(instance, 17, verdicts()),
        new Invalidate(7, instance, Long.MIN_VALUE, "www.example", true),
        new Invalidated(-1),
        new ResumeResults(results()));
  }

  /** One of each message, each as short as it can be with everything in it. */
  List<ProtocolMessage> small() {
    FilterRequest request = Samples.request();
    return List.of(
        new Attach(1, router),
        new Grant(1, instance, 10_000),
        filterRequests(
            request,
            new FilterRequest(
                key(),
                Stage.RESPONSE,
                new InetSocketAddress(address("2001:db8::1"), 5),
                Transport.TCP,
                Map.of("a", "b"),
                new byte[5],
                9)),
        new Resumes(instance, 17, verdicts()),
        new Invalidate(7, instance, 1, "a", true),
        new Invalidated(2),
        new ResumeResults(results()));
  }

  FilterRequests filterRequests(FilterRequest... requests) {
    return new FilterRequests(router, 5, List.of(requests));
  }

  Resumes resumes(Verdict verdict) {
    return new Resumes(instance, 1, List.of(new Resume(key(), verdict)));
  }

  static SuspensionKey key() {
    return new SuspensionKey(7, 81_985_529_216_486_895L);
  }

  static FilterRequest request() {
    return new FilterRequest(
        key(),
        Stage.QUERY,
        new InetSocketAddress(address("192.0.2.1"), 53_000),
        Transport.UDP,
        Map.of(),
        "a query in wire format".getBytes(StandardCharsets.US_ASCII),
        500_000);
  }

  static InetAddress address(String text) {
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  private static List<FilterRequest> requests() {
    List<FilterRequest> requests = new ArrayList<>();
    for (Stage stage : Stage.values()) {
      for (Transport transport : Transport.values()) {
        requests.add(
            new FilterRequest(
                new SuspensionKey(stage.ordinal(), Long.MAX_VALUE - stage.ordinal()),
                stage,
                new InetSocketAddress(address("2001:db8::1"), stage.ordinal()),
                transport,
                Map.of("name", "value", "größe", "\ud83d\ude00"),
                new byte[130 * stage.ordinal()],
                Long.MAX_VALUE));
      }
    }
    requests.add(request());
    requests.add(
        new FilterRequest(
            key(),
            Stage.QUERY,
            new InetSocketAddress(address("192.0.2.1"), 53_000),
            Transport.UDP,
            Map.of(),
            new byte[12],
            1,
            null,
            "i".repeat(FilterRequest.MAX_IDENTITY)));
    return requests;
  }

  private static List<Resume> verdicts() {
    ExtendedError error = new ExtendedError(ExtendedError.BLOCKED, "because");
    return List.of(
        new Resume(key(), Verdict.proceed().withTag("a", "").holdsFor(Duration.ofDays(1))),
        new Resume(
            key(), Verdict.rcode(15).holdsFor(Duration.ofSeconds(1)).forEveryone().withSubtree()),
        new Resume(key(), Verdict.refuse(error).withTag("b", "c")),
        new Resume(
            key(),
            Verdict.of(
                    new Decision.Addresses(
                        List.of(address("192.0.2.7"), address("fe80::1%3")), 86_400))
                .withError(error)
                .withHolds(HOLDS)),
        new Resume(key(), Verdict.answer(new byte[150]).withTag("d", "e").withHolds(HOLDS)),
        new Resume(key(), Verdict.truncate().withTag("f", "g").withHolds(HOLDS)),
        new Resume(key(), Verdict.changeName("other.example").withError(error).withHolds(HOLDS)),
        new Resume(key(), Verdict.toPool("internal").withHolds(HOLDS)),
        new Resume(key(), Verdict.askAgain().withError(error).withHolds(HOLDS)),
        new Resume(key(), Verdict.drop().withHolds(HOLDS)),
        new Resume(
            key(),
            Verdict.result(
                    OperationResult.done(
                        Map.of("rows", List.of(Map.of("uid", "a", "credit", 3L)), "more", false)))
                .withTag("h", "i")));
  }

  private static List<ResumeResult> results() {
    List<ResumeResult> results = new ArrayList<>();
    for (ResumeResult.Status status : ResumeResult.Status.values()) {
      results.add(new ResumeResult(new SuspensionKey(1, status.ordinal()), status));
    }
    for (Rejection why : Rejection.values()) {
      results.add(ResumeResult.rejected(new SuspensionKey(2, why.ordinal()), why));
    }
    return results;
  }
}
