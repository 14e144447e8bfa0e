// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.anteroom.node.config.ServerText;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows and replaces the upstream servers of one node. Its commands are methods. */
@Command(
    name = "upstreams",
    description = "Lists and replaces the upstream servers of one node.",
    synopsisSubcommandLabel = "COMMAND")
final class CtlUpstreams implements Runnable {
  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();

  CtlUpstreams(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command?");
  }

  @Command(name = "list", description = "Lists the servers of all pools and their state.")
  int list(@Mixin CtlOptions options) {
    return options.run(console, client -> client.get("upstreams"), CtlUpstreams::table);
  }

  @Command(
      name = "set",
      description = {
        "Replaces the servers of a pool until the node stops or reloads its configuration.",
        "Queries in flight stay with their servers."
      })
  int set(
      @Mixin CtlOptions options,
      @Parameters(index = "0", paramLabel = "POOL", description = "As shown by list.") String pool,
      @Parameters(
              index = "1",
              paramLabel = "SERVERS",
              description = "As in the configuration, separated by commas.")
          String servers) {
    check(servers);
    return options.run(
        console,
        client -> client.post("upstreams/" + CtlClient.encoded(pool), "servers", servers),
        CtlUpstreams::table);
  }

  private void check(String servers) {
    try {
      var unused = ServerText.parseAll(servers);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private static List<String> table(JsonNode answer) {
    List<String[]> rows = new ArrayList<>();
    rows.add(
        new String[] {"POOL", "SERVER", "STATE", "FAILURES", "IN FLIGHT", "ANSWERS", "P50", "P99"});
    for (JsonNode server : answer.path("upstreams")) {
      JsonNode latency = server.path("latencyMicros");
      rows.add(
          new String[] {
            CtlTables.text(server, "pool"),
            CtlTables.text(server, "server"),
            server.path("up").asBoolean() ? "up" : "down",
            CtlTables.text(server, "failures"),
            CtlTables.text(server, "outstanding"),
            CtlTables.text(latency, "count"),
            CtlTables.millis(latency, "p50"),
            CtlTables.millis(latency, "p99")
          });
    }
    return rows.size() == 1 ? List.of("no upstream servers") : CtlTables.table(rows);
  }
}
