// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.anteroom.node.admin.PurgeWords;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows and purges the caches of all nodes. */
@Command(
    name = "cache",
    description = "Shows the caches of all nodes, and removes entries.",
    synopsisSubcommandLabel = "COMMAND")
final class CtlCache implements Runnable {
  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();

  CtlCache(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command?");
  }

  /** The entries to purge. */
  static final class What {
    @Parameters(paramLabel = "NAME", description = "Entries for this name.")
    private @Nullable String name;

    @Option(
        names = "--suffix",
        paramLabel = "NAME",
        description = "Entries for this name and all names below it.")
    private @Nullable String suffix;

    @Option(
        names = "--pool",
        paramLabel = "POOL",
        description = "Answers of this upstream pool, and verdicts for queries to it.")
    private @Nullable String pool;

    @Option(names = "--all", description = "All entries.")
    private boolean all;

    JsonNode words(String type, String target) {
      if (all) {
        return PurgeWords.words("all", "", type, target);
      } else if (suffix != null) {
        return PurgeWords.words("suffix", suffix, type, target);
      } else if (pool != null) {
        return PurgeWords.words("pool", pool, type, target);
      }
      return PurgeWords.words("name", Objects.requireNonNull(name), type, target);
    }
  }

  /** The cache to purge. */
  static final class Which {
    @Option(names = "--answers", description = "Only answers of upstream servers.")
    private boolean answers;

    @Option(names = "--verdicts", description = "Only verdicts of filters.")
    private boolean verdicts;

    String target() {
      return verdicts ? "verdicts" : answers ? "answers" : "both";
    }
  }

  @Command(
      name = "purge",
      description = {
        "Removes answers and verdicts on all nodes, and reports how many.",
        "A node that can't be reached removes them when it is back."
      })
  int purge(
      @Mixin CtlOptions options,
      @ArgGroup(multiplicity = "1") What what,
      @ArgGroup @Nullable Which which,
      @Option(
              names = "--type",
              paramLabel = "TYPE",
              defaultValue = "",
              description = "Only entries of this type, such as AAAA.")
          String type) {
    String target = which == null ? "both" : which.target();
    JsonNode words = what.words(type, target);
    check("purge", words);
    return options.run(console, client -> client.post("cache/purge", words), CtlCache::purged);
  }

  private void check(String command, JsonNode words) {
    try {
      var unused = PurgeWords.parse(words);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          spec.subcommands().get(command), String.valueOf(e.getMessage()), e);
    }
  }

  @Command(name = "stats", description = "Shows size and counters of the caches of each node.")
  int stats(@Mixin CtlOptions options) {
    return options.run(console, client -> client.get("cache"), CtlCache::stats);
  }

  /** The names to list. */
  static final class Of {
    @Option(names = "--name", paramLabel = "NAME", description = "Only entries of this name.")
    private @Nullable String name;

    @Option(
        names = "--suffix",
        paramLabel = "NAME",
        description = "Only entries of this name and names below it.")
    private @Nullable String suffix;
  }

  @Command(name = "dump", description = "Lists cached answers, or held verdicts, of all nodes.")
  int dump(
      @Mixin CtlOptions options,
      @Option(
              names = "--limit",
              paramLabel = "N",
              defaultValue = "100",
              description = "Maximum number of entries, 1 to 10000. Default: 100.")
          int limit,
      @Option(names = "--verdicts", description = "Lists held verdicts.") boolean verdicts,
      @ArgGroup @Nullable Of of) {
    String name = of == null || of.name == null ? "" : of.name;
    String suffix = of == null || of.suffix == null ? "" : of.suffix;
    return options.run(
        console,
        client ->
            client.get(
                "cache/entries?limit="
                    + limit
                    + (verdicts ? "&verdicts=true" : "")
                    + CtlClient.parameter("name", name)
                    + CtlClient.parameter("suffix", suffix)),
        body -> entries(body, verdicts));
  }

  private static List<String> purged(JsonNode answer) {
    long answers = answer.path("answers").asLong();
    long verdicts = answer.path("verdicts").asLong();
    int nodes = answer.path("nodes").size();
    String where = " on %d %s".formatted(nodes, nodes == 1 ? "node" : "nodes");
    List<String> lines = new ArrayList<>();
    lines.add(
        answers + verdicts == 0
            ? "nothing of that was there" + where
            : "%d %s and %d %s gone%s"
                .formatted(
                    answers,
                    answers == 1 ? "answer" : "answers",
                    verdicts,
                    verdicts == 1 ? "verdict" : "verdicts",
                    where));
    if (!answer.path("unanswered").isEmpty()) {
      lines.add("who has not answered forgets it when it is back");
    }
    return lines;
  }

  private static List<String> stats(JsonNode answer) {
    List<String[]> rows = new ArrayList<>();
    rows.add(
        new String[] {
          "NODE",
          "CACHE",
          "ENTRIES",
          "BYTES",
          "OF",
          "HITS",
          "MISSES",
          "INSERTS",
          "EVICTED",
          "STALE",
          "PREFETCHED"
        });
    for (JsonNode node : answer.path("caches")) {
      rows.add(
          cells(
              node,
              "answers",
              "answers",
              "answerBytes",
              "answerMaxBytes",
              "hits",
              "misses",
              "inserts",
              "evictions",
              "staleHits",
              "prefetches"));
      rows.add(
          cells(
              node,
              "verdicts",
              "verdicts",
              "verdictBytes",
              "verdictMaxBytes",
              "verdictHits",
              "",
              "verdictInserts",
              "verdictEvictions",
              "",
              ""));
    }
    return CtlTables.table(rows);
  }

  private static String[] cells(JsonNode node, String cache, String... fields) {
    String[] cells = new String[fields.length + 2];
    cells[0] = CtlTables.text(node, "node");
    cells[1] = cache;
    for (int i = 0; i < fields.length; i++) {
      cells[i + 2] = fields[i].isEmpty() ? "-" : CtlTables.text(node, fields[i]);
    }
    return cells;
  }

  private static List<String> entries(JsonNode answer, boolean verdicts) {
    List<String[]> rows = new ArrayList<>();
    rows.add(
        verdicts
            ? new String[] {
              "NAME", "TYPE", "SERVICE", "CLIENT", "POOL", "VERDICT", "TTL", "BYTES", "HITS", "NODE"
            }
            : new String[] {"NAME", "TYPE", "POOL", "RCODE", "TTL", "BYTES", "HITS", "NODE"});
    for (JsonNode entry : answer.path("entries")) {
      List<String> row = new ArrayList<>();
      row.add(CtlTables.text(entry, "name"));
      row.add(CtlTables.text(entry, "type"));
      if (verdicts) {
        row.add(CtlTables.text(entry, "service"));
        row.add(CtlTables.text(entry, "client"));
      }
      for (String field : List.of("pool", "content", "ttl", "bytes", "hits", "node")) {
        row.add(CtlTables.text(entry, field));
      }
      rows.add(row.toArray(String[]::new));
    }
    int listed = rows.size() - 1;
    List<String> lines = listed == 0 ? new ArrayList<>() : CtlTables.table(rows);
    lines.add(
        "%d listed, about %s kept on all nodes".formatted(listed, CtlTables.text(answer, "total")));
    return lines;
  }
}
