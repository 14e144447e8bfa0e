// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.anteroom.protocol.Attach;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.FilterRequests;
import io.anteroom.protocol.Grant;
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
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.StreamSupport;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Down;
import org.apache.pekko.cluster.typed.Join;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** A filter in an ActorSystem of its own, and a scripted router in that of a node. */
final class FilterMemberClusterTest {
  private static final int ASYNC_ID = 7;
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Verdict VERDICT =
      Verdict.refuse(new ExtendedError(ExtendedError.BLOCKED, "listed")).withTag("list", "a");

  private final ActorTestKit node =
      ActorTestKit.create(
          FilterKeys.SYSTEM,
          MemberConfig.config("127.0.0.1", 0, FilterKeys.NODE_ROLE, false, null));
  private final TestProbe<ToRouter> router = node.createTestProbe();
  private final TestProbe<Receptionist.Listing> listings = node.createTestProbe();
  private final Cluster cluster = Cluster.get(node.system());

  @BeforeEach
  void form() {
    cluster.manager().tell(Join.create(cluster.selfMember().address()));
    await().atMost(PATIENCE).until(() -> cluster.selfMember().status() == MemberStatus.up());
    node.system()
        .receptionist()
        .tell(Receptionist.subscribe(FilterKeys.instances(ASYNC_ID), listings.ref()));
  }

  @AfterEach
  void stop() {
    node.shutdownTestKit();
  }

  @Test
  void member_whoseClusterDropsIt_comesBackAndDecides() {
    try (FilterMember member = start()) {
      ActorRef<ToInstance> first = instanceOtherThan(Set.of());
      decides(first);
      await().atMost(PATIENCE).until(() -> member.metrics().resumed() == 1);
      ActorSystem<?> before = member.actorSystem();

      cluster.manager().tell(new Down(Cluster.get(before).selfMember().address()));

      decides(instanceOtherThan(Set.of(first)));
      assertThat(member.actorSystem()).isNotSameAs(before);
      await().atMost(PATIENCE).until(() -> member.metrics().resumed() == 2);
    }
  }

  @Test
  void member_closed_leavesTheClusterAtOnce() {
    FilterMember member = start();
    ActorRef<ToInstance> instance = instanceOtherThan(Set.of());
    await().atMost(PATIENCE).until(member::isUp);

    member.close();

    assertThat(member.actorSystem().getWhenTerminated().toCompletableFuture()).isDone();
    router.expectTerminated(instance, PATIENCE);
    await().atMost(PATIENCE).until(() -> filters().isEmpty());
    member.close();
  }

  /** On both sides: that a connection ends is no news when its member leaves as it should. */
  @Test
  void member_closed_warnsOfNothing() {
    FilterMember member = start();
    decides(instanceOtherThan(Set.of()));
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    root.addAppender(lines);

    member.close();
    await().atMost(PATIENCE).until(() -> filters().isEmpty());

    root.detachAppender(lines);
    assertThat(lines.list).isEmpty();
  }

  @Test
  void member_startedBeforeItsSeed_waitsAndCloses() {
    FilterMember member =
        FilterMember.start(FilterMemberSettings.of(ASYNC_ID, "127.0.0.1:1"), request -> null);

    assertThat(member.isUp()).isFalse();
    member.close();
    assertThat(member.actorSystem().getWhenTerminated().toCompletableFuture()).isDone();
  }

  @Test
  void member_offLoopbackWithoutTls_isRefused() {
    FilterMemberSettings settings =
        FilterMemberSettings.of(ASYNC_ID, "127.0.0.1:1").withAddress("0.0.0.0", 0);

    assertThatThrownBy(() -> FilterMember.start(settings, request -> null))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private FilterMember start() {
    String seed = "127.0.0.1:" + cluster.selfMember().address().getPort().orElseThrow();
    return FilterMember.start(
        FilterMemberSettings.of(ASYNC_ID, seed),
        request -> CompletableFuture.supplyAsync(() -> VERDICT));
  }

  private ActorRef<ToInstance> instanceOtherThan(Set<ActorRef<ToInstance>> known) {
    return listings
        .fishForMessage(
            PATIENCE,
            listing ->
                known.containsAll(listing.getServiceInstances(FilterKeys.instances(ASYNC_ID)))
                    ? FishingOutcomes.continueAndIgnore()
                    : FishingOutcomes.complete())
        .get(0)
        .getServiceInstances(FilterKeys.instances(ASYNC_ID))
        .stream()
        .filter(instance -> !known.contains(instance))
        .findFirst()
        .orElseThrow();
  }

  private void decides(ActorRef<ToInstance> instance) {
    SuspensionKey key = new SuspensionKey(ASYNC_ID, 81_985_529_216_486_895L);
    instance.tell(new Attach(ASYNC_ID, router.ref()));
    expect(new Grant(ASYNC_ID, instance, FilterInstance.DEFAULT_CREDITS));
    instance.tell(new FilterRequests(router.ref(), 0, List.of(request(key))));
    expect(new Resumes(instance, 1, List.of(new Resume(key, VERDICT))));
    instance.tell(new ResumeResults(List.of(new ResumeResult(key, ResumeResult.Status.RESUMED))));
  }

  /** Between, a verdict may come again whose result was slow to arrive. */
  private void expect(ToRouter message) {
    router.fishForMessage(
        PATIENCE,
        found -> {
          if (found.equals(message)) {
            return FishingOutcomes.complete();
          }
          return found instanceof Resumes repeated && repeated.credits() == 0
              ? FishingOutcomes.continueAndIgnore()
              : FishingOutcomes.fail("unexpected: " + found);
        });
  }

  private static FilterRequest request(SuspensionKey key) {
    return new FilterRequest(
        key,
        Stage.QUERY,
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 53_000),
        Transport.UDP,
        Map.of(),
        new byte[12],
        30_000_000);
  }

  private List<Member> filters() {
    return StreamSupport.stream(cluster.state().getMembers().spliterator(), false)
        .filter(member -> member.hasRole(FilterKeys.FILTER_ROLE))
        .toList();
  }
}
