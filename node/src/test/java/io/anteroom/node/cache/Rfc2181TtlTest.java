// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import static io.anteroom.node.testing.Responses.answer;
import static io.anteroom.node.testing.Responses.query;
import static io.anteroom.node.testing.Responses.record;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.CacheSettings;
import io.anteroom.node.wire.TtlLimits;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Section 8: what a TTL is. */
class Rfc2181TtlTest {
  private static final String RECORD = "www.example. %d A 192.0.2.1";

  private final CacheRig rig = new CacheRig();

  @Test
  void answer_isFoundAgain_withItsTtlCountedDown() {
    rig.put(withTtl(300));
    rig.pass(Duration.ofMillis(100_999));
    assertThat(ttl(rig)).isEqualTo(200);
  }

  @Test
  void answer_isGone_whenItsTtlHasRunOut() {
    rig.put(withTtl(300));
    rig.pass(299);
    assertThat(ttl(rig)).isOne();
    rig.pass(1);
    assertThat(rig.get("www.example", Type.A)).isNull();
  }

  @Test
  void answer_isKeptNoLongerThanItsShortestTtl() {
    Message answer = withTtl(300);
    answer.addRecord(record("ns.example. 10 A 192.0.2.53"), Section.ADDITIONAL);
    rig.put(answer);
    rig.pass(10);
    assertThat(rig.get("www.example", Type.A)).isNull();
  }

  @Test
  void answer_withTtl0_isNotKept() {
    assertThat(rig.put(withTtl(0))).isFalse();
    CacheRig raising = new CacheRig(CacheSettings.DEFAULT.withTtls(new TtlLimits(60, 600, 60, 5)));
    assertThat(raising.put(withTtl(0))).as("whatever the least TTL is").isFalse();
  }

  /** A TTL with the top bit set is 0. */
  @ParameterizedTest
  @ValueSource(ints = {0x80, 0xff})
  void answer_withATtlAboveTheLimit_isNotKept(int firstByte) {
    byte[] message = withTtl(0x0100_0000).toWire();
    message[query("www.example").questionEnd() + 6] = (byte) firstByte;
    assertThat(rig.put(message)).isFalse();
  }

  @Test
  void answer_withTheLongestTtl_isKeptForADay() {
    rig.put(withTtl(0x7fff_ffffL));
    assertThat(ttl(rig)).isEqualTo(86_400);
    rig.pass(86_400);
    assertThat(rig.get("www.example", Type.A)).isNull();
  }

  @Test
  void ttl_isRaisedAndCut_asIsConfigured() {
    CacheRig limited = new CacheRig(CacheSettings.DEFAULT.withTtls(new TtlLimits(60, 600, 60, 5)));
    limited.put(withTtl(1));
    limited.pass(59);
    assertThat(ttl(limited)).isOne();
    limited.put(withTtl(1000));
    assertThat(ttl(limited)).isEqualTo(600);
  }

  private static Message withTtl(long ttl) {
    return answer("www.example", Type.A, RECORD.formatted(ttl));
  }

  private static long ttl(CacheRig rig) {
    return rig.get("www.example", Type.A).getSection(Section.ANSWER).get(0).getTTL();
  }
}
