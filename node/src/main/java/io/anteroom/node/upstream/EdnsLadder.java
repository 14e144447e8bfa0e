// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * With how much of EDNS one server is asked: what it can't stand is left out. An OPT record is for
 * one hop (RFC 6891 section 6.1.1), so an error that ours provokes must never reach a client.
 * Confined to the thread of its forwarder; its memory has a fixed size.
 *
 * <h2>Errors</h2>
 *
 * An error that may be about our record has the query asked again one {@link Rung} lower, or
 * without EDNS at all if the error has no OPT record itself. If that is answered, the server is
 * asked so for five minutes, and then with everything again. FORMERR and BADVERS may always be
 * about the record. REFUSED and NOTIMP usually are not, so they are asked about only while the
 * server has not answered anything else with such a record.
 *
 * <h2>Silence</h2>
 *
 * Some servers, and firewalls before them, drop queries with EDNS or with cookies. A silent server
 * is tried a rung lower: at once if it has never answered at this rung, else after {@value
 * #SILENCES} queries in a row. If it is silent on the lowest rung too, it is merely silent, and the
 * next query begins at the top. A server that has ever sent an OPT record is not asked without one
 * for being silent, since what it says without would lack signatures.
 */
final class EdnsLadder {
  /** Queries in a row without an answer, after which a server that answered before is doubted. */
  static final int SILENCES = 8;

  private static final long KEPT_NANOS = Duration.ofMinutes(5).toNanos();

  private final Rung top;
  private final Consumer<Rung> news;
  private final Set<Rung> told = EnumSet.noneOf(Rung.class);
  private Rung rung;
  private long untilNanos;

  /** Whether the rung is known to be the right one, rather than tried. */
  private boolean settled = true;

  /** The highest on which the server has answered; null if it has not. */
  private @Nullable Rung proven;

  private boolean sendsOpt;
  private int silences;

  /** How much of EDNS there is in a query, from everything to nothing. */
  enum Rung {
    /** An OPT record with options: a cookie, or a client's subnet. */
    OPTIONS("nothing"),
    /** An OPT record without options. */
    BARE("EDNS options"),
    /** No OPT record. */
    NONE("EDNS");

    private final String missing;

    Rung(String missing) {
      this.missing = missing;
    }

    /** The next one; the lowest is its own. */
    Rung below() {
      return this == OPTIONS ? BARE : NONE;
    }

    /** For logs: what a query on this rung does without. */
    String missing() {
      return missing;
    }
  }

  /**
   * A ladder for a server of which nothing is known.
   *
   * @param news is told of each rung below the top, the first time that the server is put there
   */
  EdnsLadder(Rung top, Consumer<Rung> news) {
    this.top = top;
    this.rung = top;
    this.news = news;
  }

  /** The rung on which to ask now. */
  Rung rung(long nowNanos) {
    if (settled && rung != top && nowNanos - untilNanos >= 0) {
      rung = top;
      proven = null;
    }
    return rung;
  }

  /** Whether the server has answered queries on this rung, or with even more of EDNS. */
  boolean isProven(Rung sent) {
    return proven != null && proven.compareTo(sent) <= 0;
  }

  /** The server has answered a query on this rung, with or without an OPT record of its own. */
  void answered(Rung sent, boolean withOpt, long nowNanos) {
    silences = 0;
    sendsOpt |= withOpt;
    if (proven == null || sent.compareTo(proven) < 0) {
      proven = sent;
    }
    if (sent.compareTo(rung) < 0) {
      // A slow server, taken for one that drops such queries.
      rung = sent;
      settled = true;
      untilNanos = nowNanos + KEPT_NANOS;
    } else if (!settled && sent == rung) {
      settle(sent, nowNanos);
    }
  }

  /** The server answers on this rung what it answered with an error on those above. */
  void settle(Rung lower, long nowNanos) {
    rung = lower;
    proven = lower;
    settled = true;
    untilNanos = nowNanos + KEPT_NANOS;
    silences = 0;
    if (lower != top && told.add(lower)) {
      news.accept(lower);
    }
  }

  /** The server has given the same error without an OPT record: ours is not the reason. */
  void acquitted() {
    proven = top;
  }

  /** A query on this rung has got no answer. */
  void silent(Rung sent) {
    if (sent.compareTo(rung) < 0) {
      // It was on its way when the one that led to this rung had no answer.
      return;
    }
    silences++;
    if (silences >= (isProven(sent) ? SILENCES : 1)) {
      silences = 0;
      Rung next = sent.below();
      boolean atEnd = sent == Rung.NONE || (next == Rung.NONE && sendsOpt);
      rung = atEnd ? top : next;
      settled = rung == top;
    }
  }
}
