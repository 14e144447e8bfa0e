// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.testing.DnsMessages;
import io.anteroom.protocol.ExtendedError;
import java.net.InetAddress;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class RenamingTest {
  private static final WireQuery ASKED =
      (WireQuery) WireQuery.parse(DnsMessages.ednsQuery(77, "Old.Example", Type.A, 1232));
  private static final WireQuery RENAMED = ASKED.renamed(WireName.parse("a.much.longer.name.test"));

  @Test
  void query_renamed_isTheSameForAnotherName() {
    WireQuery read = (WireQuery) WireQuery.parse(RENAMED.bytes());
    assertThat(read.name()).isEqualTo(WireName.parse("a.much.longer.name.test"));
    assertThat(read.id()).isEqualTo(77);
    assertThat(read.type()).isEqualTo(Type.A);
    assertThat(read.hasEdns()).isTrue();
    assertThat(read.udpLimit()).isEqualTo(1232);
  }

  @Test
  void query_withoutEdns_renamedToAShorterName_staysWithout() {
    WireQuery plain = (WireQuery) WireQuery.parse(DnsMessages.query(7, "old.example", Type.TXT));
    WireQuery read = (WireQuery) WireQuery.parse(plain.renamed(WireName.parse("b")).bytes());
    assertThat(read.hasEdns()).isFalse();
    assertThat(read.type()).isEqualTo(Type.TXT);
  }

  @Test
  void answer_changedBack_hasTheQuestionAndTheOwnersOfTheClient() {
    Name renamed = Name.fromConstantString("a.much.longer.name.test.");
    Name target = Name.fromConstantString("target.test.");
    Message message = DnsMessages.message(9, "a.much.longer.name.test", Type.A);
    message.getHeader().setFlag(Flags.QR);
    message.addRecord(new CNAMERecord(renamed, DClass.IN, 60, target), Section.ANSWER);
    message.addRecord(
        new ARecord(target, DClass.IN, 60, InetAddress.getLoopbackAddress()), Section.ANSWER);
    byte[] adapted =
        Answers.adapt(RENAMED, Objects.requireNonNull(WireAnswer.parse(message.toWire())));

    Message back =
        DnsMessages.parse(Objects.requireNonNull(Renaming.back(ASKED, RENAMED, adapted)));

    assertThat(back.getHeader().getID()).isEqualTo(77);
    assertThat(back.getQuestion().getName().toString(true)).isEqualTo("Old.Example");
    assertThat(back.getSection(Section.ANSWER).get(0).getName().toString(true))
        .isEqualToIgnoringCase("old.example");
    assertThat(back.getSection(Section.ANSWER).get(1).getName()).isEqualTo(target);
    assertThat(back.getOPT()).isNotNull();
  }

  /** RFC 2181 section 8. */
  @Test
  void answer_withATtlAbove31Bits_isChangedBackWithoutTime() {
    byte[] adapted =
        Answers.addresses(RENAMED, List.of(InetAddress.getLoopbackAddress()), 60, null);
    Octets.put32(adapted, RENAMED.questionEnd() + 6, 0x8000_0001);

    Message back =
        DnsMessages.parse(Objects.requireNonNull(Renaming.back(ASKED, RENAMED, adapted)));

    assertThat(back.getSection(Section.ANSWER).get(0).getTTL()).isZero();
  }

  /** Sound as far as lengths go, but an address of three bytes. */
  @Test
  void answer_withDataThatDnsjavaRefuses_isNoAnswer() {
    byte[] adapted =
        Answers.addresses(RENAMED, List.of(InetAddress.getLoopbackAddress()), 60, null);
    adapted[RENAMED.questionEnd() + 11] = 3;
    assertThat(Renaming.back(ASKED, RENAMED, adapted)).isNull();
  }

  @Test
  void answer_thatCannotBeRead_isNoAnswer() {
    assertThat(Renaming.back(ASKED, RENAMED, new byte[5])).isNull();
  }

  @Test
  void error_addedToAnAnswer_isInItsOptRecord_behindThoseThatAreThere() {
    byte[] answer = Answers.rcode(ASKED, 3, new ExtendedError(15, "first"));
    byte[] told = Answers.withError(answer, new ExtendedError(17, "second"));
    Message read = DnsMessages.parse(told);
    assertThat(read.getOPT().getOptions(15)).hasSize(2);
    assertThat(DnsMessages.errorCode(read)).isEqualTo(15);
  }

  @Test
  void error_addedForAClientWithoutEdns_isLeftOut() {
    WireQuery plain = (WireQuery) WireQuery.parse(DnsMessages.query(7, "old.example", Type.A));
    byte[] answer = Answers.rcode(plain, 0, null);
    assertThat(Answers.withError(answer, new ExtendedError(17, ""))).isSameAs(answer);
  }
}
