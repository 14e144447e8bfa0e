// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.wire.ParsedQuery.Reason;
import io.anteroom.node.wire.ParsedQuery.Rejected;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Name;

/** Names: RFC 1035 sections 2.3.4, 3.1, 4.1.4 and 5.1; case: RFC 4343. */
final class Rfc1035NameTest {
  private static final String LABEL_63 = "a".repeat(63);
  private static final String NAME_255 =
      LABEL_63 + "." + LABEL_63 + "." + LABEL_63 + "." + "b".repeat(61);

  @Test
  void parse_relativeAndAbsolute_areTheSame() {
    assertThat(WireName.parse("www.Example")).isEqualTo(WireName.parse("WWW.example."));
    assertThat(WireName.parse("www.Example").hashCode())
        .isEqualTo(WireName.parse("WWW.example.").hashCode());
    assertThat(WireName.parse("www.example").toWire())
        .isEqualTo(Packets.hex("03 777777 07 6578616d706c65 00"));
  }

  @Test
  void parse_root_isOneByte() {
    assertThat(WireName.parse(".").toWire()).isEqualTo(new byte[1]);
    assertThat(WireName.parse(".")).hasToString(".");
    assertThat(WireName.parse(".").parent()).isEqualTo(WireName.parse("."));
  }

  @Test
  void parse_escapes_areTheirOctets() {
    WireName name = WireName.parse("a\\.b\\000\\255\\\\.C\\@");
    assertThat(name.toWire()).isEqualTo(Packets.hex("06 612e6200ff5c 02 6340 00"));
    assertThat(name).hasToString("a\\.b\\000\\255\\\\.c\\@.");
    assertThat(WireName.parse(name.toString())).isEqualTo(name);
  }

  @Test
  void parse_longestNames_areTaken() {
    assertThat(WireName.parse(NAME_255).length()).isEqualTo(255);
    assertThat(WireName.parse("a.".repeat(127)).length()).isEqualTo(255);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "..", ".a", "a..b", "a b", "b\u00fccher", "a\\", "a\\1", "a\\12x", "a\\256"})
  void parse_noName_isRefusedWithTheNameInTheMessage(String text) {
    assertThatThrownBy(() -> WireName.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + text + "'");
  }

  @Test
  void parse_oneByteTooLong_isRefused() {
    assertThatThrownBy(() -> WireName.parse("a" + LABEL_63)).hasMessageContaining("63");
    assertThatThrownBy(() -> WireName.parse("x" + NAME_255.substring(1) + "b"))
        .hasMessageContaining("255");
    assertThatThrownBy(() -> WireName.parse("a.".repeat(128))).hasMessageContaining("255");
  }

  @Test
  void ofWire_noName_isRefused() {
    assertThatThrownBy(() -> WireName.ofWire(new byte[0]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> WireName.ofWire(new byte[] {0, 0}))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> WireName.ofWire(new byte[] {1, 'a'}))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void isAtOrBelow_comparesWholeLabels() {
    WireName name = WireName.parse("www.example.com");
    assertThat(name.isAtOrBelow(WireName.parse("EXAMPLE.com"))).isTrue();
    assertThat(name.isAtOrBelow(name)).isTrue();
    assertThat(name.isAtOrBelow(WireName.parse("."))).isTrue();
    assertThat(name.isAtOrBelow(WireName.parse("ample.com"))).isFalse();
    assertThat(name.isAtOrBelow(WireName.parse("a.www.example.com"))).isFalse();
    assertThat(WireName.parse(".").isAtOrBelow(WireName.parse("com"))).isFalse();
    // The bytes of the ancestor are there, but within a label.
    assertThat(WireName.parse("a\\003com").isAtOrBelow(WireName.parse("com"))).isFalse();
  }

  @Test
  void formatAndParse_randomOctets_agreeWithDnsjava() throws Exception {
    long seed = 1035;
    Random random = new Random(seed);
    for (int i = 0; i < 2000; i++) {
      byte[] wire = new byte[1 + random.nextInt(20) + 1];
      random.nextBytes(wire);
      wire[0] = (byte) (wire.length - 2);
      wire[wire.length - 1] = 0;
      if (wire.length == 2) {
        continue;
      }
      WireName name = WireName.ofWire(wire);
      assertThat(new Name(name.toString()).toWire()).as("seed " + seed).isEqualTo(name.toWire());
      assertThat(WireName.parse(new Name(wire).toString())).isEqualTo(name);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "03777777 c00c 0001 0001", // a pointer in the question
        "c00c 0001 0001", // one to itself
        "c000 0001 0001", // one into the header
        "41" + "00 0001 0001", // label type 01
        "80" + "00 0001 0001", // label type 10
        "03777777 00 0001 00", // cut short in the class
        "03777777", // no root label
        "037777", // cut short in a label
        "" // nothing
      })
  void query_badQuestion_getsFormErrWithTheHeaderAlone(String question) {
    ParsedQuery parsed = WireQuery.parse(Packets.hex("1234 0100 0001 0000 0000 0000" + question));
    assertThat(parsed).isInstanceOf(Rejected.class);
    assertThat(((Rejected) parsed).reason()).isEqualTo(Reason.MALFORMED);
    assertThat(((Rejected) parsed).answer())
        .isEqualTo(Packets.hex("1234 8101 0000 0000 0000 0000"));
  }

  @Test
  void query_nameOf256Bytes_isMalformed() {
    String name = ("3f" + "61".repeat(63)).repeat(3) + "3e" + "61".repeat(62) + "00";
    ParsedQuery parsed =
        WireQuery.parse(Packets.hex("1234 0100 0001 0000 0000 0000" + name + "00010001"));
    assertThat(((Rejected) parsed).reason()).isEqualTo(Reason.MALFORMED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "c01d", // to itself
        "c01e", // into itself
        "c020", // forward
        "c001", // into the header
        "03777777 c01d", // to the name it is part of
        "ffff", // outside
        "c0" // cut short
      })
  void answer_badPointer_isNoAnswer(String owner) {
    String head = "1234 8180 0001 0001 0000 0000 07 6578616d706c65 03 636f6d 00 0001 0001";
    String rest = "0001 0001 00000001 0004 c0000201";
    assertThat(WireAnswer.parse(Packets.hex(head + "c00c" + rest))).isNotNull();
    assertThat(WireAnswer.parse(Packets.hex(head + owner + (owner.length() > 2 ? rest : ""))))
        .isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "example",
        "www.example",
        "_443._tcp.a-b.example",
        "a\\.b.example",
        "back\\\\slash.example",
        "\\000\\032\\255.example",
        "at\\@dollar\\$.example"
      })
  void text_isTheFormWithoutTheLastDot(String text) {
    assertThat(WireName.parse(text.isEmpty() ? "." : text).text()).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({"WwW.Example, WwW.Example.", "., .", "\\119ww.example., www.example."})
  void absolute_keepsTheCase_andOnlyNeededEscapes(String text, String absolute) {
    assertThat(WireName.absolute(text)).isEqualTo(absolute);
    assertThat(WireName.absoluteOfWire(WireName.wireOf(text))).isEqualTo(absolute);
    assertThatThrownBy(() -> WireName.absoluteOfWire(new byte[] {3, 'a'}))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
