// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import io.anteroom.node.config.CacheSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.Responses;
import io.anteroom.node.wire.WireQuery;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;

/** A cache whose clock its test moves. */
final class CacheRig {
  static final String POOL = "default";

  final Counters<Counter> counters = new Counters<>(Counter.class);
  final AnswerCache cache;
  private final AtomicLong now = new AtomicLong(-5_000_000_000L);

  CacheRig() {
    this(CacheSettings.DEFAULT);
  }

  CacheRig(CacheSettings settings) {
    this(1 << 20, settings);
  }

  CacheRig(long maxBytes, CacheSettings settings) {
    cache = new AnswerCache(maxBytes, Map.of(POOL, settings), counters, now::get);
  }

  void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  void pass(long seconds) {
    pass(Duration.ofSeconds(seconds));
  }

  /** Puts an answer in to the question that it repeats. */
  boolean put(Message answer) {
    return put(answer.toWire());
  }

  boolean put(byte[] answer) {
    return put(question(DnsMessages.parse(answer)), answer);
  }

  boolean put(WireQuery query, byte[] answer) {
    return cache.put(POOL, query, Responses.wire(answer));
  }

  private static WireQuery question(Message answer) {
    return Responses.query(
        answer.getQuestion().getName().toString(), answer.getQuestion().getType());
  }

  @Nullable Message get(String name, int type) {
    return get(Responses.query(name, type));
  }

  @Nullable Message get(WireQuery query) {
    byte[] answer = cache.get(POOL, query);
    return answer == null ? null : DnsMessages.parse(answer);
  }

  @Nullable CachedAnswer find(WireQuery query) {
    return cache.find(POOL, query, now.get());
  }

  long count(Counter counter) {
    return counters.get(counter);
  }
}
