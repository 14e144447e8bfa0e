// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import static io.anteroom.node.testing.Responses.answer;
import static io.anteroom.node.testing.Responses.negative;
import static io.anteroom.node.testing.Responses.response;
import static io.anteroom.node.testing.Responses.soa;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.CacheSettings;
import io.anteroom.node.wire.TtlLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** For how long it is kept that there is nothing. */
class Rfc2308NegativeCacheTest {
  private final CacheRig rig = new CacheRig();

  /** Section 5: the lesser of the SOA record's TTL and its MINIMUM field. */
  @ParameterizedTest
  @CsvSource({"0, 600, 60", "0, 60, 600", "3, 600, 60", "3, 60, 600"})
  void section5_negativeAnswer_isKeptAsLongAsItsSoaSays(int rcode, long ttl, long minimum) {
    assertThat(rig.put(negative("none.example", Type.A, rcode, ttl, minimum))).isTrue();
    rig.pass(59);
    assertThat(rig.get("none.example", Type.A).getRcode()).isEqualTo(rcode);
    rig.pass(1);
    assertThat(rig.get("none.example", Type.A)).isNull();
  }

  /** Section 5: the TTL counts down, and must not be the start of a longer time elsewhere. */
  @ParameterizedTest
  @ValueSource(ints = {Rcode.NOERROR, Rcode.NXDOMAIN})
  void section5_soaOfANegativeAnswer_hasTheTimeThatIsLeft(int rcode) {
    rig.put(negative("none.example", Type.A, rcode, 600, 60));
    rig.pass(20);
    Message again = rig.get("none.example", Type.A);
    assertThat(again.getSection(Section.AUTHORITY).get(0).getTTL()).isEqualTo(40);
    assertThat(again.getSection(Section.AUTHORITY).get(0).getType()).isEqualTo(Type.SOA);
  }

  /** Section 5: without an SOA record it should not be kept. */
  @ParameterizedTest
  @ValueSource(ints = {Rcode.NOERROR, Rcode.NXDOMAIN})
  void section5_negativeAnswer_withoutSoa_isNotKept(int rcode) {
    assertThat(rig.put(response("none.example", Type.A, rcode))).isFalse();
  }

  @Test
  void section5_negativeAnswer_withTheSoaOfAnotherZone_isNotKept() {
    Message answer = response("none.example", Type.A, Rcode.NXDOMAIN);
    answer.addRecord(soa("elsewhere.test.", 600, 600), Section.AUTHORITY);
    assertThat(rig.put(answer)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"0, 60", "60, 0"})
  void section5_negativeAnswer_forNoTime_isNotKept(long ttl, long minimum) {
    assertThat(rig.put(negative("none.example", Type.A, Rcode.NXDOMAIN, ttl, minimum))).isFalse();
    assertThat(rig.put(negative("none.example", Type.A, Rcode.NOERROR, ttl, minimum))).isFalse();
  }

  /** Section 5: one to three hours have worked well, more than a day is a problem. */
  @Test
  void section5_negativeAnswer_isKeptForThreeHoursAtMost() {
    rig.put(negative("none.example", Type.A, Rcode.NXDOMAIN, 86_400, 86_400));
    rig.pass(3 * 3600 - 1);
    assertThat(rig.get("none.example", Type.A)).isNotNull();
    rig.pass(1);
    assertThat(rig.get("none.example", Type.A)).isNull();
  }

  @Test
  void section5_negativeAnswer_isKeptAsLongAsIsConfigured() {
    CacheRig short_ = new CacheRig(CacheSettings.DEFAULT.withTtls(new TtlLimits(50, 100, 10, 5)));
    short_.put(negative("none.example", Type.A, Rcode.NXDOMAIN, 600, 600));
    short_.pass(10);
    assertThat(short_.get("none.example", Type.A)).as("the least TTL is not for these").isNull();
  }

  /** Section 2.2: an answer whose CNAME leads to a name without such records is NODATA. */
  @Test
  void section2_aliasOfNothing_isKeptByItsSoa() {
    Message answer = answer("www.example", Type.AAAA, "www.example. 600 CNAME host.example.");
    assertThat(rig.put(answer)).as("without one").isFalse();
    answer.addRecord(soa("example.", 600, 30), Section.AUTHORITY);
    assertThat(rig.put(answer)).isTrue();
    rig.pass(29);
    assertThat(rig.get("www.example", Type.AAAA).getSection(Section.ANSWER)).hasSize(1);
    rig.pass(1);
    assertThat(rig.get("www.example", Type.AAAA)).isNull();
  }

  /** Section 2.1: the name that does not exist is the last of the chain, so the first has types. */
  @Test
  void section2_aliasOfANameThatDoesNotExist_isForItsTypeOnly() {
    Message answer = answer("www.example", Type.AAAA, "www.example. 600 CNAME host.example.");
    answer.getHeader().setRcode(Rcode.NXDOMAIN);
    answer.addRecord(soa("example.", 600, 30), Section.AUTHORITY);
    assertThat(rig.put(answer)).isTrue();
    assertThat(rig.get("www.example", Type.AAAA).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(rig.get("www.example", Type.CNAME)).isNull();
    assertThat(rig.get("below.www.example", Type.AAAA)).isNull();
  }

  /** Section 5: NXDOMAIN is for the name and class, NODATA for the type as well. */
  @Test
  void section5_nameThatDoesNotExist_doesNotForAnyType() {
    rig.put(negative("none.example", Type.A, Rcode.NXDOMAIN, 600, 600));
    assertThat(rig.get("none.example", Type.MX).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    rig.put(negative("some.example", Type.A, Rcode.NOERROR, 600, 600));
    assertThat(rig.get("some.example", Type.MX)).isNull();
  }
}
