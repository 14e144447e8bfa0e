// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.config.NodeSettingsReader;
import io.anteroom.node.config.SettingsReader;
import io.anteroom.node.config.SettingsSource;
import io.anteroom.node.policy.Policies;
import io.anteroom.node.rule.ChainReader;
import io.anteroom.node.rule.Rule;
import io.anteroom.node.rule.RuleContext;
import io.anteroom.node.rule.RuleEdit;
import io.anteroom.protocol.Stage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What comes of edits, and the file that keeps them. */
final class RuleBookTest {
  private static final String X = "{ name = x, match { suffix = [x.dept] }, action = drop }";
  private static final String Y = X.replace("x", "y");
  private static final String ADDED = "{name = n, match = all, action = continue}";

  @TempDir private Path directory;
  private RuleBook book;
  private int edits;

  @BeforeEach
  void open() throws Exception {
    book = new RuleBook(configuration(X + ", " + Y), new TreeMap<>());
  }

  private static LiveConfiguration configuration(String rules) throws InvalidConfiguration {
    SettingsReader root =
        SettingsSource.text("text", "anteroom { rules.query = [" + rules + "], admin = off }");
    SettingsReader anteroom = root.block("anteroom");
    NodeSettings settings = NodeSettingsReader.read(anteroom, Path.of(""));
    RuleContext context = RuleContext.read(anteroom, settings, Map.of(), Path.of(""));
    return new LiveConfiguration(
        settings, ChainReader.read(anteroom, context), Policies.NONE, List.of());
  }

  /** Makes a change as the config reloader does. */
  private void make(RuleEdit wanted) {
    RuleEdit edit = book.rules().pinned(wanted);
    String id = "%010d-1".formatted(++edits);
    RuleBook.Plan plan = book.plan(id, edit);
    SortedMap<String, RuleEdit> next = book.edits();
    next.keySet().removeAll(plan.dropped());
    if (plan.isKept()) {
      next.put(id, edit);
    }
    book.setEdits(next);
  }

  private static RuleEdit.Add add(String rule, RuleEdit.Place place) throws InvalidConfiguration {
    SettingsReader block = SettingsSource.text("rule", rule);
    return new RuleEdit.Add(block.text("name", ""), Stage.QUERY, place, block.rendered());
  }

  private List<String> names() {
    return book.rules().chains().of(Stage.QUERY).rules().stream().map(Rule::name).toList();
  }

  @Test
  void add_atEachPlace_standsThere() throws Exception {
    make(add(ADDED, RuleEdit.Place.END));
    make(add(ADDED.replace("= n,", "= b,"), new RuleEdit.Place.Beside("y", false)));
    make(add(ADDED.replace("= n,", "= c,"), new RuleEdit.Place.Beside("x", true)));
    make(add(ADDED.replace("= n,", "= d,"), new RuleEdit.Place.At(1)));
    make(add(ADDED.replace("= n,", "= e,"), new RuleEdit.Place.At(7)));

    assertThat(names()).containsExactly("d", "x", "c", "b", "y", "n", "e");
  }

  @Test
  void place_thatIsNotThere_isRefused() throws Exception {
    assertThatThrownBy(() -> make(new RuleEdit.Move("x", 3)))
        .hasMessage("there is no place 3 in rules.query, which has 2");
    assertThatThrownBy(() -> make(add(ADDED, new RuleEdit.Place.At(4))))
        .hasMessage("there is no place 4 in rules.query, which has 3");
    assertThat(book.edits()).isEmpty();
    make(add(ADDED, new RuleEdit.Place.At(3)));

    assertThat(names()).containsExactly("x", "y", "n");
  }

  @Test
  void place_thatHasGone_isTheLast() throws Exception {
    make(new RuleEdit.Move("x", 2));
    make(add(ADDED, new RuleEdit.Place.At(3)));

    book.rebase(configuration(X));

    assertThat(names()).containsExactly("x", "n");
    assertThat(book.rules().misfits()).isEmpty();
  }

