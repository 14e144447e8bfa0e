// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import static io.anteroom.node.testing.Responses.answer;
import static io.anteroom.node.testing.Responses.query;
import static io.anteroom.node.testing.Responses.response;
import static io.anteroom.node.testing.Responses.secureQuery;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.CacheSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.wire.TtlLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** That the servers have failed is kept for a short time. */
class Rfc9520FailuresTest {
  private final CacheRig rig = new CacheRig();

  /** Section 3.2: at least a second, at most five minutes; five seconds is a good start. */
  @ParameterizedTest
  @ValueSource(ints = {Rcode.SERVFAIL, Rcode.REFUSED, Rcode.NOTIMP, Rcode.FORMERR})
  void section3_refusal_isKeptForFiveSeconds(int rcode) {
    assertThat(rig.put(response("a.example", Type.A, rcode))).isTrue();
    rig.pass(4);
    assertThat(rig.get("a.example", Type.A).getRcode()).isEqualTo(rcode);
    rig.pass(1);
    assertThat(rig.get("a.example", Type.A)).isNull();
    assertThat(rig.count(Counter.CACHE_FAILURES)).isOne();
  }

  /** Section 2.3: so is that nobody answered. */
  @Test
  void section2_timeout_isKept_asServfail() {
    assertThat(rig.cache.putFailure(CacheRig.POOL, query("a.example"))).isTrue();
    rig.pass(4);
    assertThat(rig.get("a.example", Type.A).getRcode()).isEqualTo(Rcode.SERVFAIL);
    assertThat(rig.find(query("a.example")).isFailure()).isTrue();
    rig.pass(1);
    assertThat(rig.get("a.example", Type.A)).isNull();
  }

  @Test
  void section3_failure_isKeptAsLongAsIsConfigured() {
    CacheRig longer = new CacheRig(CacheSettings.DEFAULT.withTtls(new TtlLimits(0, 10, 10, 300)));
    longer.cache.putFailure(CacheRig.POOL, query("a.example"));
    longer.pass(299);
    assertThat(longer.get("a.example", Type.A)).isNotNull();
    longer.pass(1);
    assertThat(longer.get("a.example", Type.A)).isNull();
  }

  /** Section 3.2: for that question; a name or zone at large has not failed. */
  @Test
  void section3_failure_isForItsQuestionOnly() {
    rig.cache.putFailure(CacheRig.POOL, query("a.example"));
    assertThat(rig.get("a.example", Type.AAAA)).isNull();
    assertThat(rig.get("b.a.example", Type.A)).isNull();
    assertThat(rig.get(secureQuery("a.example", Type.A))).isNull();
    assertThat(rig.cache.get("internal", query("a.example"))).isNull();
  }

  @Test
  void section3_failure_neverReplacesAnAnswer() {
    rig.put(answer("a.example", Type.A, "a.example. 60 A 192.0.2.1"));
    assertThat(rig.put(response("a.example", Type.A, Rcode.SERVFAIL))).isFalse();
    assertThat(rig.cache.putFailure(CacheRig.POOL, query("a.example"))).isFalse();
    assertThat(rig.get("a.example", Type.A).getRcode()).isEqualTo(Rcode.NOERROR);
    rig.pass(61);
    assertThat(rig.cache.putFailure(CacheRig.POOL, query("a.example")))
        .as("nor one that may be given stale")
        .isFalse();
  }

  @Test
  void section3_answer_replacesAFailure() {
    rig.cache.putFailure(CacheRig.POOL, query("a.example"));
    rig.put(answer("a.example", Type.A, "a.example. 60 A 192.0.2.1"));
    assertThat(rig.get("a.example", Type.A).getRcode()).isEqualTo(Rcode.NOERROR);
  }

  @Test
  void section3_failure_isKeptWithoutItsRecords() {
    Message failure = response("a.example", Type.A, Rcode.SERVFAIL);
    failure.addRecord(
        answer("a.example", Type.A, "a.example. 60 A 192.0.2.1").getSection(Section.ANSWER).get(0),
        Section.ANSWER);
    rig.put(failure);
    assertThat(rig.get("a.example", Type.A).getSection(Section.ANSWER)).isEmpty();
  }
}
