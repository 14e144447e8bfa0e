// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a filter decides about a suspended query.
 *
 * <p>Every verdict may carry tags, which later rules see; they are added to those that the query
 * has, and win over them. Bounds are checked here, so that a verdict which exists is well formed; a
 * whole message is checked by the node against the question.
 */
public sealed interface Verdict {
  int MAX_TAGS = 32;
  int MAX_TAG_LENGTH = 255;
  int MAX_ADDRESSES = 64;
  int MAX_MESSAGE = 0xffff;

  Map<String, String> tags();

  /** The same verdict with one more tag. */
  Verdict withTag(String name, String value);

  /** The query goes on at the next rule. */
  record Continue(Map<String, String> tags) implements Verdict {
    public Continue {
      tags = Tags.checked(tags);
    }

    @Override
    public Continue withTag(String name, String value) {
      return new Continue(Tags.with(tags, name, value));
    }
  }

  /**
   * The query is answered without records.
   *
   * @param rcode the RCODE, 0 to 15
   */
  record Rcode(int rcode, @Nullable ExtendedError error, Map<String, String> tags)
      implements Verdict {
    public Rcode {
      if (rcode < 0 || rcode > 15) {
        throw new IllegalArgumentException("RCODE must be 0 to 15, not " + rcode);
      }
      tags = Tags.checked(tags);
    }

    @Override
    public Rcode withTag(String name, String value) {
      return new Rcode(rcode, error, Tags.with(tags, name, value));
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
      Map<String, String> tags)
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
    }

    @Override
    public Addresses withTag(String name, String value) {
      return new Addresses(addresses, ttlSeconds, error, Tags.with(tags, name, value));
    }
  }

  /**
   * The query is answered with a whole DNS message. The node takes it only if its question is the
   * query's, and puts in the client's id and EDNS.
   *
   * @param message in wire format; not copied, and not to be changed afterwards
   */
  record Answer(byte[] message, Map<String, String> tags) implements Verdict {
    public Answer {
      if (message.length > MAX_MESSAGE) {
        throw new IllegalArgumentException("a message has at most 65535 bytes");
      }
      tags = Tags.checked(tags);
    }

    @Override
    public Answer withTag(String name, String value) {
      return new Answer(message, Tags.with(tags, name, value));
    }
  }

  /** The client gets no answer. */
  record Drop(Map<String, String> tags) implements Verdict {
    public Drop {
      tags = Tags.checked(tags);
    }

    @Override
    public Drop withTag(String name, String value) {
      return new Drop(Tags.with(tags, name, value));
    }
  }

  /** Lets the query pass. */
  static Continue proceed() {
    return Tags.PROCEED;
  }

  /** Answers with an RCODE and no records. */
  static Rcode rcode(int rcode) {
    return new Rcode(rcode, null, Map.of());
  }

  /** Refuses the query, and tells the client why. */
  static Rcode refuse(ExtendedError error) {
    return new Rcode(5, error, Map.of());
  }

  /** Says that the name does not exist, and tells the client why. */
  static Rcode nxdomain(ExtendedError error) {
    return new Rcode(3, error, Map.of());
  }

  /** Answers with addresses. */
  static Addresses addresses(int ttlSeconds, InetAddress... addresses) {
    return new Addresses(List.of(addresses), ttlSeconds, null, Map.of());
  }

  /** Answers with a whole message. */
  static Answer answer(byte[] message) {
    return new Answer(message, Map.of());
  }

  /** Gives no answer. */
  static Drop drop() {
    return new Drop(Map.of());
  }
}
