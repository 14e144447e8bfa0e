// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.net;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.util.function.Supplier;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Without these executors Pekko ends its system here, and elsewhere the process. */
final class SurvivingExecutorTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "anteroom.admin",
        "anteroom.reloader",
        "anteroom.membership",
        "pekko.actor.default-dispatcher",
        "pekko.actor.internal-dispatcher",
        "pekko.actor.default-blocking-io-dispatcher",
        "pekko.remote.default-remote-dispatcher"
      })
  void actor_withAnErrorThatIsNoneOfMemory_goesOn_andSoDoesTheSystem(String dispatcher) {
    ActorTestKit kit =
        ActorTestKit.create(
            ConfigFactory.parseString(
                    "pekko { actor.provider = local, jvm-exit-on-fatal-error = off }")
                .withFallback(ConfigFactory.load()));
    try {
      TestProbe<String> probe = kit.createTestProbe();
      ActorRef<Supplier<String>> actor =
          kit.spawn(answering(probe.ref()), DispatcherSelector.fromConfig(dispatcher));

      actor.tell(SurvivingExecutorTest::overflow);
      actor.tell(
          () -> {
            throw new NoClassDefFoundError("for a test");
          });
      actor.tell(() -> "still here");

      probe.expectMessage("still here");
      assertThat(kit.system().whenTerminated().isCompleted()).isFalse();
    } finally {
      kit.shutdownTestKit();
    }
  }

  private static String overflow() {
    return overflow() + " deeper";
  }

  private static Behavior<Supplier<String>> answering(ActorRef<String> to) {
    return Behaviors.receiveMessage(
        what -> {
          to.tell(what.get());
          return Behaviors.same();
        });
  }
}
