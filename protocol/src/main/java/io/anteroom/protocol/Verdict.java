// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a filter decides about a suspended query.
 *
 * <p>Every verdict may carry tags, which later rules see; they are added to those that the query
 * has, and win over them. It may carry an Extended DNS Error too, which goes into whatever answer
 * the client gets in the end. And it may {@linkplain Holds hold} for a while, so that the filter is
 * not asked the same again. Bounds are checked here, so that a verdict which exists is well formed;
 * a whole message is checked by the node against the question.
 */
public sealed interface Verdict {
  int MAX_TAGS = 32;
  int MAX_TAG_LENGTH = 255;
  int MAX_ADDRESSES = 64;
  int MAX_MESSAGE = 0xffff;

  /** A name in presentation form with every byte escaped, which is the longest there is. */
  int MAX_NAME_TEXT = 1_024;

  Map<String, String> tags();

  /** Null if the client is told nothing about why it got this answer. */
  @Nullable ExtendedError error();

  /** The same verdict with these tags instead of its own. */
  Verdict withTags(Map<String, String> tags);

  /** The same verdict with this Extended DNS Error. */
  Verdict withError(ExtendedError error);

  /** For how long it holds, and for whom. */
  Holds holds();

  /** The same verdict, holding like this. */
  Verdict withHolds(Holds holds);

  /** The same verdict with one more tag. */
  default Verdict withTag(String name, String value) {
    return withTags(Tags.with(tags(), name, value));
  }

  /**
   * The same verdict, to hold for that long: until then the nodes give it again to the same client
   * for the same question, without asking.
   *
   * @param time zero, which is not at all, to a day; parts of a second are left out
   */
  default Verdict holdsFor(Duration time) {
    return withHolds(holds().lasting(time));
  }

  /** The same verdict; if it holds, then for all clients. */
  default Verdict forEveryone() {
    return withHolds(holds().with(Holds.Scope.EVERYONE));
  }

  /**
   * The same verdict; if it holds, then for all names below this one too. One with a whole message
   * does not: its records are those of one name.
   */
  default Verdict withSubtree() {
    return withHolds(holds().withSubtree());
  }

  /** The query, or the answer, goes on at the next rule. */
  record Continue(@Nullable ExtendedError error, Map<String, String> tags, Holds holds)
      implements Verdict {
    public Continue {
      tags = Tags.checked(tags);
      Objects.requireNonNull(holds, "holds");
    }

    @Override
    public Continue withTags(Map<String, String> tags) {
      return new Continue(error, tags, holds);
    }

    @Override
    public Continue withError(ExtendedError error) {
      return new Continue(error, tags, holds);
    }

    @Override
    public Continue withHolds(Holds holds) {
      return new Continue(error, tags, holds);
    }
  }

  /**
   * The query is answered without records.
   *
   * @param rcode the RCODE, 0 to 15
   */
  record Rcode(int rcode, @Nullable ExtendedError error, Map<String, String> tags, Holds holds)
      implements Verdict {
    public Rcode {
      if (rcode < 0 || rcode > 15) {
        throw new IllegalArgumentException("RCODE must be 0 to 15, not " + rcode);
      }
      tags = Tags.checked(tags);
      Objects.requireNonNull(holds, "holds");
    }

    @Override
    public Rcode withTags(Map<String, String> tags) {
      return new Rcode(rcode, error, tags, holds);
    }

    @Override
    public Rcode withError(ExtendedError error) {
      return new Rcode(rcode, error, tags, holds);
    }

    @Override
    public Rcode withHolds(Holds holds) {
      return new Rcode(rcode, error, tags, holds);
    }
  }

