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
 * How one server is to be talked to: what goes into a message to it besides the question, and what
 * an answer must repeat of that. Confined to the thread of its forwarder.
 *
 * <h2>Random case</h2>
 *
 * Over UDP the letters of a name go out in random case (draft-vixie-dnsext-dns0x20), which a server
 * copies into its answer and a forger has to guess: a bit for each letter. Over TCP, where nobody
 * can forge, they go out as the client wrote them. Some servers answer in lower case whatever they
 * are asked. One that does so over TCP too, or that has no TCP, is asked without for an hour, after
 * which it may have been mended.
 *
 * <h2>Cookies</h2>
 *
 * Over UDP with EDNS a query carries a {@linkplain Cookies cookie}, unless the pool's settings say
 * otherwise. An answer of a server that is known to give them, with a wrong one or with none, is no
 * answer; but it is reason enough to ask over TCP if nothing better comes.
 */
final class ServerCapabilities {
  private static final int HEADER = 12;

  /** In the fourth byte of the header. */
  private static final int AD = 0x20;

  /** Type and class, behind the name. */
  private static final int BEHIND_NAME = 4;

  /** How long a server is asked without random case after it has not kept it. */
  private static final long WITHOUT_CASE_NANOS = Duration.ofHours(1).toNanos();

  private final boolean randomCase;
  private final boolean hasCookies;
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
   * @param bytes not to be changed
   * @param randomCase whether the letters of its question are in random case
   * @param cookie that it carries; null if it carries none
   * @param attempt how it is sent
   */
  record Message(byte[] bytes, boolean randomCase, byte @Nullable [] cookie, Attempt attempt) {
    static final Message NONE = new Message(new byte[0], false, null, Attempt.UDP_PLAIN);

    /** How much of EDNS there is in it. */
    Rung rung() {
      return attempt.rung();
    }
  }

  ServerCapabilities(PoolSettings settings, RandomBits random) {
    this.randomCase = settings.has(ChannelFlag.DNS0X20);
    this.hasCookies = settings.sockets().cookies();
    this.recursion = !settings.has(ChannelFlag.NO_RECURSE);
    this.authenticData = !settings.has(ChannelFlag.NO_AD);
    this.ednsSize = settings.sockets().ednsSize();
    this.random = random;
    this.cookies = new Cookies(random);
  }

  /** Whether the server is to be asked with letters in random case. */
  boolean hasRandomCase(long nowNanos) {
    return randomCase && !(breaksCase && nowNanos - caseAgainNanos < 0);
  }

  /** The server does not keep the case of letters; true if that is news. */
  boolean breaksCase(long nowNanos) {
    boolean news = !breaksCase;
    breaksCase = true;
    caseAgainNanos = nowNanos + WITHOUT_CASE_NANOS;
    return news;
  }

  /** Makes the message that asks the server what an exchange is about. */
  Message compose(Exchange exchange, boolean udp, int id, long nowNanos) {
    WireQuery query = exchange.query();
    Rung rung = exchange.rung();
    byte[] cookie = null;
    if (rung == Rung.OPTIONS) {
      cookie = udp && hasCookies ? cookies.next(nowNanos) : null;
      rung = cookie == null && query.subnet() == null ? Rung.BARE : Rung.OPTIONS;
    } else if (query.subnet() != null) {
      query = query.withSubnet(null);
    }
    int size = rung == Rung.NONE ? 0 : ednsSize;
    byte[] bytes = Answers.upstreamQuery(query, id, recursion, size, cookie);
    if (authenticData) {
      // Whoever shares or caches the answer may want to know (RFC 6840 section 5.7).
      bytes[3] |= AD;
    }
    // Over TCP it tells a server that breaks it from a forger who could not know it.
    boolean mixed = hasRandomCase(nowNanos) && (udp || exchange.caseInDoubt());
    if (mixed) {
      random.mixCase(bytes, HEADER, exchange.questionEnd() - BEHIND_NAME);
    }
    return new Message(bytes, mixed, cookie, Attempt.of(udp, rung));
  }

  /** Why a message is no answer to what an exchange asked; null if it is one. */
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

  /** Whether the server is known to understand EDNS, so that a refusal of it is a forgery. */
  boolean knowsEdns() {
    return cookies.isGiver();
  }

  /** Whether the question is in the case in which it was sent, if that was random. */
  static boolean keepsCase(Exchange exchange, WireAnswer answer) {
    Message sent = exchange.message();
    return !sent.randomCase() || answer.answersExactly(sent.bytes(), exchange.questionEnd());
  }
}
