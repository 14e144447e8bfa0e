// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Says of each key of the configuration when a change of it takes effect. It is the one place that
 * says so: a reload refuses what is fixed here, {@code anteroom check} names it, and tests hold the
 * reference to it.
 *
 * <p>A block has one entry for all that is in it, but for {@code filters} and {@code operations},
 * where each key of a service has its own.
 */
public final class SettingKeys {
  /** When a change takes effect. */
  public enum Change {
    /** When the configuration is loaded again. */
    LIVE,
    /** When the node is started again; a reload with another value is refused. */
    FIXED,
    /** When the node is started again; a reload takes another value and does nothing with it. */
    NEXT_START
  }

  /**
   * A key.
   *
   * @param name below {@code anteroom}, or below a filter service
   * @param value what it comes to, by which a fixed key shows that it has changed; null for a key
   *     whose reader compares it itself
   */
  record Key<T>(String name, Change change, @Nullable Function<T, @Nullable Object> value) {}

  private static final String FILTERS = "filters";
  private static final String OPERATIONS = "operations";

  private static final List<Key<NodeSettings>> ALL =
      List.of(
          fixed("listeners", NodeSettings::listeners),
          fixed("cluster", NodeSettings::cluster),
          fixed("admin", NodeSettings::admin),
          fixed("loops", NodeSettings::loops),
          fixed("max-suspended-bytes", NodeSettings::maxSuspendedBytes),
          fixed("embedded-blocklist", NodeSettings::embeddedBlocklist),
          fixed("cookies", NodeSettings::cookies),
          new Key<>("rules-file", Change.FIXED, null),
          fixed("data-dir", settings -> settings.data().directory()),
          new Key<>("start-within", Change.NEXT_START, null),
          live("acl"),
          live("upstreams"),
          live("rules"),
          live("lists"),
          live("policies"),
          live("zones"),
          live("local"),
          live("special-names"),
          live("identity"),
          live("cache"),
          live("verdict-cache"),
          live("response-rate-limit"),
          live("blocks"),
          live("ddr"),
          live("spool"),
          live("drain"));

  private static final List<Key<FilterSettings>> OF_FILTER =
      List.of(
          new Key<>("async-id", Change.FIXED, null),
          fixed("connector", FilterSettings::connector),
          fixed("members", ofGroup(GroupSettings::members)),
          fixed("decide", ofGroup(GroupSettings::decide)),
          fixed("quorum", ofGroup(SettingKeys::quorum)),
          live("timeout"),
          live("on-timeout"),
          live("on-overload"),
          live("on-no-filter"),
          live("max-suspended"),
          live("max-per-client"),
          live("max-queued"),
          live("breaker"));

  private static final List<Key<FilterSettings>> OF_OPERATION =
      List.of(
          new Key<>("async-id", Change.FIXED, null),
          kind("sql"),
          kind("http"),
          kind("exec"),
          kind("resolve"),
          kind("sleep"),
          kind("worker"),
          live("timeout"),
          live("max-suspended"),
          live("max-per-client"),
          live("max-queued"),
          live("breaker"));

  private SettingKeys() {}

  /** The block of one kind of operations. */
  private static Key<FilterSettings> kind(String name) {
    return fixed(
        name,
        service -> {
          ConnectorSettings.Operation operation = service.operation();
          return operation != null && operation.key().equals(name) ? operation : null;
        });
  }

  private static <T> Key<T> fixed(String name, Function<T, @Nullable Object> value) {
    return new Key<>(name, Change.FIXED, value);
  }

  private static <T> Key<T> live(String name) {
    return new Key<>(name, Change.LIVE, null);
  }

  private static Function<FilterSettings, @Nullable Object> ofGroup(
      Function<GroupSettings, @Nullable Object> value) {
    return filter -> {
      GroupSettings group = filter.group();
      return group == null ? null : value.apply(group);
    };
  }

  /** What it matters for; the default follows the members. */
  private static @Nullable Integer quorum(GroupSettings group) {
    return group.decide() == GroupSettings.Decide.QUORUM ? group.quorum() : null;
  }

  /**
   * When a change of this key takes effect.
   *
   * @param path of the key below {@code anteroom}, or of one within its block
   * @return null for a key that nothing is said about
   */
  public static @Nullable Change of(List<String> path) {
    if (path.get(0).equals(FILTERS)) {
      return path.size() < 3 ? null : find(OF_FILTER, path.get(2));
    } else if (path.get(0).equals(OPERATIONS)) {
      return path.size() < 3 ? null : find(OF_OPERATION, path.get(2));
    }
    return find(ALL, path.get(0));
  }

  private static <T> @Nullable Change find(List<Key<T>> keys, String name) {
    return keys.stream()
        .filter(key -> key.name().equals(name))
        .map(Key::change)
        .findFirst()
        .orElse(null);
  }

  /**
   * The keys that are fixed, those of services as {@code filters.NAME.KEY} and {@code
   * operations.NAME.KEY}.
   */
  public static List<String> fixed() {
    return Stream.of(
            names(ALL),
            names(OF_FILTER).map(name -> FILTERS + ".NAME." + name),
            names(OF_OPERATION).map(name -> OPERATIONS + ".NAME." + name))
        .flatMap(names -> names)
        .toList();
  }

  private static <T> Stream<String> names(List<Key<T>> keys) {
    return keys.stream().filter(key -> key.change() == Change.FIXED).map(Key::name);
  }

  /** The fixed keys that this configuration sets. */
  public static List<String> fixedIn(SettingsReader anteroom) {
    List<String> set = new ArrayList<>(names(ALL).filter(anteroom::has).toList());
    addFixed(set, anteroom, FILTERS, OF_FILTER);
    addFixed(set, anteroom, OPERATIONS, OF_OPERATION);
    return set;
  }

  private static void addFixed(
      List<String> set, SettingsReader anteroom, String services, List<Key<FilterSettings>> keys) {
    anteroom
        .namedBlocks(services)
        .forEach(
            (name, block) ->
                names(keys)
                    .filter(block::has)
                    .forEach(key -> set.add(services + "." + name + "." + key)));
  }

  /** The fixed keys of a node whose values can be compared here. */
  static List<Key<NodeSettings>> comparable() {
    return ALL.stream().filter(key -> key.value() != null).toList();
  }

  /** The fixed keys of such a service whose values can be compared here. */
  static List<Key<FilterSettings>> comparableOf(FilterSettings service) {
    return (service.operation() == null ? OF_FILTER : OF_OPERATION)
        .stream().filter(key -> key.value() != null).toList();
  }
}
