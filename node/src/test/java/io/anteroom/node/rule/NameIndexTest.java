// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.testing.Queries;
import io.anteroom.protocol.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NameIndexTest {
  private static final String[] LABELS = {"a", "b", "c", "example", "test"};

  /** The chain that is run must do what the one that is traced does, which asks each rule. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void chainOfRandomRules_found_asAskedOneByOne(long seed) throws Exception {
    Random random = new Random(seed);
    Chain chain = chain(IntStream.range(0, 60).mapToObj(i -> rule(random, i)).toList());

    for (int i = 0; i < 500; i++) {
      Query query = Queries.forName(name(random, 1 + random.nextInt(4)));
      int from = random.nextInt(62);
      assertThat(seen(chain.run(query, from)))
          .as("seed %d, %s from rule %d", seed, query.wire(), from)
          .isEqualTo(seen(chain.trace(query, from, (index, rule, outcome) -> {})));
    }
  }

  @Test
  void rules_forOneName_runInTheirOrder_andAreCounted() throws Exception {
    Chain chain =
        chain(
            List.of(
                "{ match.suffix = test, action { set-tag = \"w=1\" } }",
                "{ match.suffix = other, action { set-tag = \"w=2\" } }",
                "{ match.name = a.test, action { set-tag = \"w=3\" } }",
                "{ match = all, action { set-tag = \"x=4\" } }",
                "{ match.suffix = [a.test, b.test], action { set-tag = \"w=5\" } }",
                "{ match.suffix = \".\", action { set-tag = \"y=6\" } }"));

    Query query = ((RuleOutcome.Next) chain.run(Queries.forName("a.test"), 0)).query();

    assertThat(query.tags())
        .containsEntry("w", "5")
        .containsEntry("x", "4")
        .containsEntry("y", "6");
    assertThat(chain.rules()).extracting(Rule::hits).containsExactly(1L, 0L, 1L, 1L, 1L, 1L);
  }

  @Test
  void trace_countsNothing_andShowsEachRule() throws Exception {
    Chain chain =
        chain(
            List.of(
                "{ match.suffix = other, action = drop }",
                "{ match = all, action = log }",
                "{ match = all, action = drop }"));
    List<String> seen = new ArrayList<>();

    RuleObserver observer =
        (index, rule, came) -> seen.add(index + " " + rule.name() + " " + word(came));

    RuleOutcome first = chain.trace(Queries.forName("a.test"), 0, observer);
    int next = ((RuleOutcome.Aside) first).nextRule();
    assertThat(chain.trace(((RuleOutcome.Aside) first).query(), next, observer))
        .isInstanceOf(RuleOutcome.Drop.class);
    assertThat(seen).containsExactly("0 query-1 -", "1 query-2 Aside", "2 query-3 Drop");
    assertThat(chain.rules()).extracting(Rule::hits).containsOnly(0L);
  }

  private static String word(RuleOutcome outcome) {
    return outcome == null ? "-" : outcome.getClass().getSimpleName();
  }

  private static String seen(RuleOutcome outcome) {
    if (outcome instanceof RuleOutcome.Next next) {
      return "next " + next.query().tags();
    } else if (outcome instanceof RuleOutcome.Suspend suspend) {
      return "suspend " + suspend.query().tags() + " " + suspend.nextRule();
    }
    return outcome.getClass().getSimpleName();
  }

  private static String rule(Random random, int number) {
    String name = name(random, 1 + random.nextInt(3));
    String match =
        switch (random.nextInt(7)) {
          case 0 -> "{ name = \"" + name + "\" }";
          case 1 -> "{ suffix = [\"" + name + "\", \"" + name(random, 2) + "\"], type = A }";
          case 2 -> "{ suffix = \"" + name + "\", type = AAAA }";
          case 3 -> "{ suffix = \"" + name + "\", name = \"" + name(random, 2) + "\" }";
          case 4 -> "{ not { suffix = \"" + name + "\" } }";
          default -> "{ suffix = \"" + name + "\" }";
        };
    String action =
        random.nextInt(10) == 0
            ? "{ suspend = f }"
            : "{ set-tag = \"t" + random.nextInt(20) + "=" + number + "\" }";
    return "{ match " + match + ", action " + action + " }";
  }

  private static String name(Random random, int labels) {
    return IntStream.range(0, labels)
        .mapToObj(i -> LABELS[random.nextInt(LABELS.length)])
        .collect(Collectors.joining("."));
  }

  private static Chain chain(List<String> rules) throws Exception {
    return NodeConfiguration.parse(
            "anteroom { filters.f.async-id = 9, rules.query = [\n"
                + String.join("\n", rules)
                + "\n] }")
        .chains()
        .of(Stage.QUERY);
  }
}
