// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.TestNode;
import io.anteroom.protocol.Transport;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Packets that no good client sends. Each gets what it is due, is counted, and leaves a node that
 * answers the next query of the same client.
 */
final class BadPacketTest {
  private static final int ID = 0x5a5a;
  private static final int HEADER = 12;
  private static final String NAME = "www.anteroom.test";

  private static TestNode node;

  @BeforeAll
  static void start() {
    node = TestNode.start("zones = [ { origin = \"anteroom.test\" } ]", Map.of());
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void response_isDropped(Transport transport) {
    byte[] packet = query(ID, NAME, Type.A);
    packet[2] |= (byte) 0x80;

    assertDropped(transport, packet, Counter.QUERY_RESPONSE);
  }

  @Test
  void datagramUnderTwelveBytes_isDropped() {
    assertDropped(Transport.UDP, Arrays.copyOf(query(ID, NAME, Type.A), 11), Counter.QUERY_SHORT);
    assertDropped(Transport.UDP, new byte[1], Counter.QUERY_SHORT);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void headerAlone_withoutQuestion_isFormerr(Transport transport) {
    byte[] packet = Arrays.copyOf(query(ID, NAME, Type.A), HEADER);
    packet[5] = 0;

    assertHeaderOnly(transport, packet, Rcode.FORMERR, Counter.QUERY_QUESTION_COUNT);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void twoQuestions_areFormerr(Transport transport) {
    Message message = DnsMessages.message(ID, NAME, Type.A);
    message.addRecord(DnsMessages.question(NAME, Type.AAAA), Section.QUESTION);

    assertHeaderOnly(transport, message.toWire(), Rcode.FORMERR, Counter.QUERY_QUESTION_COUNT);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void status_isNotImplemented(Transport transport) {
    assertOpcode(transport, Opcode.STATUS);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void notify_isNotImplemented(Transport transport) {
    assertOpcode(transport, Opcode.NOTIFY);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void update_isNotImplemented(Transport transport) {
    assertOpcode(transport, Opcode.UPDATE);
  }

  private static void assertOpcode(Transport transport, int opcode) {
    Message message = DnsMessages.message(ID, NAME, Type.SOA);
    message.getHeader().setOpcode(opcode);
    assertRejected(transport, message.toWire(), Rcode.NOTIMP, Counter.QUERY_OPCODE);
    byte[] edns = DnsMessages.with(message, new OPTRecord(1232, 0, 0));
    assertRejected(transport, edns, Rcode.NOTIMP, Counter.QUERY_OPCODE);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void axfr_isNotImplemented(Transport transport) {
    byte[] packet = query(ID, "anteroom.test", Type.AXFR);

    assertRejected(transport, packet, Rcode.NOTIMP, Counter.QUERY_TRANSFER);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void ixfr_isNotImplemented(Transport transport) {
    byte[] packet = query(ID, "anteroom.test", Type.IXFR);

    assertRejected(transport, packet, Rcode.NOTIMP, Counter.QUERY_TRANSFER);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void ednsVersionOne_isBadvers(Transport transport) {
    long counted = node.count(Counter.QUERY_EDNS_VERSION);
    Message message = DnsMessages.message(ID, NAME, Type.A);
    byte[] packet = DnsMessages.with(message, new OPTRecord(1232, 0, 1));
    try (DnsClient client = node.client(transport)) {
      Message answer = client.ask(packet);

      assertThat(answer.getRcode()).isEqualTo(Rcode.BADVERS);
      assertThat(answer.getOPT().getVersion()).isZero();
      assertThat(answer.getSection(Section.ANSWER)).isEmpty();
      assertThat(node.count(Counter.QUERY_EDNS_VERSION)).isEqualTo(counted + 1);
      assertAnswered(client);
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void twoOptRecords_areFormerr(Transport transport) {
    Message message = DnsMessages.message(ID, NAME, Type.A);
    byte[] packet = DnsMessages.with(message, new OPTRecord(1232, 0, 0), new OPTRecord(512, 0, 0));

    assertRejected(transport, packet, Rcode.FORMERR, Counter.QUERY_OPT_TWICE);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void labelOfReservedKind_isFormerr(Transport transport) {
    byte[] packet = query(ID, NAME, Type.A);
    packet[HEADER] = 0x43;
    assertHeaderOnly(transport, packet, Rcode.FORMERR, Counter.QUERY_MALFORMED);

    packet[HEADER] = (byte) 0x83;
    assertHeaderOnly(transport, packet, Rcode.FORMERR, Counter.QUERY_MALFORMED);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void labelThatLeavesThePacket_isFormerr(Transport transport) {
    byte[] packet = query(ID, NAME, Type.A);
    packet[HEADER] = 63;

    assertHeaderOnly(transport, packet, Rcode.FORMERR, Counter.QUERY_MALFORMED);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void nameOverTwoHundredFiftyFiveBytes_isFormerr(Transport transport) {
    byte[] packet = new byte[HEADER + 5 * 64 + 5];
    System.arraycopy(query(ID, NAME, Type.A), 0, packet, 0, HEADER);
    for (int label = 0; label < 5; label++) {
      Arrays.fill(packet, HEADER + 64 * label, HEADER + 64 * (label + 1), (byte) 'a');
      packet[HEADER + 64 * label] = 63;
    }
    packet[packet.length - 3] = Type.A;
    packet[packet.length - 1] = 1;

    assertHeaderOnly(transport, packet, Rcode.FORMERR, Counter.QUERY_MALFORMED);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void compressionLoopInTheQuestion_isFormerr(Transport transport) {
    byte[] packet = Arrays.copyOf(query(ID, NAME, Type.A), HEADER + 6);
    byte[] loop = {(byte) 0xc0, HEADER, 0, Type.A, 0, 1};
    System.arraycopy(loop, 0, packet, HEADER, loop.length);

    assertHeaderOnly(transport, packet, Rcode.FORMERR, Counter.QUERY_MALFORMED);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void countsWithoutRecords_areFormerr(Transport transport) {
    byte[] packet = query(ID, NAME, Type.A);
    packet[10] = (byte) 0xff;
    packet[11] = (byte) 0xff;

    byte[] answer = rejection(transport, packet, Rcode.FORMERR, Counter.QUERY_MALFORMED);
    assertThat(DnsMessages.parse(answer).getQuestion()).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void noise_isSurvived(long seed) {
    Random random = new Random(seed);
    try (DnsClient udp = node.udp();
        DnsClient tcp = node.tcp();
        DnsClient good = node.udp()) {
      for (int i = 0; i < 300; i++) {
        byte[] packet = new byte[1 + random.nextInt(100)];
        random.nextBytes(packet);
        udp.send(packet);
        tcp.send(packet.length < HEADER ? Arrays.copyOf(packet, HEADER) : packet);
      }
      assertAnswered(good);
      // All of it has been counted when the last of the same socket is answered.
      byte[] last = query(0x7777, NAME, Type.A);
      udp.send(last);
      byte[] answer = udp.receive();
      while (answer[0] != last[0] || answer[1] != last[1]) {
        answer = udp.receive();
      }
    }
  }

  private static void assertDropped(Transport transport, byte[] packet, Counter counter) {
    long counted = node.count(counter);
    try (DnsClient client = node.client(transport)) {
      client.send(packet);

      assertAnswered(client);
      assertThat(node.count(counter)).as(counter.word()).isEqualTo(counted + 1);
    }
  }

  private static void assertHeaderOnly(
      Transport transport, byte[] packet, int rcode, Counter counter) {
    assertThat(rejection(transport, packet, rcode, counter)).hasSize(HEADER);
  }

  private static void assertRejected(
      Transport transport, byte[] packet, int rcode, Counter counter) {
    Message parsed = DnsMessages.parse(rejection(transport, packet, rcode, counter));

    assertThat(parsed.getQuestion()).isEqualTo(DnsMessages.parse(packet).getQuestion());
    assertThat(parsed.getOPT() != null)
        .as("OPT record")
        .isEqualTo(DnsMessages.parse(packet).getOPT() != null);
  }

  private static byte[] rejection(Transport transport, byte[] packet, int rcode, Counter counter) {
    long counted = node.count(counter);
    try (DnsClient client = node.client(transport)) {
      client.send(packet);
      byte[] answer = client.receive();

      assertThat(answer).hasSizeLessThanOrEqualTo(packet.length);
      Message parsed = DnsMessages.parse(answer);
      assertThat(parsed.getHeader().getID()).isEqualTo(ID);
      assertThat(parsed.getHeader().getFlag(Flags.QR)).isTrue();
      assertThat(parsed.getHeader().getOpcode()).isEqualTo(packet[2] >> 3 & 0xf);
      assertThat(parsed.getRcode()).isEqualTo(rcode);
      assertThat(node.count(counter)).as(counter.word()).isEqualTo(counted + 1);
      assertAnswered(client);
      return answer;
    }
  }

  private static void assertAnswered(DnsClient client) {
    Message answer = client.ask(query(0x7777, NAME, Type.A));
    assertThat(DnsMessages.addresses(answer)).hasSize(1);
  }
}
