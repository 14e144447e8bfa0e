// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import java.net.InetAddress;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the node does with a suspended query: the part of a {@link Verdict} that depends on its
 * kind.
 *
 * <p>Code that depends on the kind implements {@link Visitor}, so it compiles only if it handles
 * every kind. The constructors check all bounds, so every decision is well formed.
 */
// Outside of its JSpecify mode NullAway does not know that a type argument may be nullable, so it
// can't check that accept() returns null only if the visitor does.
@SuppressWarnings("NullAway")
public sealed interface Decision {
  Decision CONTINUE = new Continue();
  Decision TRUNCATE = new Truncate();
  Decision DROP = new Drop();
  Decision ASK_AGAIN = new AskAgain();
  Decision UNDECIDED = new Undecided();

  /**
   * Maximum size in bytes of a serialized address: an IPv6 address with its scope and the length
   * field.
   */
  int MAX_ADDRESS_BYTES = 21;

  /** Maximum size in bytes of a {@code char} in UTF-8. */
  int MAX_BYTES_PER_CHAR = 3;

  /** Calls the visitor's method for this kind, and returns its result. */
  <A, R extends @Nullable Object> R accept(Visitor<A, R> visitor, A argument);

  /** Maximum serialized size in bytes, without the ID of the kind. */
  int maxBytes();

  /**
   * Code that depends on the kind of a decision, with one method for each.
   *
   * @param <A> the argument of all methods, which allows a stateless visitor to be a constant
   * @param <R> the result
   */
  interface Visitor<A, R extends @Nullable Object> {
    @Nullable R onContinue(A argument);

    @Nullable R onRcode(Rcode rcode, A argument);

    @Nullable R onAddresses(Addresses addresses, A argument);

    @Nullable R onAnswer(Answer answer, A argument);

    @Nullable R onTruncate(A argument);

    @Nullable R onDrop(A argument);

    @Nullable R onChangeName(ChangeName changeName, A argument);

    @Nullable R onToPool(ToPool toPool, A argument);

    @Nullable R onAskAgain(A argument);

    @Nullable R onUndecided(A argument);

    @Nullable R onResult(Result result, A argument);
  }

  /**
   * Code that depends only on the content of decisions. All kinds without content are one case.
   *
   * @param <A> as in {@link Visitor}
   * @param <R> as in {@link Visitor}
   */
  interface ContentVisitor<A, R extends @Nullable Object> extends Visitor<A, R> {
    /** Called for a decision without content. */
    @Nullable R onNoContent(A argument);

    @Override
    default @Nullable R onContinue(A argument) {
      return onNoContent(argument);
    }

    @Override
    default @Nullable R onTruncate(A argument) {
      return onNoContent(argument);
    }

    @Override
    default @Nullable R onDrop(A argument) {
      return onNoContent(argument);
    }

    @Override
    default @Nullable R onAskAgain(A argument) {
      return onNoContent(argument);
    }

    @Override
    default @Nullable R onUndecided(A argument) {
      return onNoContent(argument);
    }
  }

  /** The query or response continues at the next rule. */
  record Continue() implements Decision {
    @Override
    public <A, R extends @Nullable Object> R accept(Visitor<A, R> visitor, A argument) {
      return visitor.onContinue(argument);
    }

    @Override
    public int maxBytes() {
      return 0;
    }
  }

  /**
   * The query is answered without records.
   *
   * @param rcode the RCODE, 0 to 15
   */
  record Rcode(int rcode) implements Decision {
    public Rcode {
      if (rcode < 0 || rcode > 15) {
        throw new IllegalArgumentException("RCODE must be 0 to 15, not " + rcode);
      }
    }

    @Override
    public <A, R extends @Nullable Object> R accept(Visitor<A, R> visitor, A argument) {
      return visitor.onRcode(this, argument);
    }

    @Override
    public int maxBytes() {
      return 1;
    }
  }

  /**
   * The query is answered with the addresses of its QTYPE; if there is none, with NODATA (RFC
   * 2308).
   *
   * @param ttlSeconds 0 to 86,400
   */
  record Addresses(List<InetAddress> addresses, int ttlSeconds) implements Decision {
    public Addresses {
      if (addresses.size() > Verdict.MAX_ADDRESSES) {
        throw new IllegalArgumentException("more than " + Verdict.MAX_ADDRESSES + " addresses");
      }
      if (ttlSeconds < 0 || ttlSeconds > 86_400) {
        throw new IllegalArgumentException("TTL must be 0 to 86400 s, not " + ttlSeconds);
      }
      addresses = List.copyOf(addresses);
    }

    @Override
    public <A, R extends @Nullable Object> R accept(Visitor<A, R> visitor, A argument) {
      return visitor.onAddresses(this, argument);
    }