  /**
   * The query is answered with those of the addresses that its type asks for; none of them is
   * NODATA.
   *
   * @param ttlSeconds 0 to 86,400
   */
  record Addresses(
      List<InetAddress> addresses,
      int ttlSeconds,
      @Nullable ExtendedError error,
      Map<String, String> tags,
      Holds holds)
      implements Verdict {
    public Addresses {
      if (addresses.size() > MAX_ADDRESSES) {
        throw new IllegalArgumentException("more than " + MAX_ADDRESSES + " addresses");
      }
      if (ttlSeconds < 0 || ttlSeconds > 86_400) {
        throw new IllegalArgumentException("TTL must be 0 to 86400 s, not " + ttlSeconds);
      }
      addresses = List.copyOf(addresses);
      tags = Tags.checked(tags);
      Objects.requireNonNull(holds, "holds");
    }

    @Override
    public Addresses withTags(Map<String, String> tags) {
      return new Addresses(addresses, ttlSeconds, error, tags, holds);
    }

    @Override
    public Addresses withError(ExtendedError error) {
      return new Addresses(addresses, ttlSeconds, error, tags, holds);
    }

    @Override
    public Addresses withHolds(Holds holds) {
      return new Addresses(addresses, ttlSeconds, error, tags, holds);
    }
  }

  /**
   * The query is answered with a whole DNS message. The node takes it only if its question is the
   * query's, and puts in the client's id and EDNS.
   *
   * @param message in wire format; not copied, and not to be changed afterwards
   */
  record Answer(
      byte[] message, @Nullable ExtendedError error, Map<String, String> tags, Holds holds)
      implements Verdict {
    public Answer {
      if (message.length > MAX_MESSAGE) {
        throw new IllegalArgumentException("a message has at most 65535 bytes");
      }
      tags = Tags.checked(tags);
      Objects.requireNonNull(holds, "holds");
    }

    @Override
    public Answer withTags(Map<String, String> tags) {
      return new Answer(message, error, tags, holds);
    }

    @Override
    public Answer withError(ExtendedError error) {
      return new Answer(message, error, tags, holds);
    }

    @Override
    public Answer withHolds(Holds holds) {
      return new Answer(message, error, tags, holds);
    }
  }

  /**
   * A client that asked by UDP is told to ask again by TCP (the TC bit). For one that did so
   * already this is the same as {@link Continue}.
   */
  record Truncate(@Nullable ExtendedError error, Map<String, String> tags, Holds holds)
      implements Verdict {
    public Truncate {
      tags = Tags.checked(tags);
      Objects.requireNonNull(holds, "holds");
    }

    @Override
    public Truncate withTags(Map<String, String> tags) {
      return new Truncate(error, tags, holds);
    }

    @Override
    public Truncate withError(ExtendedError error) {
      return new Truncate(error, tags, holds);
    }

    @Override
    public Truncate withHolds(Holds holds) {
      return new Truncate(error, tags, holds);
    }
  }

  /** The client gets no answer. */
  record Drop(@Nullable ExtendedError error, Map<String, String> tags, Holds holds)
      implements Verdict {
    public Drop {
      tags = Tags.checked(tags);
      Objects.requireNonNull(holds, "holds");
    }

    @Override
    public Drop withTags(Map<String, String> tags) {
      return new Drop(error, tags, holds);
    }

    @Override
    public Drop withError(ExtendedError error) {
      return new Drop(error, tags, holds);
    }

    @Override
    public Drop withHolds(Holds holds) {
      return new Drop(error, tags, holds);
    }
  }

  /**
   * The query goes on under another name; in the answer the name is changed back. About an answer,
   * it means that the query is asked again from the start, under the other name.
   *
   * @param name in presentation form; the node takes the verdict only if it is a domain name
   */
  record ChangeName(
      String name, @Nullable ExtendedError error, Map<String, String> tags, Holds holds)
      implements Verdict {
    public ChangeName {
      if (name.isEmpty() || name.length() > MAX_NAME_TEXT) {
        throw new IllegalArgumentException(
            "a name has 1 to " + MAX_NAME_TEXT + " characters in presentation form");
      }
      tags = Tags.checked(tags);
      Objects.requireNonNull(holds, "holds");
    }

    @Override
    public ChangeName withTags(Map<String, String> tags) {
      return new ChangeName(name, error, tags, holds);
    }

    @Override
    public ChangeName withError(ExtendedError error) {
      return new ChangeName(name, error, tags, holds);
    }

    @Override
    public ChangeName withHolds(Holds holds) {
      return new ChangeName(name, error, tags, holds);
    }
  }

