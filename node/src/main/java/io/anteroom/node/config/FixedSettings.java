// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.util.Collection;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What can't change while a node runs: what it has bound, joined or been built for. */
public final class FixedSettings {
  private static final String CHANGED = "has changed, which needs a restart";

  private FixedSettings() {}

  /**
   * Notes an error at each key that has changed but can't.
   *
   * @param anteroom from which the next settings were read
   * @param services all that the running node knows, those among them that it no longer asks
   */
  public static void check(
      SettingsReader anteroom,
      NodeSettings running,
      Collection<FilterSettings> services,
      NodeSettings next) {
    same(anteroom, "listeners", running.listeners(), next.listeners());
    same(anteroom, "cluster", running.cluster(), next.cluster());
    same(anteroom, "admin", running.admin(), next.admin());
    same(anteroom, "embedded-blocklist", running.embeddedBlocklist(), next.embeddedBlocklist());
    same(anteroom, "loops", running.loops(), next.loops());
    same(anteroom, "max-suspended-bytes", running.maxSuspendedBytes(), next.maxSuspendedBytes());
    for (FilterSettings filter : next.filters().values()) {
      check(anteroom.block("filters").block(filter.name()), filter, services);
    }
  }

  private static void check(
      SettingsReader block, FilterSettings next, Collection<FilterSettings> services) {
    @Nullable ConnectorSettings connector = null;
    for (FilterSettings known : services) {
      boolean sameName = known.name().equals(next.name());
      if (sameName != (known.asyncId() == next.asyncId())) {
        String what = "was that of filters.%s when the node started".formatted(known.name());
        block.error("async-id", sameName ? CHANGED : what + "; to change it needs a restart");
      } else if (sameName) {
        connector = known.connector();
        same(block, "members", known.group(), next.group());
      }
    }
    if (!Objects.equals(connector, next.connector())) {
      block.error("connector", CHANGED);
    }
  }

  /** Notes that this key has changed but can't. */
  public static void refuse(SettingsReader block, String key) {
    block.error(key, CHANGED);
  }

  private static void same(
      SettingsReader block, String key, @Nullable Object running, @Nullable Object next) {
    if (!Objects.equals(running, next)) {
      refuse(block, key);
    }
  }
}
