// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.HealthSettings;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireQuery;
import io.netty.channel.EventLoop;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;

/**
 * Finds out whether servers answer without letting a client wait for it: sends copies of queries to
 * servers that have failed, and sends a health check to all servers at intervals if the pool is
 * configured so. A server gets only one such query at a time from all event loops together.
 * Confined to the thread of its pool.
 */
final class Prober {
  private final HealthSettings settings;
  private final ServerPool pool;
  private final RandomBits random;
  private final Counters<Counter> counters;
  private @Nullable Future<?> checks;

  Prober(PoolSettings settings, ServerPool pool, RandomBits random, Counters<Counter> counters) {
    this.settings = settings.health();
    this.pool = pool;
    this.random = random;
    this.counters = counters;
  }

  /** Sends a copy of a query, with the configured probability, to each server that has failed. */
  void probe(Collection<Forwarder> servers, WireQuery query, long now) {
    for (Forwarder server : servers) {
      if (server.health().failures() > 0 && isDrawn() && server.health().takeProbe(now)) {
        counters.increment(Counter.UPSTREAM_PROBES);
        long timeout = server.timeoutNanos(0, false, now);
        pool.askAlone(server, new Probe(query, server.health()), timeout, now);
      }
    }
  }

  private boolean isDrawn() {
    int chance = settings.retryChance();
    return chance > 0 && random.below(chance) == 0;
  }

  /** Schedules health checks, if they are configured. */
  void startChecks(EventLoop loop, ServerPool.Inbox inbox) {
    HealthSettings.Check check = settings.check();
    if (check != null) {
      checks =
          loop.scheduleAtFixedRate(
              () -> inbox.tell(PoolEvent.Signal.CHECK),
              check.interval().toNanos(),
              check.interval().toNanos(),
              TimeUnit.NANOSECONDS);
    }
  }

  void stopChecks() {
    if (checks != null) {
      checks.cancel(false);
    }
  }

  /** Sends a health check to all servers except those with a probe or check in flight. */
  void check(Collection<Forwarder> servers, long now) {
    HealthSettings.Check check = settings.check();
    if (check == null) {
      return;
    }
    WireQuery query = query(check);
    for (Forwarder server : List.copyOf(servers)) {
      if (server.health().take()) {
        counters.increment(Counter.UPSTREAM_CHECKS);
        pool.askAlone(
            server, new Check(query, server.health(), check, now), check.timeout().toNanos(), now);
      }
    }
  }

  private static WireQuery query(HealthSettings.Check check) {
    try {
      Name name = Name.fromString(check.name(), Name.root);
      Message message = Message.newQuery(Record.newRecord(name, check.type(), DClass.IN));
      return (WireQuery) WireQuery.parse(message.toWire());
    } catch (TextParseException e) {
      throw new IllegalStateException("the configuration was checked to have a name", e);
    }
  }

  /** Frees the server for the next probe. Its health has been updated by the forwarder already. */
  private static class Probe extends PendingRequest {
    private final ServerHealth health;

    Probe(WireQuery query, ServerHealth health) {
      super(query);
      this.health = health;
    }

    @Override
    protected void answered(WireAnswer answer) {
      health.probeEnded();
    }

    @Override
    protected void unanswered(Unanswered.Reason reason) {
      health.probeEnded();
    }
  }

  private static final class Check extends Probe {
    private final ServerHealth health;
    private final HealthSettings.Check settings;
    private final long sinceNanos;

    Check(WireQuery query, ServerHealth health, HealthSettings.Check settings, long nowNanos) {
      super(query, health);
      this.health = health;
      this.settings = settings;
      this.sinceNanos = nowNanos;
    }

    @Override
    protected void answered(WireAnswer answer) {
      if (settings.fails(answer.rcode())) {
        health.failed(ServerHealth.Failure.CHECK, sinceNanos);
      }
      super.answered(answer);
    }
  }
}
