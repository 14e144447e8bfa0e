// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.wire.ParsedQuery.Reason;
import io.anteroom.node.wire.ParsedQuery.Rejected;
import io.anteroom.protocol.ExtendedError;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** EDNS: RFC 6891; the DO bit: RFC 3225; Extended DNS Errors: RFC 8914. */
final class Rfc6891EdnsTest {
  private static final String QUESTION = "1234 0100 0001 0000 0000 %s 00 0001 0001 %s";
  private static final String OPT = "00 0029 04d0 00000000 0000";

  private static ParsedQuery parse(String additionalCount, String additional) {
    return WireQuery.parse(Packets.hex(QUESTION.formatted(additionalCount, additional)));
  }

  @ParameterizedTest
  @CsvSource({"0, 512", "511, 512", "512, 512", "1000, 1000", "1232, 1232", "65535, 1232"})
  void udpLimit_clientsSize_isBounded(int size, int limit) {
    assertThat(Packets.parsed(Packets.ednsQuery("a.", Type.A, size, 0)).udpLimit())
        .isEqualTo(limit);
  }

  @Test
  void udpLimit_noEdns_is512() {
    WireQuery query = Packets.parsed(Packets.query("a.", Type.A));
    assertThat(query.udpLimit()).isEqualTo(512);
    assertThat(query.hasEdns()).isFalse();
    assertThat(query.dnssecOk()).isFalse();
  }

  @Test
  void rcode_dnssecOk_isCopied() throws Exception {
    for (int flags : new int[] {0, 0x8000}) {
      WireQuery query = Packets.parsed(Packets.ednsQuery("a.", Type.A, 1232, flags));
      OPTRecord opt = new Message(Answers.rcode(query, Rcodes.REFUSED, null)).getOPT();
      assertThat(opt.getFlags()).isEqualTo(flags);
      assertThat(opt.getPayloadSize()).isEqualTo(1232);
      assertThat(opt.getVersion()).isZero();
      assertThat(opt.getOptions()).isEmpty();
    }
  }

  @Test
  void parse_twoOptRecords_getFormErrWithOneOfOurs() throws Exception {
    Rejected rejected = (Rejected) parse("0002", OPT + OPT);
    assertThat(rejected.reason()).isEqualTo(Reason.OPT_TWICE);
    assertFormErr(rejected, true);
  }

  private static void assertFormErr(Rejected rejected, boolean hasOpt) throws IOException {
    Message answer = new Message(rejected.answer());
    assertThat(answer.getHeader().getID()).isEqualTo(0x1234);
    assertThat(answer.getRcode()).isEqualTo(Rcode.FORMERR);
    assertThat(answer.getHeader().getCount(Section.QUESTION)).isEqualTo(1);
    assertThat(answer.getOPT() != null).as("OPT record").isEqualTo(hasOpt);
  }

  @Test
  void parse_newerVersion_getsBadVersWithOurVersion() throws Exception {
    Rejected rejected = (Rejected) parse("0001", "00 0029 04d0 00 01 8000 0000");
    assertThat(rejected.reason()).isEqualTo(Reason.EDNS_VERSION);
    Message answer = new Message(rejected.answer());
    assertThat(answer.getRcode()).isEqualTo(Rcode.BADVERS);
    assertThat(answer.getOPT().getVersion()).isZero();
    assertThat(answer.getHeader().getCount(Section.QUESTION)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0161 00 0029 04d0 00000000 0000", // owner is not the root
        "c00c 0029 04d0 00000000 0000", // nor a pointer to it
        "00 0029 04d0 00000000 0001 00", // half an option head
        "00 0029 04d0 00000000 0006 000f 0003 0000", // option behind the record's end
        "00 0029 04d0 00000000 0005 000f 0000 00", // one byte behind the last option
        "00 0029 04d0 00000000 0004 000f", // record behind the packet's end
        "00 0029 04d0 0000", // cut short
        "" // not there
      })
  void parse_badOpt_getsFormErr(String opt) throws Exception {
    Rejected rejected = (Rejected) parse("0001", opt);
    assertThat(rejected.reason()).isEqualTo(Reason.MALFORMED);
    boolean isWhole = opt.startsWith("00 0029 04d0 00000000 000") && !opt.endsWith("0004 000f");
    assertFormErr(rejected, isWhole);
  }

  @Test
  void parse_optAnywhereInTheAdditionalSection_isFound() {
    String other = "00 00ff 0001 00000000 0000";
    assertThat(((WireQuery) parse("0003", other + OPT + other)).hasEdns()).isTrue();
  }

  @Test
  void parse_optInAnotherSection_getsFormErr() {
    byte[] packet = Packets.hex("1234 0100 0001 0001 0000 0000 00 0001 0001" + OPT);
    assertThat(((Rejected) WireQuery.parse(packet)).reason()).isEqualTo(Reason.MALFORMED);
  }

  @Test
  void parse_bytesBehindTheLastRecord_areTolerated() {
    WireQuery query = (WireQuery) parse("0001", OPT + "deadbeef");
    assertThat(query.hasEdns()).isTrue();
    assertThat(Packets.hex(Answers.upstreamQuery(query, 1, true, 1232, null)))
        .doesNotContain("deadbeef");
    assertThat(Packets.hex(Answers.rcode(query, 0, null))).doesNotContain("deadbeef");
  }

  @Test
  void rcode_extendedError_onlyForClientWithEdns() throws Exception {
    ExtendedError error = new ExtendedError(ExtendedError.BLOCKED, "listed \u00fc");
    WireQuery edns = Packets.parsed(Packets.ednsQuery("a.", Type.A, 1232, 0));
    Message answer = new Message(Answers.rcode(edns, Rcodes.REFUSED, error));
    assertThat(answer.getRcode()).isEqualTo(Rcode.REFUSED);
    ExtendedErrorCodeOption option = (ExtendedErrorCodeOption) answer.getOPT().getOptions().get(0);
    assertThat(option.getErrorCode()).isEqualTo(15);
    assertThat(option.getText()).isEqualTo("listed \u00fc");
    WireQuery plain = Packets.parsed(Packets.query("a.", Type.A));
    assertThat(new Message(Answers.rcode(plain, Rcodes.REFUSED, error)).getOPT()).isNull();
  }

  @Test
  void rcode_codeThatNeedsEdns_isServFailWithoutIt() throws Exception {
    WireQuery plain = Packets.parsed(Packets.query("a.", Type.A));
    assertThat(new Message(Answers.rcode(plain, 23, null)).getRcode()).isEqualTo(Rcode.SERVFAIL);
    WireQuery edns = Packets.parsed(Packets.ednsQuery("a.", Type.A, 1232, 0));
    assertThat(new Message(Answers.rcode(edns, 23, null)).getRcode()).isEqualTo(23);
  }
}
