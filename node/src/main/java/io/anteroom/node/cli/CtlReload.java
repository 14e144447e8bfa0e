// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes nodes reload their configurations. */
@Command(
    name = "reload",
    description = {
      "Loads the configuration file of a node again. With any error, nothing changes.",
      "SIGHUP does the same."
    })
final class CtlReload implements Callable<Integer> {
  private final Console console;

  @Mixin private final CtlOptions options = new CtlOptions();

  @Option(names = "--all", description = "On all nodes, each with its own file.")
  private boolean all;

  CtlReload(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    List<String> errors = new ArrayList<>();
    int code =
        options.run(
            console,
            client -> {
              JsonNode answer = client.reload(all);
              errors.addAll(errors(answer));
              return answer;
            },
            CtlReload::lines);
    return code == 0 && !errors.isEmpty() ? console.complain(errors) : code;
  }

  /** The errors in the form of {@code anteroom check}, except errors that are not in a file. */
  private List<String> errors(JsonNode answer) {
    List<String> errors = new ArrayList<>();
    for (JsonNode node : answer.path("nodes")) {
      node.path("errors").forEach(error -> errors.add(CtlTables.printable(error.asText())));
    }
    answer
        .path("unanswered")
        .forEach(node -> errors.add(Console.NAME + ": no answer from node " + node.asText()));
    return errors.stream().distinct().toList();
  }

  private static List<String> lines(JsonNode answer) {
    List<String> lines = new ArrayList<>();
    for (JsonNode node : answer.path("nodes")) {
      node.path("warnings")
          .forEach(warning -> lines.add("warning: " + CtlTables.printable(warning.asText())));
      lines.add(
          CtlTables.text(node, "node")
              + (node.path("loaded").asBoolean() ? ": loaded" : ": not loaded, as it was"));
    }
    return lines;
  }
}
