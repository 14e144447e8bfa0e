// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.anteroom.node.testing.HttpCaller;
import io.anteroom.node.testing.TestNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the text of a rule that comes over the admin interface can't do to the node. */
final class RuleTextHttpTest {
  private static final String RULES = "/api/v1/rules";
  private static final String SECRET = "dGhlIHNlY3JldCB0aGF0IG5vYm9keSBtYXkgc2Vl";

  @TempDir private static Path top;
  private static Path directory;
  private static TestNode node;
  private static HttpCaller operator;

  @BeforeAll
  static void start() throws IOException {
    directory = Files.createDirectory(top.resolve("etc"));
    Path file = directory.resolve("node.conf");
    TestNode.write(
        file,
        """
        upstreams.default.servers = []
        lists.named { file = "../outside.txt" }
        admin { address = "127.0.0.1:0", token-file = "token" }
        """);
    Files.writeString(top.resolve("outside.txt"), "outside.example\n");
    Files.writeString(top.resolve("secret.txt"), "a b\n" + SECRET + " " + SECRET + "\n");
    Files.writeString(directory.resolve("inside.txt"), "inside.example\n");
    Files.writeString(directory.resolve("wrong.txt"), "10.0.0.1 a\n" + SECRET + " x\n");
    Files.createSymbolicLink(directory.resolve("link.txt"), top.resolve("outside.txt"));
    node = TestNode.start(file, Map.of());
    String token = Files.readString(directory.resolve("token")).strip();
    operator = new HttpCaller(node.node().adminAddress()).withToken(token);
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @AfterEach
  void reset() {
    assertThat(operator.post(RULES + "/reset", "").status()).isEqualTo(200);
  }

  private static HttpCaller.Answer add(String rule) {
    String body =
        JsonNodeFactory.instance
            .objectNode()
            .put("edit", "add")
            .put("stage", "query")
            .put("rule", rule)
            .toString();
    return operator.post(RULES, body);
  }

  private static HttpCaller.Answer addWith(String match) {
    return add("name = n, action = drop, match { " + match + " }");
  }

  private static void assertRefused(HttpCaller.Answer answer, String why) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(400);
    assertThat(answer.json().path("error").textValue()).contains(why);
    assertThat(operator.get("/health").status()).isEqualTo(200);
  }

  @Test
  void rule_ofThousandBlocks_isRefused() {
    assertRefused(addWith("any = [{".repeat(900)), "blocks are inside one another");
    assertRefused(
        addWith("any = [{".repeat(500) + "rd = on" + "}]".repeat(500)),
        "blocks are inside one another");
    assertRefused(add("a.".repeat(4_000) + "b = 1"), "blocks are inside one another");
    assertRefused(addWith("any = [{".repeat(20) + "rd = on" + "}]".repeat(20)), "blocks deep");
  }

  @Test
  void rule_withSubstitutions_isRefused() {
    assertRefused(addWith("suffix = ${HOME}\".example\""), "substitutions have no place here");
    assertRefused(addWith("suffix = \"x\"${?user.home}"), "substitutions have no place here");
    StringBuilder doubling = new StringBuilder("a0 = xxxxxxxx\n");
    for (int i = 1; i < 40; i++) {
      doubling.append("a%d=${a%d}${a%d}\n".formatted(i, i - 1, i - 1));
    }
    assertRefused(add(doubling.toString()), "substitutions have no place here");
  }

  @Test
  void rule_withInclude_isRefused() {
    assertRefused(add("include \"" + top.resolve("secret.txt") + "\""), "can be included here");
    assertRefused(add("include url(\"http://127.0.0.1:1/\")"), "can be included");
  }

  @Test
  void rule_withKeyTwice_isRefused() {
    assertRefused(addWith("not { rd = on }, not { do = on }"), "match.not: is set in line 1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"link.txt", "../secret.txt", "../nothing.txt", "./../outside.txt"})
  void rule_withListOutsideOfTheDirectory_isRefused(String list) {
    HttpCaller.Answer answer = addWith("list = \"" + list + "\"");

    assertRefused(answer, "no file outside of " + directory);
    assertThat(answer.body()).doesNotContain(SECRET);
    assertRefused(add("name = n, match = all, action { rpz = \"" + list + "\" }"), "outside of");
  }

  @Test
  void rule_withAbsolutePathOutside_isRefused() {
    assertRefused(addWith("list = \"/etc/passwd\""), "no file outside of " + directory);
  }

  @Test
  void rule_withListThatCanNotBeRead_doesNotShowIt() {
    HttpCaller.Answer answer = addWith("list = \"wrong.txt\"");

    assertRefused(answer, "wrong.txt can't be read; the log of the node says why");
    assertThat(answer.body()).doesNotContain(SECRET);
  }

  @ParameterizedTest
  @ValueSource(strings = {"inside.txt", "named"})
  void rule_withListOfTheDirectoryOrOfTheConfiguration_isAdded(String list) {
    HttpCaller.Answer answer = addWith("list = \"" + list + "\"");

    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
  }

  @Test
  void body_thatIsNoPlainJson_isRefused() {
    assertRefused(operator.post(RULES, "[".repeat(30_000)), "the body is no JSON");
    assertRefused(operator.post(RULES, "{\"a\":".repeat(9) + "1" + "}".repeat(9)), "no JSON");
    assertRefused(operator.post(RULES, "{\"edit\": \"remove\", \"edit\": \"add\"}"), "no JSON");
    assertRefused(operator.post(RULES, "{\"edit\": \"remove\", \"name\": \"n\"} {}"), "no JSON");
  }
}
