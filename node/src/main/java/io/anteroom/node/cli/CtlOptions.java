// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.AdminSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of all commands that send a request to a node and show its response. */
final class CtlOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--admin",
      paramLabel = "HOST:PORT",
      description = "Admin address of a node. Default: ${DEFAULT-VALUE}.")
  private String admin = Addresses.text(AdminSettings.defaults().address());

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "File with its token. Default: where a node of this user creates it.")
  private @Nullable Path tokenFile;

  @Option(names = "--json", description = "Prints the node's JSON response.")
  private boolean json;

  /** The request. */
  interface Request {
    JsonNode ask(CtlClient client) throws CtlClient.Failure;
  }

  /** Sends the request and shows the response; returns the exit code. */
  int run(Console console, Request request, Function<JsonNode, List<String>> table) {
    try {
      CtlClient client = new CtlClient(address(), tokenFile);
      JsonNode answer = request.ask(client);
      console.print(json ? List.of(answer.toPrettyString()) : table.apply(answer));
      if (!json) {
        answer
            .path("unanswered")
            .forEach(node -> console.complain("no answer from node " + node.textValue()));
      }
      return 0;
    } catch (CtlClient.Failure e) {
      return console.complain(String.valueOf(e.getMessage()));
    }
  }

  private String address() {
    try {
      return Addresses.hostAndPort(admin);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--admin: " + e.getMessage(), e);
    }
  }
}
