// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HoconTextTest {

  @Test
  void values_areReadAsTheyWereWritten() {
    List<String> names = IntStream.range(0, 100).mapToObj(i -> "name" + i + ".example").toList();
    Map<String, Object> inner = new LinkedHashMap<>();
    inner.put("text", "a \"b\" \\ ${c} # d\n\u0007é");
    inner.put("null", "null");
    inner.put("number", 7L);
    inner.put("fraction", 1.0E-5);
    inner.put("include", List.of(Map.of("not", List.of()), Map.of()));
    inner.put("a.b", Map.of("names", names));
    HoconText text = new HoconText();
    text.open("root {");
    text.set("block", inner);
    text.set("names", names);
    text.open("list = [");
    text.element(inner, "");
    text.element("short", "a comment");
    text.close("]");
    text.close("}");

    Map<String, Object> root =
        Map.of("block", read(inner), "names", names, "list", List.of(read(inner), "short"));
    assertThat(ConfigFactory.parseString(text.text()).root().unwrapped())
        .isEqualTo(Map.of("root", root));
    assertThat(text.text().lines()).allMatch(line -> line.length() <= 100);
    assertThat(text.causes()).hasSameSizeAs(text.text().lines().toList());
  }

  /** The numbers have the types that the reader of HOCON chooses. */
  private static Map<String, Object> read(Map<String, Object> written) {
    Map<String, Object> read = new LinkedHashMap<>(written);
    read.put("number", 7);
    return read;
  }

  @Test
  void comment_isWrapped() {
    HoconText text = new HoconText();
    text.open("a {");
    text.comment("word ".repeat(40).strip());
    text.close("}");

    assertThat(text.text().lines()).hasSize(5).allMatch(line -> line.length() <= 100);
    assertThat(text.text().lines().skip(1).limit(3)).allMatch(line -> line.startsWith("  # word"));
  }

  @ParameterizedTest
  @CsvSource({"0, 0s", "1, 1ms", "1000, 1s", "90000, 90s", "3600000, 1h", "86400000, 1d"})
  void duration_hasItsLargestUnit(long millis, String text) {
    assertThat(HoconText.millis(millis)).isEqualTo(text);
  }
}
