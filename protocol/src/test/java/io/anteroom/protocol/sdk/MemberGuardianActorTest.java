// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.typesafe.config.ConfigFactory;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.ToInstance;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What a filter's author is told of a member that nobody asks. */
final class MemberGuardianActorTest {
  private static final Duration PAST_A_CHECK = Duration.ofSeconds(11);

  private final ActorTestKit kit =
      ActorTestKit.create(
          FilterKeys.SYSTEM,
          ManualTime.config()
              // It would wait for time to pass.
              .withFallback(
                  ConfigFactory.parseString(
                      "pekko.coordinated-shutdown.run-by-actor-system-terminate = off"))
              .withFallback(
                  MemberConfig.config("127.0.0.1", 0, FilterKeys.FILTER_ROLE, false, null)));
  private final ManualTime manual = ManualTime.get(kit.system());
  private final Cluster cluster = Cluster.get(kit.system());
  private final FilterMetrics metrics = new FilterMetrics();
  private final Logger logger = (Logger) LoggerFactory.getLogger(FilterMember.class);
  private final Lines lines = new Lines();

  private static final class Lines extends AppenderBase<ILoggingEvent> {
    private final BlockingQueue<String> all = new LinkedBlockingQueue<>();

    @Override
    protected void append(ILoggingEvent event) {
      all.add(event.getLevel() + " " + event.getFormattedMessage());
    }

    private String next() throws InterruptedException {
      return all.take();
    }
  }

  @BeforeEach
  void listen() {
    lines.start();
    logger.setLevel(Level.INFO);
    logger.addAppender(lines);
  }

  @AfterEach
  void stop() {
    logger.detachAppender(lines);
    logger.setLevel(null);
    kit.shutdownTestKit();
  }

  @Test
  void member_thatNobodyAsks_saysWhy_onceEach() throws Exception {
    guardian();

    manual.timePasses(PAST_A_CHECK.multipliedBy(3));
    assertThat(lines.next())
        .startsWith("WARN filter 7 is in no cluster yet: none of the nodes [localhost:17355]")
        .contains("localhost is not 127.0.0.1");

    cluster.manager().tell(Join.create(cluster.selfMember().address()));
    await().until(() -> isUpAfter(Duration.ofSeconds(1)));
    manual.timePasses(PAST_A_CHECK.multipliedBy(3));
    assertThat(lines.next())
        .startsWith("WARN filter 7 is in the cluster, but no node asks it")
        .endsWith("asyncID 7");

    metrics.attached = 2;
    manual.timePasses(PAST_A_CHECK.multipliedBy(3));
    assertThat(lines.next()).isEqualTo("INFO filter 7 is asked by 2 nodes");
    assertThat(lines.all).isEmpty();
  }

  @Test
  void message_thatIsNotItsOwn_reachesTheInstance() {
    TestProbe<ToInstance> instance = kit.createTestProbe();
    ActorRef<ToInstance> guardian = guardian(instance.ref());

    guardian.tell(FilterInstance.leave());

    instance.expectMessage(FilterInstance.leave());
  }

  private void guardian() {
    guardian(kit.<ToInstance>createTestProbe().ref());
  }

  private ActorRef<ToInstance> guardian(ActorRef<ToInstance> to) {
    Behavior<ToInstance> instance =
        Behaviors.receiveMessage(
            message -> {
              to.tell(message);
              return Behaviors.same();
            });
    FilterMemberSettings settings = FilterMemberSettings.of(7, "localhost:17355");
    return kit.spawn(MemberGuardian.create(settings, metrics, instance));
  }

  private boolean isUpAfter(Duration time) {
    manual.timePasses(time);
    return cluster.selfMember().status() == MemberStatus.up();
  }
}
