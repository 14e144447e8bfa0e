// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import io.anteroom.node.wire.AgingMessage;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.protocol.Decision;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Verdict;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A held verdict in the cache. Immutable except for its hits.
 *
 * <p>A verdict that contains an answer holds no longer than its smallest TTL, and its TTLs count
 * down, so that no client caches the answer for longer. Its records belong to one name, so it does
 * not hold for names below.
 */
final class HeldVerdict {
  private static final long SECOND = 1_000_000_000;
  private static final Decision NOTHING = new Decision.Answer(new byte[0]);
  private static final Keeper KEEPER = new Keeper();

  private final Verdict verdict;

  /** The message of the verdict, if it has one. */
  private final @Nullable AgingMessage message;

  /** Those of the verdict, whose TTL counts down. */
  private final Decision.@Nullable Addresses addresses;

  /** An estimate of what the decision takes of memory. */
  private final int contentBytes;

  private final int seconds;
  private final long sinceNanos;
  private final LongAdder hits = new LongAdder();

  private HeldVerdict(
      Verdict verdict,
      @Nullable AgingMessage message,
      Decision.@Nullable Addresses addresses,
      int contentBytes,
      int seconds,
      long sinceNanos) {
    this.verdict = verdict;
    this.message = message;
    this.addresses = addresses;
    this.contentBytes = contentBytes;
    this.seconds = seconds;
    this.sinceNanos = sinceNanos;
  }

  /** Null for a verdict that does not hold. */
  static @Nullable HeldVerdict of(Verdict verdict, long nowNanos) {
    return verdict.holds().isNone()
        ? null
        : verdict.decision().accept(KEEPER, new Offer(verdict, nowNanos));
  }

  private record Offer(Verdict verdict, long nowNanos) {
    int seconds() {
      return verdict.holds().seconds();
    }

    HeldVerdict unchanging(int contentBytes) {
      return new HeldVerdict(verdict, null, null, contentBytes, seconds(), nowNanos);
    }
  }

  /** Says how a verdict is kept, which depends on whether there are TTLs in it. */
  private static final class Keeper implements Decision.ContentVisitor<Offer, HeldVerdict> {
    @Override
    public HeldVerdict onNoContent(Offer offer) {
      return offer.unchanging(0);
    }

    @Override
    public HeldVerdict onRcode(Decision.Rcode rcode, Offer offer) {
      return offer.unchanging(0);
    }

    @Override
    public @Nullable HeldVerdict onAddresses(Decision.Addresses addresses, Offer offer) {
      int seconds = Math.min(offer.seconds(), addresses.ttlSeconds());
      int bytes = 48 * addresses.addresses().size();
      return seconds == 0
          ? null
          : new HeldVerdict(offer.verdict(), null, addresses, bytes, seconds, offer.nowNanos());
    }

    @Override
    public @Nullable HeldVerdict onAnswer(Decision.Answer answer, Offer offer) {
      WireAnswer whole = WireAnswer.parse(answer.message());
      AgingMessage aging = whole == null ? null : AgingMessage.of(whole, offer.seconds());
      if (aging == null) {
        return null;
      }
      Verdict rest = offer.verdict().withDecision(NOTHING);
      return new HeldVerdict(rest, aging, null, aging.length(), aging.seconds(), offer.nowNanos());
    }

    @Override
    public HeldVerdict onChangeName(Decision.ChangeName changeName, Offer offer) {
      return offer.unchanging(2 * changeName.name().length());
    }

    @Override
    public HeldVerdict onToPool(Decision.ToPool toPool, Offer offer) {
      return offer.unchanging(0);
    }

    /** Never held: the result belongs to one query and its policy. */
    @Override
    public @Nullable HeldVerdict onResult(Decision.Result result, Offer offer) {
      return null;
    }
  }

  /** The verdict with TTLs for the current time. */
  Verdict at(long nowNanos) {
    // A started second counts as a whole one.
    long age = (nowNanos - sinceNanos + SECOND - 1) / SECOND;
    if (message != null) {
      return verdict.withDecision(new Decision.Answer(message.after(age)));
    } else if (addresses != null) {
      int left = (int) Math.max(0, seconds - age);
      return verdict.withDecision(new Decision.Addresses(addresses.addresses(), left));
    }
    return verdict;
  }

  int seconds() {
    return seconds;
  }

  int secondsLeft(long nowNanos) {
    return (int) Math.max(0, seconds - (nowNanos - sinceNanos) / SECOND);
  }

  /** Whether it also holds for all names below. */
  boolean subtree() {
    return message == null && verdict.holds().subtree();
  }

  void hit() {
    hits.increment();
  }

  long hits() {
    return hits.sum();
  }

  /** A word for the kind of verdict. */
  String word() {
    return word(verdict.decision());
  }

  static String word(Decision decision) {
    return decision instanceof Decision.Rcode rcode
        ? "rcode " + rcode.rcode()
        : decision.getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }

  /** The estimated memory of the verdict in bytes. */
  int bytes() {
    int bytes = contentBytes;
    ExtendedError error = verdict.error();
    bytes += error == null ? 0 : 64 + 2 * error.text().length();
    for (Map.Entry<String, String> tag : verdict.tags().entrySet()) {
      bytes += 96 + 2 * (tag.getKey().length() + tag.getValue().length());
    }
    return bytes;
  }
}
