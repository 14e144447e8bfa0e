// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rate;

import io.anteroom.node.config.BlockRule;
import io.anteroom.node.config.BlocksSettings;
import io.anteroom.node.config.Netmask;
import io.anteroom.node.rate.BlockKeeper.Exceeded;
import io.anteroom.node.rate.BlockKeeper.Warned;
import io.anteroom.node.wire.KeyedHash;
import java.net.InetAddress;
import java.util.List;
import java.util.function.Consumer;

/**
 * Counts events of clients for each rule for blocks, and reports clients above the limit. One
 * object for all event loops of a node; thread-safe.
 */
final class Watch {
  private final List<Netmask> exclude;
  private final Watched[] queryRules;
  private final Watched[] answerRules;
  private final Consumer<BlockKeeper.Command> report;

  Watch(
      BlocksSettings settings, long nanos, Runnable onEvict, Consumer<BlockKeeper.Command> report) {
    this.exclude = settings.exclude();
    this.report = report;
    this.queryRules = watched(settings, true, nanos, onEvict);
    this.answerRules = watched(settings, false, nanos, onEvict);
  }

  private static Watched[] watched(
      BlocksSettings settings, boolean queries, long nanos, Runnable onEvict) {
    return settings.rules().stream()
        .filter(rule -> queries == (rule.measure() == BlockRule.Measure.QUERY_RATE))
        .map(
            rule ->
                new Watched(rule, new ClientEventCounter(rule, nanos, onEvict), KeyedHash.random()))
        .toArray(Watched[]::new);
  }

  private record Watched(BlockRule rule, ClientEventCounter counter, KeyedHash hash) {}

  boolean isExcluded(InetAddress client) {
    return Netmask.anyContains(exclude, Netmask.high(client), Netmask.low(client));
  }

  boolean countsQueries() {
    return queryRules.length > 0;
  }

  boolean countsAnswers() {
    return answerRules.length > 0;
  }

  void onQuery(InetAddress client, long nanos) {
    if (!isExcluded(client)) {
      for (Watched watched : queryRules) {
        count(watched, client, true, nanos);
      }
    }
  }

  void onAnswer(InetAddress client, int rcode, long nanos) {
    if (!isExcluded(client)) {
      for (Watched watched : answerRules) {
        count(watched, client, watched.rule.rcodes().contains(rcode), nanos);
      }
    }
  }

  private void count(Watched watched, InetAddress client, boolean matches, long nanos) {
    BlockRule rule = watched.rule;
    long high = Netmask.high(client);
    long low = Netmask.low(client);
    int prefix = Netmask.prefix128(high, low, rule.ipv4Prefix(), rule.ipv6Prefix());
    long key =
        watched.hash.of(high & Netmask.highMask(prefix), low & Netmask.lowMask(prefix), prefix);
    ClientEventCounter.Level level = watched.counter.count(key, matches, nanos);
    if (level != ClientEventCounter.Level.QUIET) {
      Netmask clients = Netmask.around(client, rule.ipv4Prefix(), rule.ipv6Prefix());
      report.accept(
          level == ClientEventCounter.Level.WARN
              ? new Warned(rule.name(), clients)
              : new Exceeded(rule.name(), clients, rule.action(), rule.duration()));
    }
  }
}
