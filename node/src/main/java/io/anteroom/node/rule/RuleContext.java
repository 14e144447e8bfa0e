// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.config.SettingsReader;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.PolicyProgram;
import io.anteroom.node.flow.PoolStates;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The shared context of the rules of one configuration: names that they may use, list files, and
 * the state of the running node that they query. One thread at a time may read rules; any thread
 * may look things up.
 */
public final class RuleContext implements AutoCloseable {
  /**
   * The maximum number of tag names that rules set, because the tags of a query are limited.
   * Filters may add their own.
   */
  public static final int MAX_TAG_NAMES = 64;

  private static final Map<String, Boolean> RUN_RESPONSE = Map.of("each-time", false, "once", true);

  private final NodeSettings settings;
  private final Lists lists;
  private final Map<String, PolicyProgram> policies;
  private final boolean responseOnce;
  private final PoolStates pools = new PoolStates();
  private final Set<String> tagNames = new HashSet<>();

  /** Used only until the rules of the configuration have been read. */
  private final List<Look> looks = new ArrayList<>();

  private boolean isRead;
  private volatile @Nullable Counters<Counter> counters;

  /** A place where a rule matches a tag. */
  private record Look(Tag tag, SettingsReader match, String key) {}

  private RuleContext(
      NodeSettings settings,
      Lists lists,
      Map<String, PolicyProgram> policies,
      boolean responseOnce) {
    this.settings = settings;
    this.lists = lists;
    this.policies = policies;
    this.responseOnce = responseOnce;
  }

  /**
   * Reads the settings of {@code anteroom} that rules use; errors are recorded in the reader.
   *
   * @param settings the settings with the filters and pools that rules name
   * @param policies those of the settings that could be loaded, by name
   * @param directory the directory at which relative paths start
   */
  public static RuleContext read(
      SettingsReader anteroom,
      NodeSettings settings,
      Map<String, PolicyProgram> policies,
      Path directory) {
    boolean responseOnce = anteroom.block("rules").word("run-response", false, RUN_RESPONSE);
    return new RuleContext(settings, Lists.read(anteroom, directory), policies, responseOnce);
  }

  /**
   * Connects the rules with the running node, and reads list files again when they change, until
   * {@link #close}.
   *
   * @param usable whether an upstream pool has a server that is not down
   */
  public void open(Predicate<String> usable, Counters<Counter> counters) {
    this.counters = counters;
    pools.askAt(usable);
    lists.watch(counters);
  }

  /** Stops watching the list files. */
  @Override
  public void close() {
    lists.close();
  }

  /** Counts an eviction from the table of a rate. */
  void evicted() {
    Counters<Counter> known = counters;
    if (known != null) {
      known.increment(Counter.RULE_RATES_EVICTED);
    }
  }

  boolean responseOnce() {
    return responseOnce;
  }

  NodeSettings settings() {
    return settings;
  }

  PoolStates pools() {
    return pools;
  }

  /** Finds a policy by its name; null if it could not be loaded. */
  @Nullable PolicyProgram policy(String name) {
    return policies.get(name);
  }

  /** Finds a list by its name or its file. */
  ListFile list(String name) {
    return lists.get(name);
  }

  /** Finds a list for a rule from the admin interface, which may read only some files. */
  ListFile listOfOperator(String name) {
    return lists.ofOperator(name);
  }

  /** Checks the name of an upstream pool. */
  String pool(String name) {
    Set<String> known = settings.upstreams().keySet();
    if (!known.contains(name)) {
      throw new IllegalArgumentException("upstream pool " + SettingsReader.unknown(name, known));
    }
    return name;
  }

  /** Records that a rule matches this tag, which something must set. */
  void looksAt(Tag tag, SettingsReader match, String key) {
    if (!isRead) {
      looks.add(new Look(tag, match, key));
    }
  }

  /**
   * Warns of rules that match a tag that no rule and no block sets, if there are no filters and no
   * policies, which may set any tag. Must be called after all rules have been read.
   */
  void warnOfTagsThatNothingSets() {
    Set<String> set = new HashSet<>(tagNames);
    set.add(AnswerActions.Rpz.PASSED.name());
    settings.blocks().rules().forEach(rule -> set.addAll(rule.action().tags().keySet()));
    for (Look look : looks) {
      boolean code = !settings.filters().isEmpty() || !settings.policies().isEmpty();
      if (!code && !set.contains(look.tag().name())) {
        look.match()
            .warn(
                look.key(),
                "nothing in this configuration sets the tag \"" + look.tag().name() + "\"");
      }
    }
    looks.clear();
    isRead = true;
  }

  /** Parses a tag that a rule sets. */
  Tag settableTag(String text) {
    Tag tag = Tag.parse(text);
    if (!tagNames.contains(tag.name()) && tagNames.size() >= MAX_TAG_NAMES) {
      throw new IllegalArgumentException("rules set more than " + MAX_TAG_NAMES + " kinds of tags");
    }
    tagNames.add(tag.name());
    return tag;
  }
}
