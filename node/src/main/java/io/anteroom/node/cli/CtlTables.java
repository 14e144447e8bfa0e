// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Formats responses of a node as tables. */
final class CtlTables {
  private static final int MILLIS_IN_SECOND = 1000;

  private CtlTables() {}

  static List<String> suspended(JsonNode answer) {
    List<String[]> rows = new ArrayList<>();
    rows.add(
        row(
            "KEY",
            "SERVICE",
            "NAME",
            "TYPE",
            "CLIENT",
            "IDENTITY",
            "STAGE",
            "NODE",
            "AGE",
            "LEFT",
            "OPERATION",
            "ROUTE"));
    for (JsonNode query : answer.path("suspended")) {
      rows.add(
          row(
              text(query, "key"),
              text(query, "service"),
              text(query, "name"),
              text(query, "type"),
              text(query, "client"),
              orDash(text(query, "identity")),
              text(query, "stage"),
              text(query, "node"),
              seconds(query, "ageMillis"),
              seconds(query, "leftMillis"),
              orDash(text(query, "operation")),
              orDash(text(query, "route"))));
    }
    long total = answer.path("total").asLong();
    int listed = rows.size() - 1;
    List<String> lines = listed == 0 ? new ArrayList<>() : table(rows);
    lines.add(
        total > listed
            ? "%d of %d suspended queries".formatted(listed, total)
            : "%d suspended %s".formatted(listed, listed == 1 ? "query" : "queries"));
    return lines;
  }

  static List<String> filters(JsonNode answer) {
    List<String[]> services = new ArrayList<>();
    List<String[]> instances = new ArrayList<>();
    services.add(
        row(
            "SERVICE",
            "ID",
            "NODE",
            "INSTANCES",
            "SUSPENDED",
            "IN FLIGHT",
            "QUEUED",
            "RESUMED",
            "TIMED OUT",
            "P50",
            "P99",
            "BREAKER"));
    instances.add(row("SERVICE", "NODE", "INSTANCE", "IN FLIGHT", "CREDITS"));
    for (JsonNode filter : answer.path("filters")) {
      JsonNode each = filter.path("instances");
      services.add(
          row(
              text(filter, "service"),
              text(filter, "asyncId"),
              text(filter, "node"),
              Integer.toString(each.size()),
              text(filter, "suspended"),
              text(filter, "outstanding"),
              text(filter, "queued"),
              text(filter.path("counts"), "resumed"),
              text(filter.path("counts"), "timed_out"),
              millis(filter.path("latencyMicros"), "p50"),
              millis(filter.path("latencyMicros"), "p99"),
              text(filter, "breaker")));
      for (JsonNode instance : each) {
        instances.add(
            row(
                text(filter, "service"),
                text(filter, "node"),
                text(instance, "path"),
                text(instance, "outstanding"),
                text(instance, "credits") + " of " + text(instance, "granted")));
      }
    }
    if (services.size() == 1) {
      return List.of("no filter services");
    }
    List<String> lines = table(services);
    if (instances.size() > 1) {
      lines.add("");
      lines.addAll(table(instances));
    }
    lines.addAll(groups(answer));
    return lines;
  }

  /** Shows each group once, because all nodes have the same groups. */
  private static List<String> groups(JsonNode answer) {
    Map<String, String[]> groups = new TreeMap<>();
    for (JsonNode filter : answer.path("filters")) {
      List<String> members = new ArrayList<>();
      filter.path("members").forEach(member -> members.add(member.asText()));
      if (!members.isEmpty()) {
        String name = text(filter, "service");
        groups.put(name, row(name, text(filter, "decide"), String.join(", ", members)));
      }
    }
    if (groups.isEmpty()) {
      return List.of();
    }
    List<String[]> rows = new ArrayList<>(List.<String[]>of(row("GROUP", "DECIDE", "MEMBERS")));
    rows.addAll(groups.values());
    List<String> lines = new ArrayList<>(List.of(""));
    lines.addAll(table(rows));
    return lines;
  }

  /** One field per line. */
  static List<String> fields(JsonNode answer) {
    List<String[]> rows = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : answer.properties()) {
      JsonNode value = field.getValue();
      for (Map.Entry<String, JsonNode> part : value.properties()) {
        rows.add(row(field.getKey() + "." + part.getKey(), part.getValue().asText()));
      }
      if (value.isValueNode() && !value.isNull()) {
        rows.add(row(field.getKey(), value.asText()));
      }
    }
    return table(rows);
  }

  static List<String> done(JsonNode answer) {
    return List.of(text(answer, "key") + ": " + text(answer, "result"));
  }

  /** The text without terminal control characters. */
  static String printable(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }

  private static String[] row(String... cells) {
    return cells;
  }

  private static String orDash(String text) {
    return text.isEmpty() ? "-" : text;
  }

  static String text(JsonNode from, String field) {
    return from.path(field).asText();
  }

  static String seconds(JsonNode from, String field) {
    double seconds = from.path(field).asDouble() / MILLIS_IN_SECOND;
    return String.format(Locale.ROOT, "%.1fs", seconds);
  }

  /** A dash if there was no verdict yet. */
  static String millis(JsonNode from, String field) {
    if (from.path("count").asLong() == 0) {
      return "-";
    }
    double millis = from.path(field).asDouble() / MILLIS_IN_SECOND;
    return String.format(Locale.ROOT, "%.2fms", millis);
  }

  static List<String> table(List<String[]> rows) {
    int[] widths = new int[rows.stream().mapToInt(row -> row.length).max().orElse(0)];
    for (String[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        row[i] = printable(row[i]);
        widths[i] = Math.max(widths[i], row[i].length());
      }
    }
    List<String> lines = new ArrayList<>();
    for (String[] row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.length; i++) {
        line.append(row[i]).append(" ".repeat(widths[i] - row[i].length() + 2));
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }
}
