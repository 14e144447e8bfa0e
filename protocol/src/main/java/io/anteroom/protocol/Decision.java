// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a suspended query: the part of a {@link Verdict} that differs from kind to kind.
 *
 * <p>Code that depends on the kind is a {@link Visitor}, so that it does not compile while it
 * leaves out a kind. Bounds are checked here, so that a decision which exists is well formed.
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

  /** Of an IPv6 address with its scope and the number that says so. */
  int MAX_ADDRESS_BYTES = 21;

  /** Of a char in UTF-8. */
  int MAX_BYTES_PER_CHAR = 3;

  /** Calls the visitor's method for this kind, and returns its result. */
  <A, R extends @Nullable Object> R accept(Visitor<A, R> visitor, A argument);

  /** How many bytes it takes at most when it is written, beside the id of its kind. */
  int maxBytes();

  /**
   * Code that depends on the kind of a decision, with one method for each.
   *
   * @param <A> what all methods need to know; a visitor without state can be a constant then
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
  }

  /**
   * Code that depends only on what decisions carry. Those that carry nothing are one case.
   *
   * @param <A> as in {@link Visitor}
   * @param <R> as in {@link Visitor}
   */
  interface ContentVisitor<A, R extends @Nullable Object> extends Visitor<A, R> {
    /** For a decision that is nothing but its kind. */
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

  /** The query, or the answer, goes on at the next rule. */
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
   * The query is answered with those of the addresses that its type asks for; none of them is
   * NODATA.
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
   * The query is answered with a whole DNS message. The node takes it only if its question is the
   * query's, and puts in the client's id and EDNS.
   *
   * @param message in wire format; not copied, and not to be changed afterwards
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
   * A client that asked by UDP is told to ask again by TCP (the TC bit). For one that did so
   * already this is the same as {@link Continue}.
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
   * The query goes on under another name; in the answer the name is changed back. About an answer,
   * it means that the query is asked again from the start, under the other name.
   *
   * @param name in presentation form; the node takes the verdict only if it is a domain name
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
   * The query goes on at the next rule, and to that upstream pool if no later rule chooses another.
   *
   * @param pool its name; the node takes the verdict only if it has such a pool
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
   * The query starts again at the first rule, with the tags that it has by now; at most twice, then
   * this is the same as {@link Continue}.
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
   * The filter has no verdict about this query, and will have none: the node does at once what its
   * {@code on-timeout} says, rather than when the query's time is up. It goes no further than the
   * router that asked, so its verdict has no tags, tells the client nothing and holds for nobody;
   * what it is given of these is left out.
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
}
