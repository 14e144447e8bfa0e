// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.protocol.Verdict;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatagramVerdictTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "4711",
        "04711",
        "4711\n",
        "4711\0",
        "4711\r\n\0\0",
        " \t4711 ",
        "4711 accept",
        "4711 ACCEPT\n",
        "4711\t Accept \0"
      })
  void idAlone_orAccept_letsPass(String text) {
    assertThat(parse(text)).isEqualTo(new DatagramVerdict(4711, Verdict.proceed()));
  }

  @Test
  void words_areVerdicts() {
    assertThat(parse("1 refuse")).isEqualTo(new DatagramVerdict(1, Verdict.rcode(5)));
    assertThat(parse("2 DROP")).isEqualTo(new DatagramVerdict(2, Verdict.drop()));
    assertThat(parse("3 rcode 3")).isEqualTo(new DatagramVerdict(3, Verdict.rcode(3)));
    assertThat(parse("4 RCode   15\n")).isEqualTo(new DatagramVerdict(4, Verdict.rcode(15)));
    assertThat(parse("5 rcode 00")).isEqualTo(new DatagramVerdict(5, Verdict.rcode(0)));
  }

  @Test
  void ids_are16Bits() {
    assertThat(parse("0")).isEqualTo(new DatagramVerdict(0, Verdict.proceed()));
    assertThat(parse("65535")).isEqualTo(new DatagramVerdict(65535, Verdict.proceed()));
    assertThat(parse("65536")).isNull();
    assertThat(parse("99999999999999999999")).isNull();
    assertThat(parse("000001")).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "\0",
        "accept",
        "-1",
        "+1",
        "1accept",
        "1\0accept",
        "1 allow",
        "1 accept accept",
        "1 rcode",
        "1 rcode 16",
        "1 rcode -1",
        "1 rcode x",
        "1 rcode 3 3",
        "0x10",
        "1,accept",
        "1 accept                                                        "
      })
  void anythingElse_isNone(String text) {
    assertThat(parse(text)).isNull();
  }

  @Test
  void anyBytes_areReadOrNot_butDoNoHarm() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    String letters = "0123456789 \t\n\0acceptdropfusecodRCODE\u00e4\u00ff";
    for (int i = 0; i < 100_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(20); n > 0; n--) {
        text.append(letters.charAt(random.nextInt(letters.length())));
      }
      DatagramVerdict verdict = parse(text.toString());
      assertThat(verdict == null || verdict.id() < CopyIds.SIZE)
          .as("seed %d: \"%s\"", seed, text)
          .isTrue();
    }
  }

  private static @Nullable DatagramVerdict parse(String text) {
    return DatagramVerdict.parse(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
  }
}
