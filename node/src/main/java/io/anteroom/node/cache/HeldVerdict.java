// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import io.anteroom.node.wire.AgingMessage;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Verdict;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A verdict that holds, as it is kept. Immutable but for its hits.
 *
 * <p>One with the answer in it holds no longer than its smallest TTL, and its TTLs count down with
 * the time that is left, so that no client keeps the answer for longer. Its records are those of
 * one name, so it is for no other.
 */
final class HeldVerdict {
  private static final long SECOND = 1_000_000_000;
  private static final byte[] NOTHING = {};

  private final Verdict verdict;

  /** What stands in place of the message of the verdict. */
  private final @Nullable AgingMessage message;

  private final int seconds;
  private final long sinceNanos;
  private final LongAdder hits = new LongAdder();

  private HeldVerdict(
      Verdict verdict, @Nullable AgingMessage message, int seconds, long sinceNanos) {
    this.verdict = verdict;
    this.message = message;
    this.seconds = seconds;
    this.sinceNanos = sinceNanos;
  }

  /** Null for one that does not hold. */
  static @Nullable HeldVerdict of(Verdict verdict, long nowNanos) {
    int seconds = verdict.holds().seconds();
    if (verdict instanceof Verdict.Addresses addresses) {
      seconds = Math.min(seconds, addresses.ttlSeconds());
    } else if (verdict instanceof Verdict.Answer answer) {
      WireAnswer whole = seconds == 0 ? null : WireAnswer.parse(answer.message());
      AgingMessage aging = whole == null ? null : AgingMessage.of(whole, seconds);
      return aging == null
          ? null
          : new HeldVerdict(with(answer, NOTHING), aging, aging.seconds(), nowNanos);
    }
    return seconds == 0 ? null : new HeldVerdict(verdict, null, seconds, nowNanos);
  }

  private static Verdict with(Verdict verdict, byte[] message) {
    return new Verdict.Answer(message, verdict.error(), verdict.tags(), verdict.holds());
  }

  /** The verdict as it is to be given now. */
  Verdict at(long nowNanos) {
    // A second that has begun counts as over.
    long age = (nowNanos - sinceNanos + SECOND - 1) / SECOND;
    if (message != null) {
      return with(verdict, message.after(age));
    } else if (verdict instanceof Verdict.Addresses a) {
      int left = (int) Math.max(0, seconds - age);
      return new Verdict.Addresses(a.addresses(), left, a.error(), a.tags(), a.holds());
    }
    return verdict;
  }

  int seconds() {
    return seconds;
  }

  int secondsLeft(long nowNanos) {
    return (int) Math.max(0, seconds - (nowNanos - sinceNanos) / SECOND);
  }

  /** Whether it is for all names below its own too. */
  boolean subtree() {
    return message == null && verdict.holds().subtree();
  }

  void hit() {
    hits.increment();
  }

  long hits() {
    return hits.sum();
  }

  /** What it is, in a word. */
  String word() {
    return word(verdict);
  }

  static String word(Verdict verdict) {
    return verdict instanceof Verdict.Rcode rcode
        ? "rcode " + rcode.rcode()
        : verdict.getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }

  /** What the verdict takes of memory by estimate, in bytes. */
  int bytes() {
    int bytes = message == null ? 0 : message.length();
    if (verdict instanceof Verdict.Addresses addresses) {
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
