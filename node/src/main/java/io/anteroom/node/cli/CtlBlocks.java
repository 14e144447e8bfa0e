// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.anteroom.node.config.BlockAction;
import io.anteroom.node.config.Netmask;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lists, adds and removes blocks of clients. Its commands are methods. */
@Command(
    name = "blocks",
    description = "Lists, adds and removes blocked clients, on all nodes.",
    synopsisSubcommandLabel = "COMMAND")
final class CtlBlocks implements Runnable {
  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();

  CtlBlocks(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command?");
  }

  @Command(name = "list", description = "Lists blocked clients and the reasons.")
  int list(@Mixin CtlOptions options) {
    return options.run(console, client -> client.get("blocks"), CtlBlocks::table);
  }

  @Command(
      name = "add",
      description = {
        "Blocks clients on all nodes. This replaces an existing block of the same clients,",
        "and rules don't change it."
      })
  int add(
      @Mixin CtlOptions options,
      @Parameters(paramLabel = "NETMASK", description = "Address or network.") String clients,
      @Option(
              names = "--action",
              paramLabel = "ACTION",
              defaultValue = "drop",
              description = {
                "What to do with their queries: drop, refuse, nxdomain, truncate,",
                "or \"set-tag NAME=VALUE\". Default: drop."
              })
          String action,
      @Option(
              names = "--for",
              paramLabel = "DURATION",
              defaultValue = "60s",
              description = "Duration, 1s to 24h. Default: 60s.")
          String duration) {
    check(clients, Netmask::parse);
    check(action, BlockAction::parse);
    check(duration, BlockAction::duration);
    return options.run(
        console,
        client ->
            client.post(
                "blocks",
                JsonNodeFactory.instance
                    .objectNode()
                    .put("clients", clients)
                    .put("action", action)
                    .put("for", duration)),
        CtlTables::done);
  }

  @Command(
      name = "remove",
      description = "Removes a block, whether a rule or an operator added it.")
  int remove(
      @Mixin CtlOptions options,
      @Parameters(paramLabel = "NETMASK", description = "As shown by list.") String clients) {
    check(clients, Netmask::parse);
    return options.run(
        console, client -> client.post("blocks/remove", "clients", clients), CtlTables::done);
  }

  private void check(String text, Function<String, ?> parser) {
    try {
      var unused = parser.apply(text);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private static List<String> table(JsonNode answer) {
    List<String[]> rows = new ArrayList<>();
    rows.add(new String[] {"CLIENTS", "ACTION", "REASON", "NODE", "LEFT"});
    for (JsonNode block : answer.path("blocks")) {
      rows.add(
          new String[] {
            CtlTables.text(block, "clients"),
            CtlTables.text(block, "action"),
            CtlTables.text(block, "reason"),
            CtlTables.text(block, "node"),
            CtlTables.seconds(block, "leftMillis")
          });
    }
    return rows.size() == 1 ? List.of("no clients are blocked") : CtlTables.table(rows);
  }
}
