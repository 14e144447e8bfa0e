// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.anteroom.node.filter.VerdictWords;
import io.anteroom.protocol.SuspensionKey;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Inspects and controls a running cluster through any of its nodes. */
@Command(
    name = "ctl",
    description = "Inspects and controls a running cluster, through any of its nodes.",
    synopsisSubcommandLabel = "COMMAND")
final class CtlCommand implements Runnable {
  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();

  CtlCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command?");
  }

  @Command(
      name = "status",
      description = "Shows how each node is, and what is wrong.",
      exitCodeListHeading = "Exit codes:%n",
      exitCodeList = {
        "0:All is well.",
        "1:No node answered.",
        "2:Wrong use.",
        "3:Something is wrong: a node, filter, server or certificate."
      })
  int status(@Mixin CtlOptions options) {
    AtomicInteger code = new AtomicInteger();
    int asked =
        options.run(
            console,
            client -> {
              JsonNode answer = client.get("status");
              boolean well = new CtlStatus(answer, Instant.now()).wrong().isEmpty();
              code.set(well ? 0 : CtlStatus.WRONG);
              return answer;
            },
            body -> new CtlStatus(body, Instant.now()).lines());
    return asked == 0 ? code.get() : asked;
  }

  @Command(
      name = "members",
      description = "Lists nodes and filters in the cluster, as one node sees it.")
  int members(@Mixin CtlOptions options) {
    return options.run(console, client -> client.get("members"), CtlStatus::members);
  }

  @Command(name = "filters", description = "Lists the filter services and their instances.")
  int filters(@Mixin CtlOptions options) {
    return options.run(console, client -> client.get("filters"), body -> CtlTables.filters(body));
  }

  /** Its commands are methods. */
  @Command(
      name = "suspended",
      description = "Lists, shows and decides suspended queries.",
      synopsisSubcommandLabel = "COMMAND")
  static final class Suspended implements Runnable {
    private final Console console;

    @Spec private CommandSpec spec = CommandSpec.create();

    Suspended(Console console) {
      this.console = console;
    }

    @Override
    public void run() {
      throw new ParameterException(spec.commandLine(), "Which command?");
    }

    @Command(name = "list", description = "Lists the queries that have been suspended longest.")
    int list(
        @Mixin CtlOptions options,
        @Option(
                names = "--limit",
                paramLabel = "N",
                defaultValue = "100",
                description = "Maximum number of queries, 1 to 10000. Default: 100.")
            int limit,
        @Option(
                names = "--service",
                paramLabel = "NAME",
                defaultValue = "",
                description = "Only queries of this filter service.")
            String service) {
      return options.run(
          console,
          client ->
              client.get("suspended?limit=" + limit + CtlClient.parameter("service", service)),
          body -> CtlTables.suspended(body));
    }

    @Command(name = "show", description = "Shows all details of one suspended query.")
    int show(
        @Mixin CtlOptions options,
        @Parameters(paramLabel = "KEY", description = "As shown by list: 7/81985529216486895.")
            String key) {
      SuspensionKey parsed = key("show", key);
      return options.run(
          console, client -> client.get("suspended/" + parsed), body -> CtlTables.fields(body));
    }

    @Command(name = "resume", description = "Gives one a verdict.", footer = VerdictWords.HELP)
    int resume(
        @Mixin CtlOptions options,
        @Parameters(index = "0", paramLabel = "KEY", description = "As shown by list.") String key,
        @Parameters(
                index = "1..*",
                paramLabel = "VERDICT",
                arity = "0..*",
                description = "One of the verdicts below. Default: continue.")
            List<String> verdict) {
      SuspensionKey parsed = key("resume", key);
      String words = verdict == null ? "" : String.join(" ", verdict);
      check(words);
      return options.run(
          console,
          client -> client.post("suspended/" + parsed + "/resume", words),
          body -> CtlTables.done(body));
    }

    @Command(name = "drop", description = "Ends one suspended query without an answer.")
    int drop(
        @Mixin CtlOptions options,
        @Parameters(paramLabel = "KEY", description = "As shown by list.") String key) {
      SuspensionKey parsed = key("drop", key);
      return options.run(
          console,
          client -> client.post("suspended/" + parsed + "/drop", ""),
          body -> CtlTables.done(body));
    }

    private SuspensionKey key(String command, String text) {
      try {
        return SuspensionKey.parse(text);
      } catch (IllegalArgumentException e) {
        throw wrong(command, e);
      }
    }

    private void check(String words) {
      try {
        var unused = VerdictWords.parse(words);
      } catch (IllegalArgumentException e) {
        throw wrong("resume", e);
      }
    }

    private ParameterException wrong(String command, IllegalArgumentException what) {
      CommandLine asked = spec.subcommands().get(command);
      return new ParameterException(asked, String.valueOf(what.getMessage()));
    }
  }
}
