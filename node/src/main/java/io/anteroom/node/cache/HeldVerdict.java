// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import io.anteroom.node.wire.AgingAnswer;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Holds;
import io.anteroom.protocol.Verdict;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A verdict that holds, as it is kept. Immutable but for its hits.
 *
 * <p>One with the answer in it holds no longer than its smallest TTL, and its TTLs count down with
 * the time that is left, so that no client keeps the answer for longer.
 */
final class HeldVerdict {
  private static final byte[] NOTHING = {};

  /** Of a message without records, there is no TTL to count down. */
  private final Verdict verdict;

  private final @Nullable AgingAnswer body;
  private final int seconds;
  private final boolean subtree;
  private final long sinceNanos;
  private final LongAdder hits = new LongAdder();

  private HeldVerdict(
      Verdict verdict, @Nullable AgingAnswer body, int seconds, boolean subtree, long sinceNanos) {
    this.verdict = verdict;
    this.body = body;
    this.seconds = seconds;
    this.subtree = subtree;
    this.sinceNanos = sinceNanos;
  }

  /** Null for one that does not hold. */
  static @Nullable HeldVerdict of(Verdict verdict, long nowNanos) {
    Holds holds = verdict.holds();
    int seconds = holds.seconds();
    if (verdict instanceof Verdict.Addresses addresses) {
      seconds = Math.min(seconds, addresses.ttlSeconds());
    } else if (verdict instanceof Verdict.Answer answer) {
      return seconds == 0 ? null : ofMessage(answer, seconds, nowNanos);
    }
    return seconds == 0 ? null : new HeldVerdict(verdict, null, seconds, holds.subtree(), nowNanos);
  }

  /** Its records are those of one name, so it is for no other. */
  private static @Nullable HeldVerdict ofMessage(
      Verdict.Answer verdict, int seconds, long nowNanos) {
    WireAnswer message = WireAnswer.parse(verdict.message());
    AgingAnswer aging = message == null ? null : AgingAnswer.of(message, seconds);
    if (aging != null) {
      // Once more, so that no other record has a longer TTL than the verdict has time.
      aging = AgingAnswer.of(message, aging.ttlSeconds());
    }
    if (aging != null) {
      Verdict rest = new Verdict.Answer(NOTHING, verdict.error(), verdict.tags(), verdict.holds());
      return new HeldVerdict(rest, aging, (int) aging.ttlSeconds(), false, nowNanos);
    }
    return message == null || message.truncated() || message.hasRecords()
        ? null
        : new HeldVerdict(verdict, null, seconds, false, nowNanos);
  }

  /** The verdict as it is to be given now. */
  Verdict at(long nowNanos) {
    // A second that has begun counts as over.
    long age = (nowNanos - sinceNanos + 999_999_999) / 1_000_000_000;
    int left = (int) Math.max(0, seconds - age);
    if (verdict instanceof Verdict.Addresses a) {
      return new Verdict.Addresses(a.addresses(), left, a.error(), a.tags(), a.holds());
    } else if (body != null) {
      byte[] message = Objects.requireNonNull(body.after(age)).bytes();
      return new Verdict.Answer(message, verdict.error(), verdict.tags(), verdict.holds());
    }
    return verdict;
  }

  /** What is given, as people call it. */
  Verdict verdict() {
    return verdict;
  }

  int seconds() {
    return seconds;
  }

  long secondsLeft(long nowNanos) {
    return Math.max(0, seconds - (nowNanos - sinceNanos) / 1_000_000_000);
  }

  boolean subtree() {
    return subtree;
  }

  void hit() {
    hits.increment();
  }

  long hits() {
    return hits.sum();
  }

  /** What the verdict takes of memory by estimate, in bytes. */
  int bytes() {
    int bytes = body == null ? 0 : body.length();
    if (verdict instanceof Verdict.Answer answer) {
      bytes += answer.message().length;
    } else if (verdict instanceof Verdict.Addresses addresses) {
      bytes += 48 * addresses.addresses().size();
    } else if (verdict instanceof Verdict.ChangeName changed) {
      bytes += 2 * changed.name().length();
    }
    ExtendedError error = verdict.error();
    bytes += error == null ? 0 : 64 + 2 * error.text().length();
    for (Map.Entry<String, String> tag : verdict.tags().entrySet()) {
      bytes += 96 + 2 * (tag.getKey().length() + tag.getValue().length());
    }
    return bytes;
  }
}
