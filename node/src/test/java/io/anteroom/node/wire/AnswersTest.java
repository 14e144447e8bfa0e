// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.protocol.ExtendedError;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Address;
import org.xbill.DNS.CookieOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

final class AnswersTest {
  private static final Message EDNS = Packets.ednsQuery("WwW.example.com.", Type.A, 1232, 0);
  private static final Message PLAIN = Packets.query("WwW.example.com.", Type.A);

  private static WireAnswer answer(Message message) {
    WireAnswer answer = WireAnswer.parse(message.toWire());
    assertThat(answer).isNotNull();
    return answer;
  }

  /** An answer to the question in lower case, with one address. */
  private static Message lowerCaseAnswer() {
    Message query = Packets.query("www.example.com.", Type.A);
    query.getHeader().setID(9);
    Message response = Packets.response(query);
    Record address = Packets.record(query.getQuestion().getName(), "A", "192.0.2.1");
    response.addRecord(address, Section.ANSWER);
    return response;
  }

  @Test
  void addresses_onlyThoseOfTheType() throws Exception {
    List<InetAddress> addresses =
        List.of(
            Address.getByAddress("192.0.2.1"),
            Address.getByAddress("2001:db8::1"),
            Address.getByAddress("192.0.2.2"));
    Message a = new Message(Answers.addresses(Packets.parsed(EDNS), addresses, 60, null));
    assertThat(a.getSection(Section.ANSWER))
        .extracting(r -> r.getName() + " " + r.getTTL() + " " + r.rdataToString())
        .containsExactly("WwW.example.com. 60 192.0.2.1", "WwW.example.com. 60 192.0.2.2");
    WireQuery aaaa = Packets.parsed(Packets.query("a.", Type.AAAA));
    assertThat(new Message(Answers.addresses(aaaa, addresses, 60, null)).getSection(1)).hasSize(1);
    WireQuery mx = Packets.parsed(Packets.query("a.", Type.MX));
    Message none = new Message(Answers.addresses(mx, addresses, -1, null));
    assertThat(none.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(none.getSection(Section.ANSWER)).isEmpty();
  }

  @Test
  void addresses_tooManyForAMessage_areTruncated() throws Exception {
    List<InetAddress> addresses = new ArrayList<>();
    for (int i = 0; i < 5000; i++) {
      addresses.add(InetAddress.getByAddress(new byte[] {10, 0, (byte) (i >> 8), (byte) i}));
    }
    ExtendedError error = new ExtendedError(ExtendedError.FILTERED);
    byte[] wire = Answers.addresses(Packets.parsed(EDNS), addresses, 60, error);
    assertThat(wire).hasSizeLessThan(100);
    assertThat(new Message(wire).getHeader().getFlag(Flags.TC)).isTrue();
  }

  @Test
  void rcode_header_isTheClients() throws Exception {
    Message query = Packets.query("a.example.", Type.A);
    query.getHeader().unsetFlag(Flags.RD);
    query.getHeader().setFlag(Flags.CD);
    query.getHeader().setFlag(Flags.AD);
    Message answer = new Message(Answers.rcode(Packets.parsed(query), Rcodes.NXDOMAIN, null));
    assertThat(answer.getHeader().getID()).isEqualTo(4711);
    assertThat(answer.getHeader().printFlags()).isEqualTo("qr ra cd ");
    assertThat(answer.getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(answer.getQuestion()).isEqualTo(query.getQuestion());
  }

  @Test
  void adapt_idCaseAndOpt_becomeTheClients() throws Exception {
    Message upstream = lowerCaseAnswer();
    upstream.getHeader().setFlag(Flags.AA);
    upstream.getHeader().setFlag(Flags.AD);
    Message answer = new Message(Answers.adapt(Packets.parsed(EDNS), answer(upstream)));
    assertThat(answer.getHeader().getID()).isEqualTo(4711);
    assertThat(answer.getHeader().printFlags()).isEqualTo("qr aa rd ra ");
    assertThat(answer.getQuestion().getName()).hasToString("WwW.example.com.");
    assertThat(answer.getSection(Section.ANSWER).get(0).getName()).hasToString("WwW.example.com.");
    assertThat(answer.getOPT().getPayloadSize()).isEqualTo(1232);

    upstream.addRecord(new OPTRecord(4096, 0, 0), Section.ADDITIONAL);
    assertThat(new Message(Answers.adapt(Packets.parsed(PLAIN), answer(upstream))).getOPT())
        .isNull();
  }

  @Test
  void adapt_authenticData_onlyIfAskedFor() throws Exception {
    Message upstream = lowerCaseAnswer();
    upstream.getHeader().setFlag(Flags.AD);
    Message withAd = Packets.query("www.example.com.", Type.A);
    withAd.getHeader().setFlag(Flags.AD);
    Message withDo = Packets.ednsQuery("www.example.com.", Type.A, 1232, 0x8000);
    for (Message query : List.of(withAd, withDo)) {
      Message answer = new Message(Answers.adapt(Packets.parsed(query), answer(upstream)));
      assertThat(answer.getHeader().getFlag(Flags.AD)).isTrue();
    }
  }

  @Test
  void adapt_upperRcodeBits_areKeptWithEdnsAndServFailWithout() throws Exception {
    Message upstream = lowerCaseAnswer();
    upstream.getHeader().setRcode(8);
    upstream.addRecord(new OPTRecord(4096, 1, 0), Section.ADDITIONAL);
    assertThat(answer(upstream).rcode()).isEqualTo(24);
    assertThat(new Message(Answers.adapt(Packets.parsed(EDNS), answer(upstream))).getRcode())
        .isEqualTo(24);
    assertThat(new Message(Answers.adapt(Packets.parsed(PLAIN), answer(upstream))).getRcode())
        .isEqualTo(Rcode.SERVFAIL);
  }

  @ParameterizedTest
  @ValueSource(ints = {Rcode.BADVERS, 23})
  void adapt_rcodeOfTheHopToTheServer_isServFail(int rcode) throws Exception {
    Message upstream = lowerCaseAnswer();
    upstream.getHeader().setRcode(rcode & 0xf);
    upstream.addRecord(new OPTRecord(4096, rcode >> 4, 0), Section.ADDITIONAL);
    assertThat(new Message(Answers.adapt(Packets.parsed(EDNS), answer(upstream))).getRcode())
        .isEqualTo(Rcode.SERVFAIL);
  }

  @Test
  void adapt_extendedErrors_areKeptUpToABound() throws Exception {
    Message upstream = lowerCaseAnswer();
    upstream.addRecord(
        new OPTRecord(
            4096,
            0,
            0,
            0,
            new GenericEDNSOption(10, new byte[8]),
            new ExtendedErrorCodeOption(15, "x".repeat(300)),
            new ExtendedErrorCodeOption(16, "y".repeat(300)),
            new ExtendedErrorCodeOption(17, "z")),
        Section.ADDITIONAL);
    Message answer = new Message(Answers.adapt(Packets.parsed(EDNS), answer(upstream)));
    assertThat(answer.getOPT().getOptions())
        .extracting(o -> ((ExtendedErrorCodeOption) o).getErrorCode())
        .containsExactly(15, 17);
  }

  @Test
  void adapt_optBeforeOtherRecords_leavesTheOthersOut() throws Exception {
    Message upstream = lowerCaseAnswer();
    Record glue = Packets.record(Packets.name("ns.example.com."), "A", "192.0.2.53");
    upstream.addRecord(glue, Section.ADDITIONAL);
    upstream.addRecord(new OPTRecord(4096, 0, 0), Section.ADDITIONAL);
    Record behind = Packets.record(Packets.name("a.other.example."), "A", "192.0.2.54");
    upstream.addRecord(behind, Section.ADDITIONAL);
    Message answer = new Message(Answers.adapt(Packets.parsed(PLAIN), answer(upstream)));
    assertThat(answer.getSection(Section.ANSWER)).hasSize(1);
    assertThat(answer.getSection(Section.ADDITIONAL)).containsExactly(glue);
  }

  @Test
  void adapt_answerToAnotherQuestion_isServFail() throws Exception {
    WireAnswer answer = answer(lowerCaseAnswer());
    for (Message query :
        List.of(
            Packets.query("www.example.org.", Type.A),
            Packets.query("www.example.com.", Type.AAAA))) {
      WireQuery parsed = Packets.parsed(query);
      assertThat(answer.answers(parsed)).isFalse();
      Message adapted = new Message(Answers.adapt(parsed, answer));
      assertThat(adapted.getRcode()).isEqualTo(Rcode.SERVFAIL);
      assertThat(adapted.getSection(Section.ANSWER)).isEmpty();
    }
  }

  @Test
  void adapt_bytesBehindTheLastRecord_areLeftOut() {
    byte[] wire = lowerCaseAnswer().toWire();
    byte[] longer = Arrays.copyOf(wire, wire.length + 5);
    WireQuery query = Packets.parsed(PLAIN);
    assertThat(Answers.adapt(query, WireAnswer.parse(longer)))
        .isEqualTo(Answers.adapt(query, WireAnswer.parse(wire)));
  }

  @Test
  void fit_withinTheLimit_isTheAnswerItself() {
    WireQuery query = Packets.parsed(EDNS);
    byte[] answer = Answers.rcode(query, 0, null);
    assertThat(Answers.fit(query, answer, answer.length)).isSameAs(answer);
  }

  @Test
  void fit_overTheLimit_keepsRcodeFlagsAndErrorButNoRecords() throws Exception {
    WireQuery query = Packets.parsed(EDNS);
    Message upstream = lowerCaseAnswer();
    upstream.getHeader().setRcode(Rcode.NXDOMAIN);
    upstream.getHeader().setFlag(Flags.AA);
    for (int i = 0; i < 100; i++) {
      Record filler = Packets.record(EDNS.getQuestion().getName(), "A", "192.0.2." + i);
      upstream.addRecord(filler, Section.ANSWER);
    }
    upstream.addRecord(
        new OPTRecord(4096, 0, 0, 0, new ExtendedErrorCodeOption(3, "stale")), Section.ADDITIONAL);
    byte[] adapted = Answers.adapt(query, answer(upstream));
    Message fitted = new Message(Answers.fit(query, adapted, 1232));
    assertThat(fitted.getHeader().printFlags()).isEqualTo("qr aa tc rd ra ");
    assertThat(fitted.getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(fitted.getSection(Section.ANSWER)).isEmpty();
    assertThat(fitted.getOPT().getOptions()).hasSize(1);
    Message smaller = new Message(Answers.fit(query, adapted, query.questionEnd() + 11));
    assertThat(smaller.getOPT().getOptions()).isEmpty();
  }

  @Test
  void upstreamQuery_holdsNothingElseOfTheClients() throws Exception {
    Message client =
        Packets.ednsQuery(
            "WwW.example.com.", Type.A, 4096, 0x8000, new GenericEDNSOption(10, new byte[8]));
    client.getHeader().setFlag(Flags.CD);
    Message query =
        new Message(Answers.upstreamQuery(Packets.parsed(client), 77, true, 1232, null));
    assertThat(query.getHeader().getID()).isEqualTo(77);
    assertThat(query.getHeader().printFlags()).isEqualTo("rd ad cd ");
    assertThat(query.getQuestion().getName()).hasToString("WwW.example.com.");
    assertThat(query.getOPT().getPayloadSize()).isEqualTo(1232);
    assertThat(query.getOPT().getFlags()).isEqualTo(0x8000);
    assertThat(query.getOPT().getOptions()).isEmpty();
  }

  @Test
  void upstreamQuery_withoutEdns_hasNoOpt() throws Exception {
    byte[] wire = Answers.upstreamQuery(Packets.parsed(PLAIN), 0xffff, true, 0, null);
    assertThat(wire).hasSize(Packets.parsed(PLAIN).questionEnd());
    assertThat(new Message(wire).getOPT()).isNull();
  }

  @Test
  void upstreamQuery_withCookieAndSize_hasThem() throws Exception {
    byte[] cookie = {1, 2, 3, 4, 5, 6, 7, 8};
    byte[] wire = Answers.upstreamQuery(Packets.parsed(PLAIN), 1, true, 4000, cookie);
    OPTRecord opt = new Message(wire).getOPT();
    assertThat(opt.getPayloadSize()).isEqualTo(4000);
    assertThat(opt.getOptions()).containsExactly(new CookieOption(cookie));
  }

  /** RFC 8467 section 4.1. */
  @Test
  void paddedQuery_ofWhateverName_isAMultipleOf128Bytes() throws Exception {
    for (int length = 1; length <= 63; length++) {
      Message client = Packets.query("x".repeat(length) + ".example.com.", Type.A);
      byte[] wire = Answers.paddedQuery(Packets.parsed(client), 7, true, 1232);

      assertThat(wire.length % 128).isZero();
      assertThat(wire.length - length).isLessThan(12 + 18 + 11 + 4 + 128);
      Message query = new Message(wire);
      assertThat(query.getQuestion()).isEqualTo(client.getQuestion());
      assertThat(query.getOPT().getOptions()).singleElement().extracting("code").isEqualTo(12);
    }
  }

  @Test
  void paddingOfAServer_isNotPassedOn() throws Exception {
    Message client = Packets.ednsQuery("example.com.", Type.A, 1232, 0);
    Message response = Packets.response(client);
    response.addRecord(
        new OPTRecord(1232, 0, 0, 0, new GenericEDNSOption(12, new byte[300])), Section.ADDITIONAL);
    WireAnswer answer = Objects.requireNonNull(WireAnswer.parse(response.toWire()));

    Message adapted = new Message(Answers.adapt(Packets.parsed(client), answer));
    assertThat(adapted.getOPT().getOptions()).isEmpty();
  }

  @Test
  void upstreamQuery_withoutRecursion_hasNoRd() throws Exception {
    byte[] wire = Answers.upstreamQuery(Packets.parsed(PLAIN), 1, false, 1232, null);
    assertThat(new Message(wire).getHeader().getFlag(Flags.RD)).isFalse();
  }
}
