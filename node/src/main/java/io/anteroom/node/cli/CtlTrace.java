// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows how a node would process a query. */
@Command(
    name = "trace",
    description = {
      "Shows how a node would process a query, rule by rule.",
      "It contacts no filter and no server, and counts nothing."
    })
final class CtlTrace implements Callable<Integer> {
  private final Console console;

  @Mixin private final CtlOptions options = new CtlOptions();

  @Parameters(
      index = "0",
      paramLabel = "NAME",
      description = "Domain name, such as www.example.com.")
  private String name = "";

  @Parameters(index = "1", paramLabel = "TYPE", arity = "0..1", description = "Default: A.")
  private String type = "A";

  @Parameters(
      index = "2",
      paramLabel = "CLIENT",
      arity = "0..1",
      description = "Address of the client. Default: 127.0.0.1.")
  private String client = "127.0.0.1";

  @Option(
      names = "--transport",
      paramLabel = "WORD",
      description = "udp or tcp. Default: ${DEFAULT-VALUE}.")
  private String transport = "udp";

  @Option(
      names = "--identity",
      paramLabel = "NAME",
      description = "Identity of the client. Default: it is not known.")
  private String identity = "";

  @Option(
      names = "--sni",
      paramLabel = "NAME",
      description = "Server name of its TLS handshake. Default: none.")
  private String sni = "";

  @Option(
      names = "--path",
      paramLabel = "PATH",
      description = "Path of its HTTP request. Default: none.")
  private String path = "";

  CtlTrace(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    String question =
        "trace?"
            + CtlClient.parameter("name", name)
            + CtlClient.parameter("type", type)
            + CtlClient.parameter("client", client)
            + CtlClient.parameter("transport", transport)
            + CtlClient.parameter("identity", identity)
            + CtlClient.parameter("sni", sni)
            + CtlClient.parameter("path", path);
    return options.run(console, node -> node.get(question), CtlTrace::table);
  }

  private static List<String> table(JsonNode answer) {
    List<String[]> rows = new ArrayList<>();
    rows.add(new String[] {"STAGE", "RULE", "RESULT"});
    for (JsonNode step : answer.path("steps")) {
      rows.add(
          new String[] {
            CtlTables.text(step, "stage"),
            CtlTables.text(step, "rule"),
            CtlTables.text(step, "result")
          });
    }
    return CtlTables.table(rows);
  }
}