  @Test
  void file_isForItsOwner_andIsNotWrittenThroughALink() throws Exception {
    Path file = directory.resolve("rules.conf");
    Path other = Files.writeString(directory.resolve("other.txt"), "of somebody else");
    Files.createSymbolicLink(directory.resolve("rules.conf.new"), other);

    RulesFile.write(file, "edits = []");
    RulesFile.write(file, RulesFile.text(book.edits()));

    assertThat(other).hasContent("of somebody else");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(RulesFile.read(file)).isEmpty();
    assertThat(directory.resolve("rules.conf.new")).doesNotExist();
  }

  @Test
  void disabledRule_rests_andKeepsItsPlace() {
    make(new RuleEdit.Enable("x", false));

    assertThat(names()).containsExactly("y");
    assertThat(book.rules().of(Stage.QUERY))
        .extracting(entry -> entry.rule().name() + " " + entry.enabled())
        .containsExactly("x false", "y true");
  }

  @Test
  void edits_thatUndoOneAnother_leaveNothing() throws Exception {
    for (int i = 0; i < 100; i++) {
      make(new RuleEdit.Enable("x", false));
      make(new RuleEdit.Enable("x", true));
      make(new RuleEdit.Move("y", 1));
      make(new RuleEdit.Move("y", 2));
      make(add(ADDED, RuleEdit.Place.END));
      make(new RuleEdit.Remove("n"));
    }

    assertThat(book.edits()).isEmpty();
    assertThat(names()).containsExactly("x", "y");
  }

  @Test
  void edit_thatDoesNotFit_isRefused_andSaysWhy() throws Exception {
    assertThatThrownBy(() -> make(new RuleEdit.Remove("z"))).hasMessage("no rule is called \"z\"");
    assertThatThrownBy(() -> make(add(X, RuleEdit.Place.END)))
        .hasMessage("another rule is called \"x\" already");
    assertThatThrownBy(() -> make(add(ADDED, new RuleEdit.Place.Beside("z", true))))
        .hasMessage("no rule of rules.query is called \"z\"");
    assertThatThrownBy(() -> make(add("name = n, match = all", RuleEdit.Place.END)))
        .hasMessage("rule:1: action: is missing");
    assertThatThrownBy(
            () -> make(add("name = n, match = all, action { rcod = refused }", RuleEdit.Place.END)))
        .hasMessageContaining("rule:1: action.rcod: unknown key; did you mean \"rcode\"?");
    assertThat(book.edits()).isEmpty();
  }

  @Test
  void edits_tooMany_areRefused() throws Exception {
    String large =
        "name = n, match { suffix = [\"%s.dept\"] }, action = drop".formatted("a".repeat(60));
    assertThatThrownBy(
            () -> {
              for (int i = 0; i <= RuleBook.MAX_EDITS; i++) {
                make(add(large.replace("= n,", "= n" + i + ","), RuleEdit.Place.END));
              }
            })
        .hasMessageContaining("there are too many changes already: at most 500");
  }

  @Test
  void otherConfiguration_getsTheEditsAgain_andMisfitsAreToldOf() throws Exception {
    make(new RuleEdit.Enable("x", false));
    make(add(ADDED, new RuleEdit.Place.Beside("y", false)));
    book.rebase(configuration(Y + ", { name = z, match = all, action = drop }"));

    assertThat(names()).containsExactly("n", "y", "z");
    assertThat(book.rules().misfits().values()).containsExactly("no rule is called \"x\"");
    book.rebase(configuration(X + ", " + Y));
    assertThat(names()).containsExactly("n", "y");
    assertThat(book.rules().misfits()).isEmpty();
  }

