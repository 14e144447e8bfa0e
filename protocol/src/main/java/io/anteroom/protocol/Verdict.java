// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A filter's decision about a suspended query, and what goes with it.
 *
 * <p>Every verdict may carry tags, which later rules see; they are added to those that the query
 * has, and win over them. It may carry an Extended DNS Error too, which goes into whatever answer
 * the client gets in the end. And it may {@linkplain Holds hold} for a while, so that the filter is
 * not asked the same again. Bounds are checked here, so that a verdict which exists is well formed;
 * a whole message is checked by the node against the question.
 *
 * @param error null if the client is told nothing about why it got this answer
 * @param holds for how long it holds, and for whom
 */
public record Verdict(
    Decision decision, @Nullable ExtendedError error, Map<String, String> tags, Holds holds) {
  public static final int MAX_TAGS = 32;
  public static final int MAX_TAG_LENGTH = 255;
  public static final int MAX_ADDRESSES = 64;
  public static final int MAX_MESSAGE = 0xffff;

  /** A name in presentation form with every byte escaped, which is the longest there is. */
  public static final int MAX_NAME_TEXT = 1_024;

  private static final int NXDOMAIN = 3;
  private static final int REFUSED = 5;

  private static final Verdict PROCEED = of(Decision.CONTINUE);
  private static final Verdict TRUNCATE = of(Decision.TRUNCATE);
  private static final Verdict DROP = of(Decision.DROP);
  private static final Verdict ASK_AGAIN = of(Decision.ASK_AGAIN);
  private static final Verdict UNDECIDED = of(Decision.UNDECIDED);

  public Verdict {
    Objects.requireNonNull(decision, "decision");
    tags = Tags.checked(tags);
    Objects.requireNonNull(holds, "holds");
    if (decision instanceof Decision.Undecided) {
      error = null;
      tags = Map.of();
      holds = Holds.NONE;
    }
  }

  /** A verdict with the decision alone. */
  public static Verdict of(Decision decision) {
    return new Verdict(decision, null, Map.of(), Holds.NONE);
  }

  /** Lets the query pass. */
  public static Verdict proceed() {
    return PROCEED;
  }

  /** Answers with an RCODE and no records. */
  public static Verdict rcode(int rcode) {
    return of(new Decision.Rcode(rcode));
  }

  /** Refuses the query, and tells the client why. */
  public static Verdict refuse(ExtendedError error) {
    return rcode(REFUSED).withError(error);
  }

  /** Says that the name does not exist, and tells the client why. */
  public static Verdict nxdomain(ExtendedError error) {
    return rcode(NXDOMAIN).withError(error);
  }

  /** Answers with addresses. */
  public static Verdict addresses(int ttlSeconds, InetAddress... addresses) {
    return of(new Decision.Addresses(List.of(addresses), ttlSeconds));
  }

  /** Answers with a whole message. */
  public static Verdict answer(byte[] message) {
    return of(new Decision.Answer(message));
  }

  /** Has the client ask by TCP. */
  public static Verdict truncate() {
    return TRUNCATE;
  }

  /** Gives no answer. */
  public static Verdict drop() {
    return DROP;
  }

  /** Asks for another name instead. */
  public static Verdict changeName(String name) {
    return of(new Decision.ChangeName(name));
  }

  /** Chooses the upstream pool. */
  public static Verdict toPool(String pool) {
    return of(new Decision.ToPool(pool));
  }

  /** Starts the query again. */
  public static Verdict askAgain() {
    return ASK_AGAIN;
  }

  /** Leaves it to the node's {@code on-timeout}, at once. */
  public static Verdict undecided() {
    return UNDECIDED;
  }

  /** Whether the filter left the query undecided, so that there is nothing to carry out. */
  public boolean isUndecided() {
    return decision instanceof Decision.Undecided;
  }

  /** The same verdict with this decision instead of its own. */
  public Verdict withDecision(Decision other) {
    return new Verdict(other, error, tags, holds);
  }

  /** The same verdict with this Extended DNS Error. */
  public Verdict withError(ExtendedError error) {
    return new Verdict(decision, error, tags, holds);
  }

  /** The same verdict with these tags instead of its own. */
  public Verdict withTags(Map<String, String> tags) {
    return new Verdict(decision, error, tags, holds);
  }

  /** The same verdict with one more tag. */
  public Verdict withTag(String name, String value) {
    return withTags(Tags.with(tags, name, value));
  }

  /** The same verdict, holding like this. */
  public Verdict withHolds(Holds holds) {
    return new Verdict(decision, error, tags, holds);
  }

  /**
   * The same verdict, to hold for that long: until then the nodes give it again to the same client
   * for the same question, without asking.
   *
   * @param time zero, which is not at all, to a day; parts of a second are left out
   */
  public Verdict holdsFor(Duration time) {
    return withHolds(holds.lasting(time));
  }

  /** The same verdict; if it holds, then for all clients. */
  public Verdict forEveryone() {
    return withHolds(holds.with(Holds.Scope.EVERYONE));
  }

  /**
   * The same verdict; if it holds, then for all names below this one too. One with a whole message
   * does not: its records are those of one name.
   */
  public Verdict withSubtree() {
    return withHolds(holds.withSubtree());
  }
}
