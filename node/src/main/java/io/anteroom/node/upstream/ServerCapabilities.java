// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.upstream.EdnsLadder.Rung;
import io.anteroom.node.upstream.Fallbacks.Attempt;
import io.anteroom.node.wire.Answers;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireQuery;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What one server supports, and so how messages to it are composed and what its answers must
 * repeat. Confined to the thread of its forwarder.
 *
 * <h2>Random case</h2>
 *
 * Over UDP the letters of QNAME are sent in random case (draft-vixie-dnsext-dns0x20). A server
 * copies them into its answer, and a forger has to guess one bit for each letter. Over TCP, where
 * off-path forging is not possible, they are sent as the client wrote them. Some servers do not
 * keep the case. One that does not keep it over TCP either, or that has no TCP, is asked without
 * random case for an hour, and then with it again in case it has been fixed.
 *
 * <h2>Cookies</h2>
 *
 * Over UDP with EDNS a query carries a {@linkplain Cookies cookie}, unless the pool's settings turn
 * them off. An answer with a wrong cookie, or without one from a server that is known to send them,
 * is not accepted; but the query is sent over TCP if no better answer arrives.
 *
 * <h2>Padding</h2>
 *
 * Encrypted queries, which have no cookie, are padded (RFC 8467), unless the server can't handle
 * EDNS options. The padding of its answers is never passed on.
 */
final class ServerCapabilities {
  private static final int HEADER = 12;

  /** The AD bit, in the fourth byte of the header. */
  private static final int AD = 0x20;

  /** Length of QTYPE and QCLASS, which follow QNAME. */
  private static final int BEHIND_NAME = 4;

  /** How long a server that did not keep the case is asked without random case. */
  private static final long WITHOUT_CASE_NANOS = Duration.ofHours(1).toNanos();

  private final boolean randomCase;
  private final boolean hasCookies;
  private final boolean pads;
  private final boolean recursion;
  private final boolean authenticData;
  private final int ednsSize;
  private final RandomBits random;
  private final Cookies cookies;
  private boolean breaksCase;
  private long caseAgainNanos;

  /**
   * A message to the server.
   *
   * @param bytes must not be changed
   * @param randomCase whether QNAME is in random case
   * @param cookie data of its COOKIE option; null if it has none
   * @param attempt how it is sent
   */
  record Message(byte[] bytes, boolean randomCase, byte @Nullable [] cookie, Attempt attempt) {
    static final Message NONE = new Message(new byte[0], false, null, Attempt.UDP_PLAIN);

    /** How much of EDNS it uses. */
    Rung rung() {
      return attempt.rung();
    }
  }

  /**
   * What a server supports about which nothing is known yet.
   *
   * @param pads whether queries are padded, because they are encrypted
   */
  ServerCapabilities(PoolSettings settings, boolean pads, RandomBits random) {
    this.randomCase = settings.has(ChannelFlag.DNS0X20);
    this.hasCookies = settings.sockets().cookies();
    this.pads = pads;
    this.recursion = !settings.has(ChannelFlag.NO_RECURSE);
    this.authenticData = !settings.has(ChannelFlag.NO_AD);
    this.ednsSize = settings.sockets().ednsSize();
    this.random = random;
    this.cookies = new Cookies(random);
  }

  /** Whether queries to the server use random case now. */
  boolean hasRandomCase(long nowNanos) {
    return randomCase && !(breaksCase && nowNanos - caseAgainNanos < 0);
  }

  /** Remembers that the server does not keep the case; true if that was not known before. */
  boolean breaksCase(long nowNanos) {
    boolean news = !breaksCase;
    breaksCase = true;
    caseAgainNanos = nowNanos + WITHOUT_CASE_NANOS;
    return news;
  }

  /** Composes the message to the server for an exchange. */
  Message compose(Exchange exchange, boolean udp, int id, long nowNanos) {
    WireQuery query = exchange.query();
    Rung rung = exchange.rung();
    byte[] cookie = null;
    if (rung == Rung.OPTIONS) {
      cookie = udp && hasCookies ? cookies.next(nowNanos) : null;
      rung = cookie == null && query.subnet() == null && !pads ? Rung.BARE : Rung.OPTIONS;
    } else if (query.subnet() != null) {
      query = query.withSubnet(null);
    }
    int size = rung == Rung.NONE ? 0 : ednsSize;
    byte[] bytes =
        pads && rung == Rung.OPTIONS
            ? Answers.paddedQuery(query, id, recursion, size)
            : Answers.upstreamQuery(query, id, recursion, size, cookie);
    if (authenticData) {
      // Clients that share the answer, or get it from the cache, may want the AD bit (RFC 6840
      // section 5.7).
      bytes[3] |= AD;
    }
    // Over TCP, random case shows whether the server changes the case or the answer over UDP was
    // forged.
    boolean mixed = hasRandomCase(nowNanos) && (udp || exchange.caseInDoubt());
    if (mixed) {
      random.mixCase(bytes, HEADER, exchange.questionEnd() - BEHIND_NAME);
    }
    return new Message(bytes, mixed, cookie, Attempt.of(udp, rung));
  }

  /** Why a message is not accepted as the answer to an exchange; null if it is accepted. */
  @Nullable Counter flaw(Exchange exchange, WireAnswer answer, boolean udp, long nowNanos) {
    if (!answer.answers(exchange.query())) {
      return Counter.UPSTREAM_MISMATCH_QUESTION;
    }
    if (udp && !keepsCase(exchange, answer)) {
      return Counter.UPSTREAM_MISMATCH_CASE;
    }
    byte[] cookie = exchange.message().cookie();
    boolean wrong = cookie != null && !cookies.accept(cookie, answer.cookie(), nowNanos);
    return wrong ? Counter.UPSTREAM_MISMATCH_COOKIE : null;
  }

  /** Whether the server is known to understand EDNS, so that a refusal of EDNS must be forged. */
  boolean knowsEdns() {
    return cookies.isGiver();
  }

  /**
   * Whether QNAME in the answer has the case in which it was sent, or was not sent in random case.
   */
  static boolean keepsCase(Exchange exchange, WireAnswer answer) {
    Message sent = exchange.message();
    return !sent.randomCase() || answer.answersExactly(sent.bytes(), exchange.questionEnd());
  }
}