  @Test
  void otherConfiguration_withAnotherRuleInThePlaceOfAnUnnamedOne_leavesThatAlone()
      throws Exception {
    String noMx = "{ match { type = [MX] }, action = drop }";
    String noTxt = "{ match { type = [TXT] }, action = drop }";
    book = new RuleBook(configuration(noMx), new TreeMap<>());
    make(new RuleEdit.Enable("query-1", false));
    assertThat(names()).isEmpty();
    assertThat(RuleEdit.parse(book.edits().get("0000000001-1").text()))
        .isEqualTo(book.edits().get("0000000001-1"));

    book.rebase(configuration(noTxt + ", " + noMx));
    assertThat(names()).containsExactly("query-1", "query-2");
    assertThat(book.rules().misfits().values())
        .containsExactly(
            "another rule is called \"query-1\" now; the one that was meant has no name of its own");
    book.rebase(configuration(noMx));
    assertThat(names()).isEmpty();
    make(new RuleEdit.Enable("query-1", true));
    assertThat(book.edits()).isEmpty();
  }

  @Test
  void file_writtenAndRead_hasTheSameEdits() throws Exception {
    make(add(ADDED, new RuleEdit.Place.Beside("y", false)));
    make(add(ADDED.replace("= n,", "= \"odd, \\\"name\\\"\","), new RuleEdit.Place.At(2)));
    make(new RuleEdit.Enable("x", false));
    make(new RuleEdit.Move("x", 3));
    Path file = directory.resolve("rules.conf");
    RulesFile.write(file, RulesFile.text(book.edits()));

    SortedMap<String, RuleEdit> read = RulesFile.read(file);

    assertThat(read).isEqualTo(book.edits());
    assertThat(directory.toFile().list()).containsExactly("rules.conf");
  }

  @Test
  void file_thatIsWrong_isRefusedWithItsLines() throws Exception {
    Path file = directory.resolve("rules.conf");
    Files.writeString(
        file,
        """
        edits = [
          { id = "0000000001-1", edit = add, stage = query, rule { match = all } }
          { id = "0000000002-1", edit = explode, name = x }
          { id = 3, edit = remove, name = x, colour = red }
        ]
        """);

    assertThatThrownBy(() -> RulesFile.read(file))
        .isInstanceOf(InvalidConfiguration.class)
        .hasMessageContaining(file + ":2: edits[0].rule.name: is missing")
        .hasMessageContaining(file + ":3: edits[1].edit: unknown: \"explode\"")
        .hasMessageContaining(file + ":4: edits[2].id: is no id of a change")
        .hasMessageContaining(file + ":4: edits[2].colour: unknown key");
    assertThat(RulesFile.read(directory.resolve("none.conf"))).isEmpty();
  }

  @Test
  void file_withARuleForWhatHasGone_isRead_andTheRuleIsToldOf() throws Exception {
    SortedMap<String, RuleEdit> kept = new TreeMap<>();
    kept.put("0000000001-1", new RuleEdit.Enable("x", false));
    kept.put(
        "0000000002-1",
        add("name = n, match { list = [gone] }, action = drop", RuleEdit.Place.END));
    Path file = directory.resolve("rules.conf");
    RulesFile.write(file, RulesFile.text(kept));

    RuleBook read = new RuleBook(configuration(X), RulesFile.read(file));

    assertThat(read.rules().chains().of(Stage.QUERY).rules()).isEmpty();
    assertThat(read.rules().misfits().values()).singleElement().asString().contains("list unknown");
    assertThat(read.edits()).isEqualTo(kept);
  }

  @Test
  void rule_withOneKindOfTagTooMany_keepsNoOtherAway() throws Exception {
    String tags =
        IntStream.range(0, RuleContext.MAX_TAG_NAMES)
            .mapToObj(i -> "t" + i)
            .collect(Collectors.joining(","));
    String all = "name = n, match = all, action { set-tag = [%s] }";
    make(add(all.formatted(tags), RuleEdit.Place.END));
    assertThatThrownBy(
            () ->
                make(add("name = m, match = all, action { set-tag = [more] }", RuleEdit.Place.END)))
        .hasMessageContaining("rules set more than 64 kinds of tags");

    make(add("name = m, match = all, action { set-tag = [t1] }", RuleEdit.Place.END));

    assertThat(names()).containsExactly("x", "y", "n", "m");
  }
}
