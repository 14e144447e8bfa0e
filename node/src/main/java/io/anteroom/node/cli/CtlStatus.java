// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The answer of {@code ctl status}: a line for each node, and what is wrong. */
final class CtlStatus {
  /** The exit code if something is wrong. */
  static final int WRONG = 3;

  /** A certificate that ends sooner than this is told of. */
  private static final Duration SOON = Duration.ofDays(14);

  private static final long BYTES_IN_MEGABYTE = 1_000_000;
  private static final int SECONDS_IN_MINUTE = 60;
  private static final int MINUTES_IN_HOUR = 60;
  private static final int HOURS_IN_DAY = 24;

  private final JsonNode answer;
  private final Instant now;

  CtlStatus(JsonNode answer, Instant now) {
    this.answer = answer;
    this.now = now;
  }

  List<String> lines() {
    List<String[]> rows = new ArrayList<>();
    rows.add(
        new String[] {
          "NODE",
          "STATE",
          "VERSION",
          "UP",
          "QUERIES",
          "SUSPENDED",
          "CACHED",
          "FILTERS",
          "SERVERS",
          "SHARDS",
          "HEAP"
        });
    for (JsonNode node : answer.path("nodes")) {
      rows.add(row(node));
    }
    List<String> lines = new ArrayList<>(CtlTables.table(rows));
    for (JsonNode node : answer.path("nodes")) {
      List<String> listeners = texts(node, "listeners");
      lines.add(
          CtlTables.printable(
              CtlTables.text(node, "node")
                  + " listens on "
                  + (listeners.isEmpty() ? "nothing" : String.join(", ", listeners))));
    }
    List<String> wrong = wrong();
    lines.addAll(wrong.isEmpty() ? List.of("all is well") : wrong);
    return lines;
  }

  /** What an operator should look at; empty if nothing. */
  List<String> wrong() {
    List<String> wrong = new ArrayList<>();
    for (JsonNode member : answer.path("members")) {
      if (!member.path("reachable").asBoolean()) {
        add(wrong, member, "member", "can't be reached");
      } else if (!CtlTables.text(member, "state").equals("up")) {
        add(wrong, member, "member", "is " + CtlTables.text(member, "state"));
      }
    }
    answer.path("unanswered").forEach(node -> wrong.add("WRONG  " + node.asText() + ": no answer"));
    answer.path("nodes").forEach(node -> addWrongOf(node, wrong));
    return wrong.stream().map(CtlTables::printable).toList();
  }

  private void addWrongOf(JsonNode node, List<String> wrong) {
    if (!node.path("ready").asBoolean()) {
      add(wrong, node, "node", "is not ready: it answers, but can't suspend queries now");
    }
    for (String away : texts(node, "filtersAway")) {
      add(wrong, node, "node", "filter " + away);
    }
    for (String down : texts(node, "serversDown")) {
      add(wrong, node, "node", "server " + down + " does not answer");
    }
    String ends = CtlTables.text(node, "certificateEnds");
    if (!ends.isEmpty() && Instant.parse(ends).isBefore(now.plus(SOON))) {
      boolean over = Instant.parse(ends).isBefore(now);
      String file = CtlTables.text(node, "certificateFile");
      add(
          wrong,
          node,
          "node",
          "the certificate %s %s at %s".formatted(file, over ? "ended" : "ends", ends));
    }
  }

  private static void add(List<String> wrong, JsonNode from, String field, String what) {
    wrong.add("WRONG  " + CtlTables.text(from, field) + ": " + what);
  }

  private static String[] row(JsonNode node) {
    int filters = node.path("filters").asInt();
    int servers = node.path("servers").asInt();
    return new String[] {
      CtlTables.text(node, "node"),
      node.path("ready").asBoolean() ? "ready" : "not ready",
      CtlTables.text(node, "version"),
      time(node.path("uptimeSeconds").asLong()),
      CtlTables.text(node, "queries"),
      CtlTables.text(node, "suspended"),
      CtlTables.text(node, "cached"),
      of(filters - node.path("filtersAway").size(), filters),
      of(servers - node.path("serversDown").size(), servers),
      CtlTables.text(node, "localShards"),
      "%d of %d MB"
          .formatted(
              node.path("heapUsed").asLong() / BYTES_IN_MEGABYTE,
              node.path("heapMax").asLong() / BYTES_IN_MEGABYTE)
    };
  }

  private static String of(int some, int all) {
    return all == 0 ? "none" : some + " of " + all;
  }

  /** The two largest units, as in 3d4h. */
  static String time(long seconds) {
    long minutes = seconds / SECONDS_IN_MINUTE;
    long hours = minutes / MINUTES_IN_HOUR;
    long days = hours / HOURS_IN_DAY;
    if (days > 0) {
      return pair(days, 'd', hours % HOURS_IN_DAY, 'h');
    } else if (hours > 0) {
      return pair(hours, 'h', minutes % MINUTES_IN_HOUR, 'm');
    }
    return minutes > 0 ? pair(minutes, 'm', seconds % SECONDS_IN_MINUTE, 's') : seconds + "s";
  }

  private static String pair(long large, char unit, long small, char smallUnit) {
    return String.format(Locale.ROOT, "%d%c%d%c", large, unit, small, smallUnit);
  }

  private static List<String> texts(JsonNode from, String field) {
    List<String> texts = new ArrayList<>();
    from.path(field).forEach(text -> texts.add(text.asText()));
    return texts;
  }

  /** The answer of {@code ctl members}. */
  static List<String> members(JsonNode answer) {
    List<String[]> rows = new ArrayList<>();
    rows.add(new String[] {"MEMBER", "ROLE", "STATE", "REACHABLE"});
    for (JsonNode member : answer.path("members")) {
      rows.add(
          new String[] {
            CtlTables.text(member, "member"),
            CtlTables.text(member, "role"),
            CtlTables.text(member, "state"),
            member.path("reachable").asBoolean() ? "yes" : "no"
          });
    }
    return rows.size() == 1
        ? List.of(CtlTables.text(answer, "asked") + " is in no cluster")
        : CtlTables.table(rows);
  }
}
