// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.wire.WireName;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Special-use domain names, by section; with those of RFC 7686, RFC 9476 and others. */
final class Rfc6761SpecialNamesTest {
  private final SpecialNames names = SpecialNames.except(List.of());

  @ParameterizedTest
  @ValueSource(strings = {"localhost.", "LOCALHOST.", "www.localhost.", "a.b.c.localhost."})
  void section6_3_localhost_isTheLoopbackAddress(String name) throws IOException {
    assertThat(data(answer(name, Type.A))).containsExactly("127.0.0.1");
    assertThat(data(answer(name, Type.AAAA))).containsExactly("0:0:0:0:0:0:0:1");
  }

  @ParameterizedTest
  @ValueSource(ints = {Type.MX, Type.TXT, Type.HTTPS, Type.DS})
  void section6_3_localhost_otherTypesAreNoData(int type) throws IOException {
    Message answer = answer("localhost.", type);
    assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(answer.getSection(Section.ANSWER)).isEmpty();
    assertThat(owner(answer)).isEqualTo("localhost.");
  }

  @ParameterizedTest
  @CsvSource({
    "test., test.",
    "www.test., test.",
    "a.b.Test., test.",
    "invalid., invalid.",
    "www.invalid., invalid.",
    "onion., onion.",
    "facebookcorewwwi.onion., onion.",
    "alt., alt.",
    "x.gns.alt., alt.",
  })
  void section6_2And6_4_doNotExist(String name, String zone) throws IOException {
    for (int type : new int[] {Type.A, Type.NS, Type.SOA, Type.ANY}) {
      Message answer = answer(name, type);
      assertThat(answer.getRcode()).as(name).isEqualTo(Rcode.NXDOMAIN);
      assertThat(answer.getSection(Section.ANSWER)).isEmpty();
      assertThat(owner(answer)).isEqualTo(zone);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "example.",
        "www.example.",
        "nottest.",
        "test.example.",
        "localhost.example.",
        "ipv4only.arpa.",
        "local.",
        "."
      })
  void others_areNotSpecial(String name) throws IOException {
    assertThat(names.answer(ZoneTests.query(name, Type.A))).isNull();
  }

  @Test
  void rfc9462_resolverArpa_hasNoDesignatedResolver() throws IOException {
    Message answer = answer("_dns.resolver.arpa.", 64);
    assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(answer.getSection(Section.ANSWER)).isEmpty();
  }

  @Test
  void exceptions_withWhatIsBelow_areNotSpecial() throws IOException {
    SpecialNames some =
        SpecialNames.except(List.of(WireName.parse("test"), WireName.parse("dev.localhost")));
    assertThat(some.answer(ZoneTests.query("www.test.", Type.A))).isNull();
    assertThat(some.answer(ZoneTests.query("x.dev.localhost.", Type.A))).isNull();
    assertThat(some.answer(ZoneTests.query("x.localhost.", Type.A))).isNotNull();
    assertThat(some.answer(ZoneTests.query("www.invalid.", Type.A))).isNotNull();
  }

  private Message answer(String name, int type) throws IOException {
    byte[] answer = names.answer(ZoneTests.query(name, type));
    assertThat(answer).as(name).isNotNull();
    return new Message(answer);
  }

  private static List<String> data(Message answer) {
    return answer.getSection(Section.ANSWER).stream().map(Record::rdataToString).toList();
  }

  private static String owner(Message answer) {
    return answer.getSection(Section.AUTHORITY).get(0).getName().toString();
  }
}
