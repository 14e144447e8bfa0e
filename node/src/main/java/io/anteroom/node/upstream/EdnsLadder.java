// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How much of EDNS queries to one server use: features that the server can't handle are left out.
 * EDNS is hop-by-hop (RFC 6891 section 6.1.1), so an error caused by our OPT record must never
 * reach a client. Confined to the thread of its forwarder; uses a fixed amount of memory.
 *
 * <h2>Errors</h2>
 *
 * After an error that may be caused by our OPT record, the query is sent again one {@link Rung}
 * lower, or without EDNS at all if the error itself has no OPT record. If that query is answered,
 * the server is asked on the lower rung for five minutes, and then with full EDNS again. FORMERR
 * and BADVERS always count as such errors. REFUSED and NOTIMP usually have other causes, so they
 * count only until the server has answered a query with such an OPT record.
 *
 * <h2>Silence</h2>
 *
 * Some servers, and firewalls in front of them, drop queries with EDNS or with cookies. If a server
 * does not answer, it is asked one rung lower: at once if it has never answered on this rung,
 * otherwise after {@value #SILENCES} unanswered queries in a row. If it does not answer on the
 * lowest rung either, EDNS is not the cause, and the next query uses full EDNS again. A server that
 * has ever sent an OPT record is never asked without one because of timeouts, as its answers would
 * then lack DNSSEC signatures.
 */
final class EdnsLadder {
  /**
   * Unanswered queries in a row after which a server that answered on this rung is asked on a lower
   * one.
   */
  static final int SILENCES = 8;

  private static final long KEPT_NANOS = Duration.ofMinutes(5).toNanos();

  private final Rung top;
  private final Consumer<Rung> news;
  private final Set<Rung> told = EnumSet.noneOf(Rung.class);
  private Rung rung;
  private long untilNanos;

  /** Whether the rung is known to work; false while it is only being tried. */
  private boolean settled = true;

  /** The highest rung on which the server has answered; null if it has not answered yet. */
  private @Nullable Rung proven;

  private boolean sendsOpt;
  private int silences;

  /** How much of EDNS a query uses, from everything to nothing. */
  enum Rung {
    /** An OPT record with options: COOKIE, CLIENT-SUBNET, PADDING. */
    OPTIONS("nothing"),
    /** An OPT record without options. */
    BARE("EDNS options"),
    /** No OPT record. */
    NONE("EDNS");

    private final String missing;

    Rung(String missing) {
      this.missing = missing;
    }

    /** The next lower rung; {@link #NONE} for {@link #NONE}. */
    Rung below() {
      return this == OPTIONS ? BARE : NONE;
    }

    /** For logs: what a query on this rung omits. */
    String missing() {
      return missing;
    }
  }

  /**
   * A ladder for a server about which nothing is known yet.
   *
   * @param news is called with each rung below the top, the first time that the server is put on it
   */
  EdnsLadder(Rung top, Consumer<Rung> news) {
    this.top = top;
    this.rung = top;
    this.news = news;
  }

  /** The rung for a query that is sent now. */
  Rung rung(long nowNanos) {
    if (settled && rung != top && nowNanos - untilNanos >= 0) {
      rung = top;
      proven = null;
    }
    return rung;
  }

  /** Whether the server has answered queries on this rung or on a higher one. */
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
      // The server was slow and was wrongly taken for one that drops such queries.
      rung = sent;
      settled = true;
      untilNanos = nowNanos + KEPT_NANOS;
    } else if (!settled && sent == rung) {
      settle(sent, nowNanos);
    }
  }

  /**
   * The server has answered a query on this rung that it answered with an error on a higher one.
   */
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

  /** The server gave the same error without an OPT record, so our OPT record is not the cause. */
  void acquitted() {
    proven = top;
  }

  /** A query on this rung got no answer. */
  void silent(Rung sent) {
    if (sent.compareTo(rung) < 0) {
      // It was sent before another unanswered query moved the server to the current rung.
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