    @Override
    public int maxBytes() {
      return 2 * Integer.BYTES + MAX_ADDRESS_BYTES * addresses.size();
    }
  }

  /**
   * The query is answered with a whole DNS message. The node rejects it unless it has the query's
   * question, and sets the client's ID and EDNS.
   *
   * @param message in wire format; not copied, so the caller must not change it afterwards
   */
  record Answer(byte[] message) implements Decision {
    public Answer {
      if (message.length > Verdict.MAX_MESSAGE) {
        throw new IllegalArgumentException("a message has at most 65535 bytes");
      }
    }

    @Override
    public <A, R extends @Nullable Object> R accept(Visitor<A, R> visitor, A argument) {
      return visitor.onAnswer(this, argument);
    }

    @Override
    public int maxBytes() {
      return Integer.BYTES + message.length;
    }

    @Override
    public String toString() {
      return "Answer[" + message.length + " bytes]";
    }
  }

  /**
   * A client that asked over UDP gets an answer with the TC bit, so it asks again over TCP. For
   * other transports this is the same as {@link Continue}.
   */
  record Truncate() implements Decision {
    @Override
    public <A, R extends @Nullable Object> R accept(Visitor<A, R> visitor, A argument) {
      return visitor.onTruncate(argument);
    }

    @Override
    public int maxBytes() {
      return 0;
    }
  }

  /** The client gets no answer. */
  record Drop() implements Decision {
    @Override
    public <A, R extends @Nullable Object> R accept(Visitor<A, R> visitor, A argument) {
      return visitor.onDrop(argument);
    }

    @Override
    public int maxBytes() {
      return 0;
    }
  }

  /**
   * The query continues under another name, and the original name is restored in the response. As a
   * decision about a response, it starts the query again from the first rule, under the other name.
   *
   * @param name in presentation form; the node rejects the verdict if it is no domain name
   */
  record ChangeName(String name) implements Decision {
    public ChangeName {
      if (name.isEmpty() || name.length() > Verdict.MAX_NAME_TEXT) {
        throw new IllegalArgumentException(
            "a name has 1 to " + Verdict.MAX_NAME_TEXT + " characters in presentation form");
      }
    }

    @Override
    public <A, R extends @Nullable Object> R accept(Visitor<A, R> visitor, A argument) {
      return visitor.onChangeName(this, argument);
    }

    @Override
    public int maxBytes() {
      return 2 + MAX_BYTES_PER_CHAR * name.length();
    }
  }

  /**
   * The query continues at the next rule, and goes to this upstream pool unless a later rule
   * selects another.
   *
   * @param pool the pool's name; the node rejects the verdict if it has no such pool
   */
  record ToPool(String pool) implements Decision {
    public ToPool {
      if (pool.isEmpty() || pool.length() > Verdict.MAX_TAG_LENGTH) {
        throw new IllegalArgumentException(
            "a pool's name has 1 to " + Verdict.MAX_TAG_LENGTH + " characters");
      }
    }

    @Override
    public <A, R extends @Nullable Object> R accept(Visitor<A, R> visitor, A argument) {
      return visitor.onToPool(this, argument);
    }

    @Override
    public int maxBytes() {
      return 2 + MAX_BYTES_PER_CHAR * pool.length();
    }
  }

  /**
   * The query starts again at the first rule and keeps its tags. After two restarts this is the
   * same as {@link Continue}.
   */
  record AskAgain() implements Decision {
    @Override
    public <A, R extends @Nullable Object> R accept(Visitor<A, R> visitor, A argument) {
      return visitor.onAskAgain(argument);
    }

    @Override
    public int maxBytes() {
      return 0;
    }
  }

  /**
   * The filter will not decide this query: the node applies {@code on-timeout} at once instead of
   * at the deadline. It ends at the filter router that asked, so its tags, Extended DNS Error and
   * hold are ignored.
   */
  record Undecided() implements Decision {
    @Override
    public <A, R extends @Nullable Object> R accept(Visitor<A, R> visitor, A argument) {
      return visitor.onUndecided(argument);
    }

    @Override
    public int maxBytes() {
      return 0;
    }
  }

  /**
   * The result of the operation that the query waits for; the policy that started it goes on with
   * the result. The node rejects it for a query that waits for a filter.
   */
  record Result(OperationResult result) implements Decision {
    public Result {
      Objects.requireNonNull(result, "result");
    }

    @Override
    public <A, R extends @Nullable Object> R accept(Visitor<A, R> visitor, A argument) {
      return visitor.onResult(this, argument);
    }

    @Override
    public int maxBytes() {
      return 1 + Values.maxBytes(result.outputs());
    }

    @Override
    public String toString() {
      return "Result[" + result.code() + "]";
    }
  }
}
