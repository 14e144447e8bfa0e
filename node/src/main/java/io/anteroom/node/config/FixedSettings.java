// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.util.Collection;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Refuses changes of what {@link SettingKeys} says is fixed while a node runs. */
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
    SettingKeys.comparable().forEach(key -> same(anteroom, key, running, next));
    for (FilterSettings filter : next.filters().values()) {
      String all = filter.operation() == null ? "filters" : "operations";
      check(anteroom.block(all).block(filter.name()), filter, services);
    }
  }

  private static void check(
      SettingsReader block, FilterSettings next, Collection<FilterSettings> services) {
    ConnectorSettings.Operation operation = next.operation();
    FilterSettings before = null;
    for (FilterSettings known : services) {
      boolean sameName = known.name().equals(next.name());
      if (sameName != (known.asyncId() == next.asyncId())) {
        String what =
            "was that of %s.%s when the node started"
                .formatted(known.operation() == null ? "filters" : "operations", known.name());
        block.error("async-id", sameName ? CHANGED : what + "; to change it needs a restart");
      } else if (sameName) {
        before = known;
      }
    }
    if (before != null) {
      FilterSettings known = before;
      if ((known.operation() == null) != (operation == null)) {
        block.error("has changed between filters and operations, which needs a restart");
      } else {
        SettingKeys.comparableOf(next).forEach(key -> same(block, key, known, next));
      }
    } else if (operation != null) {
      // What its runner needs is opened when a node starts.
      refuse(block, operation.key());
    } else if (next.connector() != null) {
      // What a connector needs is opened when a node starts.
      refuse(block, "connector");
    }
  }

  /** Notes that this key has changed but can't. */
  public static void refuse(SettingsReader block, String key) {
    block.error(key, CHANGED);
  }

  private static <T> void same(SettingsReader block, SettingKeys.Key<T> key, T running, T next) {
    Function<T, @Nullable Object> value = key.value();
    if (value != null && !Objects.equals(value.apply(running), value.apply(next))) {
      refuse(block, key.name());
    }
  }
}
