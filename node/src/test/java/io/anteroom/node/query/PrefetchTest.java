// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import static io.anteroom.node.query.ProcessorRig.ALICE;
import static io.anteroom.node.testing.Responses.answer;
import static io.anteroom.node.testing.Responses.negative;
import static io.anteroom.node.testing.Responses.response;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.CacheSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.UpstreamCommand;
import io.anteroom.protocol.Stage;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Popular answers are fetched anew before their time is up. */
class PrefetchTest {
  private static final String NAME = "www.example";

  private final ProcessorRig rig = new ProcessorRig(CacheSettings.DEFAULT);

  @Test
  void popularAnswer_inItsLastTenth_isFetchedOnce_andNobodyWaits() {
    hitTwice();
    rig.pass(10);
    rig.stages.clear();
    assertThat(ttl(rig.askCached(ALICE, NAME))).isEqualTo(10);
    UpstreamCommand.Refresh refresh = rig.refresh();
    assertThat(ttl(rig.askCached(ALICE, NAME))).isEqualTo(10);
    assertThat(rig.isIdle()).as("one is enough").isTrue();
    assertThat(rig.count(Counter.CACHE_PREFETCHES)).isOne();

    rig.refreshed(refresh, said());
    assertThat(rig.stages)
        .as("no rules without a client")
        .containsOnly(Stage.QUERY, Stage.CACHE_HIT, Stage.RESPONSE);
    assertThat(ttl(rig.askCached(ALICE, NAME))).isEqualTo(100);
  }

  @Test
  void answer_beforeItsLastTenth_isNotFetched() {
    hitTwice();
    rig.pass(9);
    rig.askCached(ALICE, NAME);
    assertThat(rig.isIdle()).isTrue();
  }

  @Test
  void answer_thatNobodyAskedForBefore_isNotFetched() {
    rig.askServer(ALICE, NAME, said());
    rig.pass(95);
    rig.askCached(ALICE, NAME);
    assertThat(rig.isIdle()).isTrue();
  }

  @Test
  void answer_thatThereIsNothing_isNotFetched() {
    rig.askServer(ALICE, NAME, negative(NAME, Type.A, Rcode.NXDOMAIN, 100, 100));
    for (int i = 0; i < 5; i++) {
      rig.pass(19);
      rig.askCached(ALICE, NAME);
    }
    assertThat(rig.isIdle()).isTrue();
  }

  @Test
  void fetchThatFails_leavesTheAnswer_andIsNotRepeatedAtOnce() {
    hitTwice();
    rig.pass(10);
    rig.askCached(ALICE, NAME);
    rig.refreshed(rig.refresh(), response(NAME, Type.A, Rcode.SERVFAIL));
    assertThat(ttl(rig.askCached(ALICE, NAME))).isEqualTo(10);
    assertThat(rig.isIdle()).isTrue();
    assertThat(rig.count(Counter.CACHE_REFRESH_FAILED)).isOne();
  }

  @Test
  void switchedOff_nothingIsFetched() {
    CacheSettings on = CacheSettings.DEFAULT;
    ProcessorRig off = new ProcessorRig(new CacheSettings(true, on.ttls(), true, 0, on.stale()));
    off.askServer(ALICE, NAME, said());
    for (int i = 0; i < 5; i++) {
      off.pass(19);
      off.askCached(ALICE, NAME);
    }
    assertThat(off.isIdle()).isTrue();
  }

  /** Who asks for many names at once must not have all of them fetched at once. */
  @Test
  void fetches_areBounded_andCounted() {
    for (int i = 0; i < 300; i++) {
      String name = "n" + i + ".example";
      rig.askServer(ALICE, name, answer(name, Type.A, name + ". 100 A 192.0.2.1"));
    }
    for (int i = 0; i < 300; i++) {
      rig.askCached(ALICE, "n" + i + ".example");
    }
    rig.pass(95);
    for (int i = 0; i < 300; i++) {
      rig.askCached(ALICE, "n" + i + ".example");
    }
    assertThat(rig.count(Counter.CACHE_PREFETCHES)).isEqualTo(256);
    assertThat(rig.count(Counter.CACHE_REFRESH_OVERLOAD)).isEqualTo(44);
  }

  private void hitTwice() {
    rig.askServer(ALICE, NAME, said());
    rig.askCached(ALICE, NAME);
    rig.pass(80);
    rig.askCached(ALICE, NAME);
  }

  private static Message said() {
    return answer(NAME, Type.A, "www.example. 100 A 192.0.2.1");
  }

  private static long ttl(Message answer) {
    return answer.getSection(Section.ANSWER).get(0).getTTL();
  }
}
