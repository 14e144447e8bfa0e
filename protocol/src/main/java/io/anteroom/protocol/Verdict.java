// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A filter's decision about a suspended query, with tags, an Extended DNS Error and a hold.
 *
 * <p>Every verdict may carry tags for later rules; they are added to the query's tags and replace
 * those with the same name. It may carry an Extended DNS Error (RFC 8914), which is added to the
 * client's final answer. It may {@linkplain Holds hold} for a time, during which the filter is not
 * asked the same question again. The constructor checks all bounds, so every verdict is well
 * formed; the node checks a whole message against the question.
 *
 * @param error the Extended DNS Error for the client; null for none
 * @param holds how long the verdict holds, and for which clients and names
 */
public record Verdict(
    Decision decision, @Nullable ExtendedError error, Map<String, String> tags, Holds holds) {
  public static final int MAX_TAGS = 32;
  public static final int MAX_TAG_LENGTH = 255;
  public static final int MAX_ADDRESSES = 64;
  public static final int MAX_MESSAGE = 0xffff;

  /**
   * Maximum length in characters of a name in presentation form: enough for a name with every byte
   * escaped.
   */
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

  /** A verdict with this decision and nothing else. */
  public static Verdict of(Decision decision) {
    return new Verdict(decision, null, Map.of(), Holds.NONE);
  }

  /** Lets the query continue at the next rule. */
  public static Verdict proceed() {
    return PROCEED;
  }

  /** Answers with an RCODE and no records. */
  public static Verdict rcode(int rcode) {
    return of(new Decision.Rcode(rcode));
  }

  /** Answers with REFUSED and an Extended DNS Error. */
  public static Verdict refuse(ExtendedError error) {
    return rcode(REFUSED).withError(error);
  }

  /** Answers with NXDOMAIN and an Extended DNS Error. */
  public static Verdict nxdomain(ExtendedError error) {
    return rcode(NXDOMAIN).withError(error);
  }

  /** Answers with addresses. */
  public static Verdict addresses(int ttlSeconds, InetAddress... addresses) {
    return of(new Decision.Addresses(List.of(addresses), ttlSeconds));
  }

  /** Answers with a whole DNS message, in wire format. */
  public static Verdict answer(byte[] message) {
    return of(new Decision.Answer(message));
  }

  /** Makes the client ask again over TCP, by an answer with the TC bit. */
  public static Verdict truncate() {
    return TRUNCATE;
  }

  /** Drops the query: the client gets no answer. */
  public static Verdict drop() {
    return DROP;
  }

  /** Continues the query under another name. */
  public static Verdict changeName(String name) {
    return of(new Decision.ChangeName(name));
  }

  /** Selects the upstream pool. */
  public static Verdict toPool(String pool) {
    return of(new Decision.ToPool(pool));
  }

  /** Starts the query again at the first rule. */
  public static Verdict askAgain() {
    return ASK_AGAIN;
  }

  /** Ends the suspension without a verdict: the node applies {@code on-timeout} at once. */
  public static Verdict undecided() {
    return UNDECIDED;
  }

  /** Ends the wait for an operation with its result. */
  public static Verdict result(OperationResult result) {
    return of(new Decision.Result(result));
  }

  /** Whether the filter left the query undecided, so there is no decision to apply. */
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

  /** The same verdict with this hold. */
  public Verdict withHolds(Holds holds) {
    return new Verdict(decision, error, tags, holds);
  }

  /**
   * The same verdict, held for this time: until it ends, the nodes apply the verdict to the same
   * question of the same client without asking the filter.
   *
   * @param time zero (no hold) to one day; truncated to whole seconds
   */
  public Verdict holdsFor(Duration time) {
    return withHolds(holds.lasting(time));
  }

  /** The same verdict; a hold applies to all clients. */
  public Verdict forEveryone() {
    return withHolds(holds.with(Holds.Scope.EVERYONE));
  }

  /**
   * The same verdict; a hold applies to all clients with the {@linkplain FilterRequest#identity
   * identity} of this one, whatever their addresses. For a query without an identity, the verdict
   * does not hold.
   */
  public Verdict forIdentity() {
    return withHolds(holds.with(Holds.Scope.IDENTITY));
  }

  /**
   * The same verdict; a hold applies to all names below this one too. This has no effect for a
   * whole message, whose records belong to one name.
   */
  public Verdict withSubtree() {
    return withHolds(holds.withSubtree());
  }
}