  /**
   * The query goes on at the next rule, and to that upstream pool if no later rule chooses another.
   *
   * @param pool its name; the node takes the verdict only if it has such a pool
   */
  record ToPool(String pool, @Nullable ExtendedError error, Map<String, String> tags, Holds holds)
      implements Verdict {
    public ToPool {
      if (pool.isEmpty() || pool.length() > MAX_TAG_LENGTH) {
        throw new IllegalArgumentException(
            "a pool's name has 1 to " + MAX_TAG_LENGTH + " characters");
      }
      tags = Tags.checked(tags);
      Objects.requireNonNull(holds, "holds");
    }

    @Override
    public ToPool withTags(Map<String, String> tags) {
      return new ToPool(pool, error, tags, holds);
    }

    @Override
    public ToPool withError(ExtendedError error) {
      return new ToPool(pool, error, tags, holds);
    }

    @Override
    public ToPool withHolds(Holds holds) {
      return new ToPool(pool, error, tags, holds);
    }
  }

  /**
   * The query starts again at the first rule, with the tags that it has by now; at most twice, then
   * this is the same as {@link Continue}.
   */
  record AskAgain(@Nullable ExtendedError error, Map<String, String> tags, Holds holds)
      implements Verdict {
    public AskAgain {
      tags = Tags.checked(tags);
      Objects.requireNonNull(holds, "holds");
    }

    @Override
    public AskAgain withTags(Map<String, String> tags) {
      return new AskAgain(error, tags, holds);
    }

    @Override
    public AskAgain withError(ExtendedError error) {
      return new AskAgain(error, tags, holds);
    }

    @Override
    public AskAgain withHolds(Holds holds) {
      return new AskAgain(error, tags, holds);
    }
  }

  /**
   * The filter has no verdict about this query, and will have none: the node does at once what its
   * {@code on-timeout} says, rather than when the query's time is up. It goes no further than the
   * node that asked, so it has no tags, tells the client nothing and holds for nobody; what it is
   * given of these is left out.
   */
  record Undecided() implements Verdict {
    @Override
    public Map<String, String> tags() {
      return Map.of();
    }

    @Override
    public @Nullable ExtendedError error() {
      return null;
    }

    @Override
    public Holds holds() {
      return Holds.NONE;
    }

    @Override
    public Undecided withTags(Map<String, String> tags) {
      return this;
    }

    @Override
    public Undecided withError(ExtendedError error) {
      return this;
    }

    @Override
    public Undecided withHolds(Holds holds) {
      return this;
    }
  }

  /** Lets the query pass. */
  static Continue proceed() {
    return Tags.PROCEED;
  }

  /** Answers with an RCODE and no records. */
  static Rcode rcode(int rcode) {
    return new Rcode(rcode, null, Map.of(), Holds.NONE);
  }

  /** Refuses the query, and tells the client why. */
  static Rcode refuse(ExtendedError error) {
    return new Rcode(5, error, Map.of(), Holds.NONE);
  }

  /** Says that the name does not exist, and tells the client why. */
  static Rcode nxdomain(ExtendedError error) {
    return new Rcode(3, error, Map.of(), Holds.NONE);
  }

  /** Answers with addresses. */
  static Addresses addresses(int ttlSeconds, InetAddress... addresses) {
    return new Addresses(List.of(addresses), ttlSeconds, null, Map.of(), Holds.NONE);
  }

  /** Answers with a whole message. */
  static Answer answer(byte[] message) {
    return new Answer(message, null, Map.of(), Holds.NONE);
  }

  /** Has the client ask by TCP. */
  static Truncate truncate() {
    return new Truncate(null, Map.of(), Holds.NONE);
  }

  /** Gives no answer. */
  static Drop drop() {
    return new Drop(null, Map.of(), Holds.NONE);
  }

  /** Asks for another name instead. */
  static ChangeName changeName(String name) {
    return new ChangeName(name, null, Map.of(), Holds.NONE);
  }

  /** Chooses the upstream pool. */
  static ToPool toPool(String pool) {
    return new ToPool(pool, null, Map.of(), Holds.NONE);
  }

  /** Starts the query again. */
  static AskAgain askAgain() {
    return new AskAgain(null, Map.of(), Holds.NONE);
  }

  /** Leaves it to the node's {@code on-timeout}, at once. */
  static Undecided undecided() {
    return Tags.UNDECIDED;
  }
}
