// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.wire.ParsedQuery.Reason;
import io.anteroom.node.wire.ParsedQuery.Rejected;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.Type;

final class WireQueryTest {

  @Test
  void parse_under12Bytes_isDropped() {
    for (int length = 0; length < 12; length++) {
      Rejected rejected = (Rejected) WireQuery.parse(new byte[length]);
      assertThat(rejected.reason()).isEqualTo(Reason.SHORT);
      assertThat(rejected.answer()).isNull();
    }
  }

  @Test
  void parse_response_isDropped() {
    Message response = Packets.response(Packets.query("a.example.", Type.A));
    Rejected rejected = (Rejected) WireQuery.parse(response.toWire());
    assertThat(rejected.reason()).isEqualTo(Reason.RESPONSE);
    assertThat(rejected.answer()).isNull();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 15})
  void parse_otherOpcode_getsNotImpWithItsOpcode(int opcode) throws Exception {
    Message query = Packets.query("a.example.", Type.SOA);
    query.getHeader().setOpcode(opcode);
    Rejected rejected = (Rejected) WireQuery.parse(query.toWire());
    assertThat(rejected.reason()).isEqualTo(Reason.OPCODE);
    Message answer = new Message(rejected.answer());
    assertThat(answer.getHeader().getOpcode()).isEqualTo(opcode);
    assertThat(answer.getHeader().getID()).isEqualTo(4711);
    assertThat(answer.getHeader().getFlag(Flags.QR)).isTrue();
    assertThat(answer.getRcode()).isEqualTo(Rcodes.NOTIMP);
    assertThat(answer.getQuestion()).isEqualTo(query.getQuestion());
  }

  @ParameterizedTest
  @ValueSource(ints = {251, 252})
  void parse_transfer_getsNotImp(int type) throws Exception {
    Rejected rejected = (Rejected) WireQuery.parse(Packets.query("example.com.", type).toWire());
    assertThat(rejected.reason()).isEqualTo(Reason.TRANSFER);
    assertThat(new Message(rejected.answer()).getRcode()).isEqualTo(Rcodes.NOTIMP);
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "41, 1", "249, 1", "250, 1", "1, 0", "1, 254"})
  void parse_typeOrClassThatNobodyCanAskFor_getsFormErr(int type, int dnsClass) {
    byte[] packet = Packets.hex("1234 0100 0001 0000 0000 0000 00 0000 0000");
    Octets.put16(packet, 13, type);
    Octets.put16(packet, 15, dnsClass);
    Rejected rejected = (Rejected) WireQuery.parse(packet);
    assertThat(rejected.reason()).isEqualTo(Reason.MALFORMED);
    byte[] answer = packet.clone();
    answer[2] = (byte) 0x81;
    answer[3] = 1;
    assertThat(rejected.answer()).isEqualTo(answer);
  }

  @ParameterizedTest
  @CsvSource({"65535, 1", "65280, 3", "1, 255", "64, 1"})
  void parse_unknownTypesAndOtherClasses_areQueries(int type, int dnsClass) {
    byte[] packet = Packets.hex("1234 0000 0001 0000 0000 0000 00 0000 0000");
    Octets.put16(packet, 13, type);
    Octets.put16(packet, 15, dnsClass);
    WireQuery query = Packets.parsed(packet);
    assertThat(query.type()).isEqualTo(type);
    assertThat(query.dnsClass()).isEqualTo(dnsClass);
    assertThat(query.recursionDesired()).isFalse();
    assertThat(query).hasToString(". class " + dnsClass + " type " + type);
  }

  @Test
  void parse_countsBeyondThePacket_getFormErr() {
    byte[] packet = Packets.hex("1234 0100 0001 ffff ffff ffff 00 0001 0001");
    assertThat(((Rejected) WireQuery.parse(packet)).reason()).isEqualTo(Reason.MALFORMED);
  }

  @Test
  void parse_everyPrefixOfAQuery_isRejectedOrDropped() {
    byte[] packet = Packets.ednsQuery("www.example.com.", Type.A, 1232, 0).toWire();
    for (int length = 0; length < packet.length; length++) {
      byte[] prefix = Arrays.copyOf(packet, length);
      assertThat(WireQuery.parse(prefix)).as("length " + length).isInstanceOf(Rejected.class);
    }
  }

  @Test
  void bytesBehindTheLastRecord_areNotKept() {
    byte[] plain = Packets.query("www.example.com.", Type.A).toWire();
    byte[] edns = Packets.ednsQuery("www.example.com.", Type.A, 1232, 0).toWire();
    for (byte[] packet : List.of(plain, edns)) {
      WireQuery padded = (WireQuery) WireQuery.parse(Arrays.copyOf(packet, 2_000));
      assertThat(padded.bytes()).isEqualTo(packet);
    }
  }

  @Test
  void name_isInLowerCase_bytesAreNot() {
    WireQuery query = Packets.parsed(Packets.query("WwW.Example.", Type.A));
    assertThat(query.name()).isEqualTo(WireName.parse("www.example"));
    assertThat(new String(query.bytes(), StandardCharsets.ISO_8859_1)).contains("WwW");
  }

  @Test
  void nameAsSent_keepsItsCase() {
    assertThat(Packets.parsed(Packets.query("WwW.a\\.b.Example.", Type.A)).nameAsSent())
        .isEqualTo("WwW.a\\.b.Example.");
    assertThat(Packets.parsed(Packets.query(".", Type.NS)).nameAsSent()).isEqualTo(".");
  }

  @Test
  void asksTheSame_comparesTheWholeQuestion_andNothingElse() {
    WireQuery query = Packets.parsed(Packets.query("www.example.", Type.A));
    assertThat(query.asksTheSame(Packets.parsed(Packets.ednsQuery("www.example.", Type.A, 512, 0))))
        .isTrue();
    assertThat(query.asksTheSame(Packets.parsed(Packets.query("www.example.", Type.NS)))).isFalse();
    assertThat(query.asksTheSame(Packets.parsed(Packets.query("wWw.example.", Type.A)))).isFalse();
    assertThat(query.asksTheSame(Packets.parsed(Packets.query("ww.example.", Type.A)))).isFalse();
  }

  @Test
  void options_areListedByTheirCodes() {
    WireQuery query =
        Packets.parsed(
            Packets.ednsQuery(
                "www.example.",
                Type.A,
                1232,
                0,
                new GenericEDNSOption(65_001, new byte[] {1}),
                new GenericEDNSOption(65_002, new byte[0]),
                new GenericEDNSOption(65_001, new byte[] {2, 3})));
    assertThat(query.options().keySet()).containsExactly(65_001, 65_002);
    assertThat(query.options().get(65_001)).containsExactly(new byte[] {1}, new byte[] {2, 3});
    assertThat(Packets.parsed(Packets.query("www.example.", Type.A)).options()).isEmpty();
  }
}
