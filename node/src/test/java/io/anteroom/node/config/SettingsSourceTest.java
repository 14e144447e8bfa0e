// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsSourceTest {
  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a = 1\na = 2",
        "a { b = 1 }\na { c = 2 }",
        "a { b { c = 1 },\n b { d = 2 } }",
        "a { b = 1 }\na.b = 2",
        "{ a = 1\n a = 2 }",
        "a = [1]\na = [2]",
        "\"a\" : 1\na : 2",
        "a = ${?B}\na = 1",
      })
  void text_keyThatIsSetTwice_isAnErrorWithBothLines(String text) {
    assertThat(errors(text)).singleElement().asString().matches("text:2: a.*set in line 1 already");
  }

  @Test
  void text_keysOfARuleThatAreSetTwice_areAllTold() {
    String text =
        """
        rules.query = [
          { match = all }
          {
            match { not { suffix = a }, suffix = [
              b ], not { suffix = c },
              suffix = d
            }
          }
        ]
        rules.query = []
        """;

    assertThat(errors(text))
        .containsExactly(
            "text:5: rules.query[1].match.not.suffix: is set in line 4 already",
            "text:5: rules.query[1].match.not: is set in line 4 already",
            "text:6: rules.query[1].match.suffix: is set in line 4 already",
            "text:10: rules.query: is set in line 1 already");
  }

  @Test
  void text_blocksOfAListWithNoCommaBetween_areAnError() {
    assertThat(errors("a = [\n  { b = 1 } { b = 2 }\n]"))
        .containsExactly("text:2: a[0]: a comma or a new line is missing before another block");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a.b = 1\na.c = 2",
        "a { b = 1 }\na.c = 2",
        "a = [{ b = 1 }, { b = 1 }\n{ b = 1 }]",
        "a = \"127.0.0.1\"\na = ${?NO_SUCH_ADDRESS}",
        "a = [1]\na += 2",
        "a = [1]\na = ${a} [2]",
        "a = \"a = 1\"\nb = \"\"\"\na = 1\n\"\"\"\n# a = 3\n// a = 4",
        "b = \"\\\"\"\na = x # }\nc { a = \"}\" }",
        "d { b = 1 }\na = ${d} { b = 2 }",
        "a = [${b} { c = 1 }]\nb { c = 2 }",
      })
  void text_whatIsSetOnce_isTaken(String text) throws Exception {
    assertThat(SettingsSource.text("text", text).has("a")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a{", "[", "a.a.a.a.a.a.a.a{", "a=[", "a:[{"})
  void text_blocksWithoutEnd_areTooDeepAndOverflowNothing(String opening) {
    String text = "\n" + "a = 1\n" + opening.repeat(100_000);

    assertThat(errors(text))
        .contains("text:3: more than " + Outline.MAX_DEPTH + " blocks are inside one another");
  }

  @Test
  void text_pathOfThousandElements_isTooDeep() {
    assertThat(errors("a." + "b.".repeat(4_000) + "c = 1"))
        .singleElement()
        .asString()
        .contains("more than");
  }

  @Test
  void text_nestedAsDeepAsAllowed_isTaken() throws Exception {
    String text = "a {".repeat(Outline.MAX_DEPTH) + "}".repeat(Outline.MAX_DEPTH);

    assertThat(SettingsSource.text("text", text).has("a")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a = ${HOME}",
        "a = ${?HOME}",
        "a = 1, b = ${a}",
        "a = \"x\"${PATH}",
        "a = [${a}]",
        "a { b { c = ${d} } }",
      })
  void plain_substitution_isRefused(String text) {
    assertThat(plainErrors("\n" + text))
        .containsExactly("rule:2: substitutions have no place here");
  }

  @Test
  void plain_doublingSubstitutions_areRefusedBeforeTheyGrow() {
    StringBuilder text = new StringBuilder("a0 = xxxxxxxxxxxxxxxx\n");
    for (int i = 1; i < 40; i++) {
      text.append("a%d = ${a%d}${a%d}\n".formatted(i, i - 1, i - 1));
    }

    assertThat(plainErrors(text.toString()))
        .containsExactly("rule:2: substitutions have no place here");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "include \"/etc/hostname\"",
        "include file(\"/etc/hostname\")",
        "include required(file(\"/etc/hostname\"))",
        "include url(\"http://127.0.0.1:1/\")",
        "include classpath(\"anteroom-default.conf\")",
        "include \"http://127.0.0.1:1/\"",
        "a { include \"/etc/hostname\" }",
      })
  void plain_include_isRefused(String text) {
    assertThat(plainErrors(text)).singleElement().asString().matches(".*(can be|can) included.*");
  }

  @Test
  void file_include_isReadRelativeToTheFile() throws Exception {
    Files.createDirectory(directory.resolve("parts"));
    write("parts/inner.conf", "c = 3");
    write("parts/outer.conf", "include \"inner.conf\"\nb = 2\nd = 4");
    Path file = write("node.conf", "include \"parts/outer.conf\"\na = 1\nb = 5");

    SettingsReader read = SettingsSource.file(file);

    assertThat(List.of("a", "b", "c", "d"))
        .extracting(key -> read.integer(key, 0, 0, 9))
        .containsExactly(1, 5, 3, 4);
  }

  @Test
  void file_includeOfAFileThatIsNotThere_isAnErrorWithItsLine() throws Exception {
    Path file = write("node.conf", "a = 1\ninclude \"parts.conf\"\n");

    assertThat(fileErrors(file))
        .containsExactly(
            file + ":2: include \"parts.conf\": no such file: " + directory.resolve("parts.conf"));
  }

  @Test
  void file_mistakeInAnIncludedFile_isToldWithThatFile() throws Exception {
    Path inner = write("inner.conf", "a = 1\na = 2");
    Path file = write("node.conf", "include \"inner.conf\"");

    assertThat(fileErrors(file)).containsExactly(inner + ":2: a: is set in line 1 already");
  }

  @Test
  void file_thatIncludesItself_isAnError() throws Exception {
    Path file = write("node.conf", "include \"node.conf\"");

    assertThat(fileErrors(file)).singleElement().asString().contains("include one another");
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }

  private static List<String> errors(String text) {
    return errors(() -> SettingsSource.text("text", text));
  }

  private static List<String> plainErrors(String text) {
    return errors(() -> SettingsSource.plain("rule", text));
  }

  private static List<String> fileErrors(Path file) {
    return errors(() -> SettingsSource.file(file));
  }

  /** Opens settings. */
  private interface Opening {
    SettingsReader open() throws InvalidConfiguration;
  }

  private static List<String> errors(Opening opening) {
    return catchThrowableOfType(InvalidConfiguration.class, () -> opening.open().throwIfWrong())
        .messages();
  }
}
