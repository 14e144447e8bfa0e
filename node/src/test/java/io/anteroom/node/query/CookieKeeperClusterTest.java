// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.config.CookieSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.share.Shares;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.wire.ServerCookies.State;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.sdk.MemberConfig;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Type;

/** Members on loopback that accept each other's cookies, by a clock that the test moves. */
class CookieKeeperClusterTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final InetAddress CLIENT = InetAddress.getLoopbackAddress();

  private final TestClock clock = new TestClock();
  private final List<Member> members = new ArrayList<>();

  private static final class TestClock extends Clock {
    private final AtomicReference<Instant> now =
        new AtomicReference<>(Instant.parse("2026-11-28T12:00:00Z"));

    void pass(Duration time) {
      now.updateAndGet(before -> before.plus(time));
    }

    @Override
    public Instant instant() {
      return now.get();
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  /** A node as far as its cookies go. */
  private final class Member {
    private final Counters<Counter> counters = new Counters<>(Counter.class);
    private final CookieJar jar = new CookieJar(CookieSettings.DEFAULT, counters, clock);
    private final ActorSystem<Void> system =
        ActorSystem.create(
            Behaviors.empty(),
            FilterKeys.SYSTEM,
            MemberConfig.config("127.0.0.1", 0, FilterKeys.NODE_ROLE, false, null));

    void join(Member other) {
      Shares shares = Shares.of(system);
      system.systemActorOf(
          CookieKeeper.create(jar, shares, counters, new SecureRandom(), clock),
          "keeper",
          Props.empty());
      Cluster cluster = Cluster.get(system);
      cluster.manager().tell(Join.create(Cluster.get(other.system).selfMember().address()));
    }

    /** The cookie that a client with this one gets. */
    byte[] given(byte[] cookie) {
      byte[] option = jar.answer(query(cookie), CLIENT).option();
      return Arrays.copyOfRange(option, 4, option.length);
    }

    State state(byte[] cookie) {
      return jar.answer(query(cookie), CLIENT).state();
    }
  }

  private static WireQuery query(byte[] cookie) {
    OPTRecord opt = new OPTRecord(1232, 0, 0, 0, List.of(new GenericEDNSOption(10, cookie)));
    return (WireQuery)
        WireQuery.parse(DnsMessages.with(DnsMessages.message(1, "a.test", Type.A), opt));
  }

  private Member start() {
    Member member = new Member();
    members.add(member);
    member.join(members.get(0));
    return member;
  }

  @AfterEach
  void end() {
    members.forEach(member -> ActorTestKit.shutdown(member.system, PATIENCE));
  }

  @Test
  void cookieOfOneNode_isAcceptedByTheOther_alsoAfterTheSecretIsReplaced() {
    Member one = start();
    Member two = start();
    byte[] early = two.given(new byte[8]);
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              byte[] ofTwo = two.given(new byte[8]);
              assertThat(one.given(ofTwo)).isEqualTo(ofTwo);
              assertThat(two.given(one.given(new byte[8]))).isEqualTo(ofTwo);
            });
    assertThat(two.state(early)).as("of its time alone").isEqualTo(State.VALID);

    clock.pass(Duration.ofDays(1).minusMinutes(1));
    byte[] recent = one.given(new byte[8]);
    assertThat(two.given(recent)).isEqualTo(recent);
    clock.pass(Duration.ofMinutes(1));
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              byte[] renewed = one.given(recent);
              assertThat(renewed).isNotEqualTo(recent);
              assertThat(two.given(recent)).isEqualTo(renewed);
            });
    assertThat(one.state(recent)).isEqualTo(State.VALID);
    assertThat(two.state(recent)).isEqualTo(State.VALID);
  }
}
