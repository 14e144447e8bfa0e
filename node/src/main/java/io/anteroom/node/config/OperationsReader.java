// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the operation services into the same map as the filter services. */
final class OperationsReader {
  private static final List<String> KINDS =
      List.of("sql", "http", "exec", "resolve", "sleep", "worker");

  /** Keys that only filter services have, with the reason. */
  private static final Map<String, String> OF_FILTERS =
      Map.of(
          "on-timeout", "is for filters; the policy that starts an operation gets a result code",
          "on-overload", "is for filters; the policy that starts an operation gets a result code",
          "on-no-filter", "is for filters; the policy that starts an operation gets a result code",
          "connector", "is for filters; an operation has one block of " + kinds(),
          "members", "is for filters; an operation can't be a group",
          "decide", "is for filters; an operation can't be a group",
          "quorum", "is for filters; an operation can't be a group");

  private final Path directory;
  private final Set<String> pools;

  /**
   * Makes a reader.
   *
   * @param directory the directory at which relative paths start
   * @param pools the names of the upstream pools
   */
  OperationsReader(Path directory, Set<String> pools) {
    this.directory = directory;
    this.pools = pools;
  }

  /**
   * Reads all operation services.
   *
   * @param services reads what they have in common with filter services, and knows all asyncIDs
   * @param to the filter services, by name
   */
  void read(SettingsReader anteroom, FiltersReader services, Map<String, FilterSettings> to) {
    anteroom
        .namedBlocks("operations")
        .forEach(
            (name, block) -> {
              FilterSettings service = services.readOperation(name, block, operation(block));
              if (to.containsKey(name)) {
                block.error("the name is taken by filters." + name);
              } else {
                to.put(name, service);
              }
            });
  }

  private static String kinds() {
    return String.join(", ", KINDS.subList(0, KINDS.size() - 1))
        + " and "
        + KINDS.get(KINDS.size() - 1);
  }

  private ConnectorSettings.@Nullable Operation operation(SettingsReader block) {
    OF_FILTERS.forEach(
        (key, why) -> {
          if (block.isWrong(key)) {
            block.error(key, why);
          }
        });
    List<String> set = KINDS.stream().filter(block::has).toList();
    if (set.size() != 1) {
      block.error(
          set.isEmpty()
              ? "has no operation; it must have one of " + kinds()
              : "must have one of %s, not %s".formatted(kinds(), String.join(" and ", set)));
    }
    // All are read, so that the errors in each are reported.
    ConnectorSettings.Operation first = null;
    for (String kind : set) {
      ConnectorSettings.Operation read = read(kind, block.block(kind));
      first = first == null ? read : first;
    }
    return first;
  }

  private ConnectorSettings.@Nullable Operation read(String kind, SettingsReader block) {
    return switch (kind) {
      case "sql" -> OperationBlocks.sql(block, directory);
      case "http" -> OperationBlocks.http(block, directory);
      case "exec" -> OperationBlocks.exec(block, directory);
      case "resolve" -> resolve(block);
      case "sleep" ->
          new ConnectorSettings.Sleep(
              block.integer(
                  "max", ConnectorSettings.Sleep.DEFAULT_MAX, 1, ConnectorSettings.Sleep.MAX));
      default -> worker(block);
    };
  }

  private ConnectorSettings.Operation resolve(SettingsReader block) {
    String pool = block.text("pool", PoolSettings.DEFAULT);
    if (!pools.contains(pool)) {
      block.error("pool", "upstream pool " + SettingsReader.unknown(pool, pools));
    }
    return new ConnectorSettings.Resolve(
        pool,
        block.integer(
            "max-lookups",
            ConnectorSettings.Resolve.DEFAULT_MAX_LOOKUPS,
            1,
            ConnectorSettings.Resolve.MAX_LOOKUPS));
  }

  private static ConnectorSettings.Operation worker(SettingsReader block) {
    return new ConnectorSettings.Worker(
        block.integer(
            "workers",
            ConnectorSettings.Worker.DEFAULT_WORKERS,
            1,
            ConnectorSettings.Worker.MAX_WORKERS),
        block.integer(
            "queue", ConnectorSettings.Worker.DEFAULT_QUEUE, 1, ConnectorSettings.Worker.MAX_QUEUE),
        block.flag("io", false));
  }
}
