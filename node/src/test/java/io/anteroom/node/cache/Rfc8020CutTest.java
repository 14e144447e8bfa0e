// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import static io.anteroom.node.testing.Responses.answer;
import static io.anteroom.node.testing.Responses.negative;
import static io.anteroom.node.testing.Responses.query;
import static io.anteroom.node.testing.Responses.record;
import static io.anteroom.node.testing.Responses.secureQuery;
import static io.anteroom.node.testing.Responses.soa;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.CacheSettings;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** There is nothing below a name that does not exist. */
class Rfc8020CutTest {
  private final CacheRig rig = new CacheRig();

  @Test
  void section2_nameBelowOneThatDoesNotExist_doesNotExist() {
    rig.put(negative("none.example", Type.A, Rcode.NXDOMAIN, 600, 600));
    rig.pass(100);
    for (String below : new String[] {"a.none.example", "WWW.b.c.d.None.Example"}) {
      Message answer = rig.get(below, Type.TXT);
      assertThat(answer.getRcode()).isEqualTo(Rcode.NXDOMAIN);
      assertThat(answer.getQuestion().getName()).hasToString(below + ".");
      assertThat(answer.getSection(Section.AUTHORITY)).containsExactly(soa("example.", 500, 600));
    }
  }

  @Test
  void section2_otherNames_mayExist() {
    rig.put(negative("none.example", Type.A, Rcode.NXDOMAIN, 600, 600));
    for (String other : new String[] {"example", "xnone.example", "some.example", "none.test"}) {
      assertThat(rig.get(other, Type.A)).as(other).isNull();
    }
  }

  /** Section 2: what the cache knows to exist may be given all the same. */
  @Test
  void section2_nameThatIsKnown_isAnsweredFromWhatIsKnown() {
    rig.put(answer("www.none.example", Type.A, "www.none.example. 60 A 192.0.2.1"));
    rig.put(negative("none.example", Type.A, Rcode.NXDOMAIN, 600, 600));
    assertThat(rig.get("www.none.example", Type.A).getRcode()).isEqualTo(Rcode.NOERROR);
  }

  /** Section 2: a name without records of a type may have others below it. */
  @Test
  void section2_nameWithoutSuchRecords_isNoCut() {
    rig.put(negative("some.example", Type.A, Rcode.NOERROR, 600, 600));
    assertThat(rig.get("www.some.example", Type.A)).isNull();
  }

  @Test
  void section2_cut_endsWithItsTime() {
    rig.put(negative("none.example", Type.A, Rcode.NXDOMAIN, 600, 600));
    rig.pass(600);
    assertThat(rig.find(query("a.none.example"))).isNull();
  }

  @Test
  void section2_cut_isForThoseWhoAskAlikeOnly() {
    rig.put(negative("none.example", Type.A, Rcode.NXDOMAIN, 600, 600));
    assertThat(rig.get(secureQuery("a.none.example", Type.A))).isNull();
    assertThat(rig.cache.get("internal", query("a.none.example"))).isNull();
  }

  @Test
  void section2_cutSwitchedOff_isForItsNameOnly() {
    CacheSettings on = CacheSettings.DEFAULT;
    CacheRig without =
        new CacheRig(new CacheSettings(true, on.ttls(), false, on.prefetchHits(), on.stale()));
    without.put(negative("none.example", Type.A, Rcode.NXDOMAIN, 600, 600));
    assertThat(without.get("none.example", Type.A)).isNotNull();
    assertThat(without.get("a.none.example", Type.A)).isNull();
  }

  /** Looking at a hundred names above the one that is asked for would be a gift to an attacker. */
  @Test
  void section2_nameOfManyLabels_isBelowACutNearTheRoot() {
    rig.put(negative("none.example", Type.A, Rcode.NXDOMAIN, 600, 600));
    assertThat(rig.get("a.".repeat(110) + "none.example", Type.A)).isNotNull();
  }

  @Test
  void section2_proof_isCutWithIt() {
    Message denial = negative("none.example", Type.A, Rcode.NXDOMAIN, 600, 600);
    denial.addRecord(record("mmm.example. 300 NSEC ooo.example. A RRSIG NSEC"), Section.AUTHORITY);
    denial.addRecord(record("ns.example. 300 A 192.0.2.1"), Section.ADDITIONAL);
    rig.put(denial);
    Message below = rig.get("a.none.example", Type.A);
    assertThat(below.getSection(Section.AUTHORITY))
        .extracting(record -> Type.string(record.getType()))
        .containsExactly("SOA", "NSEC");
    assertThat(below.getSection(Section.ADDITIONAL)).isEmpty();
  }
}
