// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.net;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import java.util.Map;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.Test;

final class SurvivingExecutorTest {
  @Test
  void actorWhoseStackIsFull_goesOnWithTheNextMessage() {
    ActorTestKit kit =
        ActorTestKit.create(
            ConfigFactory.parseMap(
                    Map.of(
                        "surviving.type",
                        "Dispatcher",
                        "surviving.executor",
                        SurvivingExecutor.class.getName(),
                        "surviving.threads",
                        1,
                        // A failure of this test must not end the process of all tests.
                        "pekko.jvm-exit-on-fatal-error",
                        false))
                .withFallback(ConfigFactory.load()));
    try {
      TestProbe<String> probe = kit.createTestProbe();
      ActorRef<String> actor =
          kit.spawn(
              Behaviors.receiveMessage(
                  message -> {
                    if (message.equals("full")) {
                      throw new StackOverflowError();
                    } else if (message.equals("missing")) {
                      throw new NoClassDefFoundError();
                    }
                    probe.ref().tell(message);
                    return Behaviors.same();
                  }),
              DispatcherSelector.fromConfig("surviving"));
      actor.tell("full");
      actor.tell("missing");
      actor.tell("next");
      probe.expectMessage("next");
    } finally {
      kit.shutdownTestKit();
    }
  }

  @Test
  void errorOfMemory_isPassedOn() {
    assertThatThrownBy(
            () ->
                SurvivingExecutor.run(
                    () -> {
                      throw new OutOfMemoryError();
                    }))
        .isInstanceOf(OutOfMemoryError.class);
  }
}
