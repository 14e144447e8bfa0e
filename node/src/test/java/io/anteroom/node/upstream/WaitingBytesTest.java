// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.Queries;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.wire.WireQuery;
import io.netty.channel.epoll.Epoll;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class WaitingBytesTest {
  private static final int ROOM = 10;

  private final WaitingBytes waiting = new WaitingBytes(ROOM * 3_200);
  private final LinkedBlockingQueue<Asked> held = new LinkedBlockingQueue<>();

  @Test
  void queriesThatWaitUpstream_areBoundedInBytes_andMakeRoomWhenTheyAreAnswered()
      throws InterruptedException {
    try (ScriptedServer server = ScriptedServer.start(held::add);
        PoolRig rig = rig(server)) {
      List<Query> queries = new ArrayList<>();
      for (int i = 0; i < ROOM; i++) {
        queries.add(rig.ask("q" + i + ".example"));
      }
      Query tooMuch = rig.ask("q10.example");
      rig.expectUnanswered(tooMuch, Unanswered.Reason.OVERLOAD);
      rig.expectUnanswered(rig.ask("q0.example"), Unanswered.Reason.OVERLOAD);
      assertThat(rig.count(Counter.UPSTREAM_MEMORY)).isEqualTo(2);
      assertThat(rig.count(Counter.UPSTREAM_OVERLOAD)).isZero();

      for (int i = 0; i < ROOM; i++) {
        next().answer();
        assertThat(queries).contains(rig.expectAnyAnswered().query());
      }
      assertThat(waiting.used()).isZero();
      Query last = rig.ask("last.example");
      next().answer();
      rig.expectTrueAnswer(last);
    }
  }

  @Test
  void clientWithManyQueries_leavesRoomToOthers() {
    InetAddress greedy = new InetSocketAddress("192.0.2.1", 0).getAddress();
    InetAddress other = new InetSocketAddress("192.0.2.2", 0).getAddress();
    WireQuery query = Queries.forName("www.example").wire();
    while (waiting.take(query, greedy) > 0) {
      assertThat(waiting.used()).isLessThan(ROOM * 3_200L / 2);
    }

    int taken = waiting.take(query, other);

    assertThat(taken).isPositive();
    waiting.release(taken, other);
  }

  @Test
  void queriesThatNobodyAnswers_makeRoomAtTheirEnd() throws InterruptedException {
    try (ScriptedServer server = ScriptedServer.start(held::add);
        PoolRig rig = rig(server)) {
      Query query = rig.ask("silent.example");
      next();
      assertThat(waiting.used()).isPositive();
      rig.stopPool();
      rig.expectUnanswered(query, Unanswered.Reason.NETWORK);
      assertThat(waiting.used()).isZero();
    }
  }

  private PoolRig rig(ScriptedServer server) {
    return new PoolRig(PoolRig.settings(PoolRig.PATIENCE, server), Epoll.isAvailable(), waiting);
  }

  private Asked next() throws InterruptedException {
    Asked asked = held.poll(PoolRig.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    assertThat(asked).isNotNull();
    return asked;
  }
}
