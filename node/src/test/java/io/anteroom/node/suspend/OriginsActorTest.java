// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.OriginCommand;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class OriginsActorTest {
  private static final int LISTENERS = 8;
  private static final int ROUNDS = 50;

  private static ActorTestKit kit;
  private static Origins origins;

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create();
    origins = new Origins(kit.system());
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  @Test
  void listenersThatAskAtTheSameTime_eachGetTheirOwnReference() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(LISTENERS);
    CyclicBarrier together = new CyclicBarrier(LISTENERS);
    try {
      for (int round = 0; round < ROUNDS; round++) {
        List<Future<ActorRef<OriginCommand>>> asked = new ArrayList<>();
        for (int i = 0; i < LISTENERS; i++) {
          ActorRef<OriginCommand> listener = kit.<OriginCommand>createTestProbe().ref();
          asked.add(
              threads.submit(
                  () -> {
                    together.await();
                    return origins.of(listener);
                  }));
        }
        List<ActorRef<OriginCommand>> references = new ArrayList<>();
        for (Future<ActorRef<OriginCommand>> each : asked) {
          references.add(each.get(1, TimeUnit.MINUTES));
        }
        assertThat(references).doesNotHaveDuplicates();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void reference_forwardsToItsListener_andStaysTheSame() {
    TestProbe<OriginCommand> listener = kit.createTestProbe();
    ActorRef<OriginCommand> reference = origins.of(listener.ref());
    OriginCommand message = new OriginCommand() {};

    reference.tell(message);

    listener.expectMessage(message);
    assertThat(origins.of(listener.ref())).isEqualTo(reference);
  }
}
