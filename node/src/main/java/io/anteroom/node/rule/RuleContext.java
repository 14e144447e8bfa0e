// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.config.SettingsReader;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.PoolStates;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What the rules of one configuration have in common: what they may name, the list files, and what
 * they ask a running node. Reading rules is for one thread at a time; looking things up for any.
 */
public final class RuleContext implements AutoCloseable {
  /** So many tag names may rules set; filters add theirs. What a query carries is bounded. */
  public static final int MAX_TAG_NAMES = 64;

  private final NodeSettings settings;
  private final Lists lists;
  private final PoolStates pools = new PoolStates();
  private final Set<String> tagNames = new HashSet<>();

  /** Until the rules of the configuration have been read. */
  private final List<Look> looks = new ArrayList<>();

  private boolean isRead;
  private volatile @Nullable Counters<Counter> counters;

  /** Where a rule looks at a tag. */
  private record Look(Tag tag, SettingsReader match, String key) {}

  private RuleContext(NodeSettings settings, Lists lists) {
    this.settings = settings;
    this.lists = lists;
  }

  /**
   * Reads what stands beside the rules in {@code anteroom}; what is wrong is noted in the reader.
   *
   * @param settings have the filters and pools that rules name
   * @param directory in which relative paths of files start
   */
  public static RuleContext read(SettingsReader anteroom, NodeSettings settings, Path directory) {
    return new RuleContext(settings, Lists.read(anteroom, directory));
  }

  /**
   * Lets the rules see a running node, and reads list files again when they change, until it is
   * closed.
   *
   * @param usable whether an upstream pool has a server that is not down
   */
  public void open(Predicate<String> usable, Counters<Counter> counters) {
    this.counters = counters;
    pools.askAt(usable);
    lists.watch(counters);
  }

  /** Lets the list files be. */
  @Override
  public void close() {
    lists.close();
  }

  /** A rate has given up a client or a name for another. */
  void evicted() {
    Counters<Counter> known = counters;
    if (known != null) {
      known.increment(Counter.RULE_RATES_EVICTED);
    }
  }

  NodeSettings settings() {
    return settings;
  }

  PoolStates pools() {
    return pools;
  }

  /** A list, by its name or its file. */
  ListFile list(String name) {
    return lists.get(name);
  }

  /** The same for a rule that came over the admin interface, which may not read every file. */
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

  /** A rule looks at this tag, which something else is to set. */
  void looksAt(Tag tag, SettingsReader match, String key) {
    if (!isRead) {
      looks.add(new Look(tag, match, key));
    }
  }

  /**
   * Warns of rules that look at tags which nothing sets; to be called when all rules have been
   * read. Filters set what they like.
   */
  void warnOfTagsThatNothingSets() {
    Set<String> set = new HashSet<>(tagNames);
    set.add(AnswerActions.Rpz.PASSED.name());
    settings.blocks().rules().forEach(rule -> set.addAll(rule.action().tags().keySet()));
    for (Look look : looks) {
      if (settings.filters().isEmpty() && !set.contains(look.tag().name())) {
        look.match()
            .warn(
                look.key(),
                "nothing in this configuration sets the tag \"" + look.tag().name() + "\"");
      }
    }
    looks.clear();
    isRead = true;
  }

  /** A tag that a rule sets. */
  Tag settableTag(String text) {
    Tag tag = Tag.parse(text);
    if (!tagNames.contains(tag.name()) && tagNames.size() >= MAX_TAG_NAMES) {
      throw new IllegalArgumentException("rules set more than " + MAX_TAG_NAMES + " kinds of tags");
    }
    tagNames.add(tag.name());
    return tag;
  }
}
