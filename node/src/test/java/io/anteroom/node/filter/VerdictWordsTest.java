// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.anteroom.node.testing.DnsMessages;
import io.anteroom.protocol.Decision;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Verdict;
import java.net.InetAddress;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VerdictWordsTest {
  @Test
  void words_areVerdicts() throws Exception {
    assertThat(VerdictWords.parse("")).isEqualTo(Verdict.proceed());
    assertThat(VerdictWords.parse(" Continue ")).isEqualTo(Verdict.proceed());
    assertThat(VerdictWords.parse("refuse")).isEqualTo(Verdict.rcode(5));
    assertThat(VerdictWords.parse("nxdomain")).isEqualTo(Verdict.rcode(3));
    assertThat(VerdictWords.parse("rcode 0")).isEqualTo(Verdict.rcode(0));
    assertThat(VerdictWords.parse("rcode servfail")).isEqualTo(Verdict.rcode(2));
    assertThat(VerdictWords.parse("drop")).isEqualTo(Verdict.drop());
    assertThat(VerdictWords.parse("addresses 192.0.2.1, ::1 192.0.2.2"))
        .isEqualTo(
            Verdict.addresses(
                60,
                InetAddress.getByName("192.0.2.1"),
                InetAddress.getByName("::1"),
                InetAddress.getByName("192.0.2.2")));
  }

  @Test
  void words_ofFilters_areVerdictsToo() {
    assertThat(VerdictWords.parse("truncate")).isEqualTo(Verdict.truncate());
    assertThat(VerdictWords.parse("Ask-Again")).isEqualTo(Verdict.askAgain());
    assertThat(VerdictWords.parse("name www.example")).isEqualTo(Verdict.changeName("www.example"));
    assertThat(VerdictWords.parse("pool Safe")).isEqualTo(Verdict.toPool("Safe"));
  }

  @Test
  void message_hexAndBase64_areTheSame() {
    byte[] answer = answer();
    String hex = HexFormat.of().formatHex(answer);
    String base64 = Base64.getEncoder().encodeToString(answer);

    for (String text :
        List.of("message hex " + hex, "message HEX " + hex.toUpperCase(Locale.ROOT))) {
      assertThat(message(text)).isEqualTo(answer);
    }
    assertThat(message("message base64 " + base64)).isEqualTo(answer);
  }

  @Test
  void tags_andExtendedError_goWithEveryVerdict() {
    ExtendedError error = new ExtendedError(15, "Malware, see  example.com=1 tag x");
    Map<String, String> tags = Map.of("a", "1", "b", "", "c", "x=y,z");
    String more = " tag a=1 Tag b= tag c=x=y,z extended-error 15  " + error.text();

    for (String word :
        List.of(
            "continue",
            "refuse",
            "nxdomain",
            "rcode 2",
            "addresses 192.0.2.1",
            "message hex " + HexFormat.of().formatHex(answer()),
            "truncate",
            "drop",
            "name a.example",
            "pool safe",
            "ask-again")) {
      Verdict verdict = VerdictWords.parse(word + more);
      assertThat(verdict.tags()).as(word).isEqualTo(tags);
      assertThat(verdict.error()).as(word).isEqualTo(error);
      assertThat(verdict.getClass()).isEqualTo(VerdictWords.parse(word).getClass());
    }
  }

  @Test
  void extendedError_withoutText_hasNone() {
    assertThat(VerdictWords.parse("extended-error 65535").error())
        .isEqualTo(new ExtendedError(65535));
    assertThat(VerdictWords.parse("refuse extended-error 4"))
        .isEqualTo(Verdict.refuse(new ExtendedError(4)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "maybe                     | write continue, refuse",
        "drop now                  | may follow drop, not \"now\"",
        "truncate 1                | may follow truncate",
        "ask again                 | no verdict: \"ask\"",
        "rcode                     | one number, 0 to 15",
        "rcode 16                  | 0 to 15, or its name, not \"16\"",
        "rcode badvers             | 0 to 15",
        "rcode -1                  | 0 to 15",
        "rcode 3 4                 | one number",
        "rcode unheard             | not \"unheard\"",
        "addresses                 | one address at least",
        "addresses ,               | one address at least",
        "addresses example.com     | no IP address: \"example.com\"",
        "addresses 1.2.3           | no IP address",
        "name                      | one domain name",
        "name a b                  | one domain name",
        "name a..b                 | has an empty label",
        "name süß.example          | xn--",
        "pool                      | one upstream pool",
        "pool a b                  | one upstream pool",
        "message                   | followed by hex or base64",
        "message hex               | followed by hex or base64",
        "message 1234              | followed by hex or base64",
        "message hex 12 34         | without blanks",
        "message raw 1234          | followed by hex or base64",
        "message hex 123           | no hex",
        "message hex zz            | no hex",
        "message base64 ???        | no base64",
        "message hex 0000          | no DNS answer",
        "message base64 AAAA       | no DNS answer",
        "drop tag                  | tag NAME=VALUE",
        "drop tag a                | tag NAME=VALUE, without blanks; not \"tag a\"",
        "drop tag =b               | tag NAME=VALUE",
        "drop tag a=b c            | not \"c\"",
        "drop tag a=1 tag a=2      | a is there twice",
        "drop extended-error       | a number, 0 to 65535",
        "drop extended-error x     | a number, 0 to 65535",
        "drop extended-error 65536 | 0 to 65535",
        "drop extended-error -1    | 0 to 65535",
      })
  void otherWords_areRefusedWithTheReason(String text, String reason) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> VerdictWords.parse(text))
        .withMessageContaining(reason);
  }

  @Test
  void tooMuch_isRefused() {
    List<String> tooMuch =
        List.of(
            "extended-error 15 " + "x".repeat(129),
            "drop tag a=" + "x".repeat(256),
            "addresses" + " 192.0.2.1".repeat(65),
            "name " + "x".repeat(64));
    for (String text : tooMuch) {
      assertThatIllegalArgumentException().as(text).isThrownBy(() -> VerdictWords.parse(text));
    }
  }

  private static byte[] answer() {
    return DnsMessages.answer("a.example", "192.0.2.1");
  }

  private static byte[] message(String text) {
    return ((Decision.Answer) VerdictWords.parse(text).decision()).message();
  }
}
