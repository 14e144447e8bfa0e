// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows and changes the rules of all nodes. Its commands are methods. */
@Command(
    name = "rules",
    description = {
      "Lists and changes the rules of all nodes.",
      "Changes apply on top of the rules of the configuration, also after a reload.",
      "They are lost when the last node stops, unless the configuration has a rules-file."
    },
    synopsisSubcommandLabel = "COMMAND")
final class CtlRules implements Runnable {
  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();

  /** The position of an added rule; by default after all others. */
  static final class Place {
    @Option(names = "--at", paramLabel = "N", description = "At this position, counted from 1.")
    private @Nullable Integer at;

    @Option(names = "--before", paramLabel = "NAME", description = "Before this rule.")
    private @Nullable String before;

    @Option(names = "--after", paramLabel = "NAME", description = "After this rule.")
    private @Nullable String after;

    void write(ObjectNode edit) {
      if (at != null) {
        edit.put("at", at);
      } else if (before != null) {
        edit.put("before", before);
      } else if (after != null) {
        edit.put("after", after);
      }
    }
  }

  /** Adds a rule. */
  @Command(name = "add", description = "Adds a rule. Default position: the end of its stage.")
  static final class Add implements java.util.concurrent.Callable<Integer> {
    private final Console console;

    @Mixin private final CtlOptions options = new CtlOptions();

    @ArgGroup private @Nullable Place place;

    @Parameters(
        index = "0",
        paramLabel = "STAGE",
        description = "As in the configuration, such as query.")
    private String stage = "";

    @Parameters(
        index = "1",
        paramLabel = "RULE",
        description = "As in the configuration: 'name = x, match { ... }, action = drop'.")
    private String rule = "";

    Add(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      ObjectNode edit = edit("add").put("stage", stage).put("rule", rule);
      if (place != null) {
        place.write(edit);
      }
      return change(console, options, edit);
    }
  }

  CtlRules(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command?");
  }

  @Command(name = "list", description = "Lists the rules in order, with the hits of all nodes.")
  int list(
      @Mixin CtlOptions options,
      @Option(
              names = "--stage",
              paramLabel = "STAGE",
              defaultValue = "",
              description = "Only rules of this stage.")
          String stage) {
    return options.run(
        console,
        client -> client.get("rules?" + CtlClient.parameter("stage", stage)),
        CtlRules::table);
  }

  @Command(name = "remove", description = "Removes a rule.")
  int remove(
      @Mixin CtlOptions options,
      @Parameters(paramLabel = "NAME", description = "As shown by list.") String name) {
    return change(console, options, edit("remove").put("name", name));
  }

  @Command(name = "move", description = "Moves a rule within its stage.")
  int move(
      @Mixin CtlOptions options,
      @Parameters(index = "0", paramLabel = "NAME", description = "As shown by list.") String name,
      @Parameters(index = "1", paramLabel = "N", description = "Its new position, counted from 1.")
          int to) {
    return change(console, options, edit("move").put("name", name).put("to", to));
  }

  @Command(name = "enable", description = "Enables a disabled rule.")
  int enable(
      @Mixin CtlOptions options,
      @Parameters(paramLabel = "NAME", description = "As shown by list.") String name) {
    return change(console, options, edit("enable").put("name", name));
  }

  @Command(name = "disable", description = "Disables a rule; it keeps its position.")
  int disable(
      @Mixin CtlOptions options,
      @Parameters(paramLabel = "NAME", description = "As shown by list.") String name) {
    return change(console, options, edit("disable").put("name", name));
  }

  @Command(name = "reset", description = "Undoes all changes of the rules.")
  int reset(@Mixin CtlOptions options) {
    return options.run(console, client -> client.post("rules/reset", ""), CtlRules::result);
  }

  private static ObjectNode edit(String word) {
    return JsonNodeFactory.instance.objectNode().put("edit", word);
  }

  private static int change(Console console, CtlOptions options, ObjectNode edit) {
    return options.run(console, client -> client.post("rules", edit), CtlRules::result);
  }

  private static List<String> result(JsonNode answer) {
    return List.of(CtlTables.printable("done: " + answer.path("result").asText()));
  }

  private static List<String> table(JsonNode answer) {
    List<String[]> rows = new ArrayList<>();
    rows.add(new String[] {"STAGE", "N", "NAME", "STATE", "HITS", "MATCH", "ACTION"});
    for (JsonNode rule : answer.path("rules")) {
      rows.add(
          new String[] {
            CtlTables.text(rule, "stage"),
            CtlTables.text(rule, "position"),
            CtlTables.text(rule, "name"),
            rule.path("enabled").asBoolean() ? "on" : "off",
            CtlTables.text(rule, "hits"),
            CtlTables.text(rule, "match"),
            CtlTables.text(rule, "action")
          });
    }
    List<String> lines = new ArrayList<>();
    lines.addAll(rows.size() == 1 ? List.of("no rules") : CtlTables.table(rows));
    answer.path("misfits").forEach(misfit -> lines.add(CtlTables.printable(misfit.asText())));
    answer
        .path("differing")
        .forEach(node -> lines.add("the rules of node " + node.asText() + " are others"));
    return lines;
  }
}
