// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.wire.AnswerEdits;
import io.anteroom.node.wire.Answers;
import io.anteroom.node.wire.HeaderFlag;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireQuery;

/**
 * The message of a query or answer as a script changes it. A message that a script made is checked
 * at once, so that an error is reported where the script made it; changes of flags are checked at
 * the end.
 */
final class MessageDraft {
  private static final int MAX_MESSAGE = 0xffff;

  /** Where the message comes from. */
  private enum Source {
    /** It is that of the query, but flags may have changed. */
    GIVEN,
    /** An answer of this node. */
    MADE,
    /** The script made it. */
    SCRIPT
  }

  private final byte[] given;
  private final boolean response;
  private byte[] content;
  private Source source = Source.GIVEN;

  MessageDraft(Query query) {
    byte[] answer = query.answer();
    response = answer != null;
    given = answer != null ? answer : query.wire().bytes();
    content = given;
  }

  /** The message, which must not be modified. */
  byte[] bytes() {
    return content;
  }

  /** A copy of the message with this id. */
  byte[] withId(int id) {
    byte[] copy = content.clone();
    HeaderFlag.putId(copy, id);
    return copy;
  }

  /** Whether it is an answer now, although it may have been a query. */
  boolean isAnswer() {
    return HeaderFlag.QR.isIn(content);
  }

  void put(HeaderFlag flag, boolean set) {
    if (flag.isIn(content) != set) {
      flag.put(writable(), set);
    }
  }

  void putRcode(int rcode) {
    HeaderFlag.putRcode(writable(), rcode);
  }

  void changeTtls(int[] seconds) throws LuaFailure {
    try {
      content = AnswerEdits.withTtls(content, seconds);
    } catch (IllegalArgumentException e) {
      throw new LuaFailure(String.valueOf(e.getMessage()));
    }
  }

  private byte[] writable() {
    if (content == given) {
      content = given.clone();
    }
    return content;
  }

  /** Replaces the message by an answer of this node, which belongs to the draft then. */
  void answer(byte[] made) {
    content = made;
    source = Source.MADE;
  }

  /**
   * Replaces the message by one of the script, with the client's id.
   *
   * @throws LuaFailure if it is neither an answer to the query nor a query of the same type
   */
  void replace(byte[] raw, Query query) throws LuaFailure {
    if (!HeaderFlag.hasHeader(raw) || raw.length > MAX_MESSAGE) {
      throw new LuaFailure(
          "the content is no DNS message, as it has %d bytes".formatted(raw.length));
    }
    byte[] copy = raw.clone();
    HeaderFlag.putId(copy, query.wire().id());
    if (HeaderFlag.QR.isIn(copy)) {
      checkAnswer(copy, query.wire());
    } else if (response) {
      throw new LuaFailure("the content of an answer must be an answer, but it has no QR flag");
    } else {
      query(copy, query.wire());
    }
    content = copy;
    source = Source.SCRIPT;
  }

  private static void checkAnswer(byte[] message, WireQuery query) throws LuaFailure {
    WireAnswer answer = WireAnswer.parse(message);
    if (answer == null) {
      throw new LuaFailure("the content is no DNS answer that can be read");
    } else if (!answer.answers(query)) {
      throw new LuaFailure("the content answers another question than that of the client");
    }
  }

  private static WireQuery query(byte[] message, WireQuery before) throws LuaFailure {
    if (!(WireQuery.parse(message) instanceof WireQuery parsed)) {
      throw new LuaFailure("the content is no DNS query that can be answered");
    } else if (parsed.type() != before.type() || parsed.dnsClass() != before.dnsClass()) {
      throw new LuaFailure("the content asks for another type or class than the client");
    }
    return parsed.withSubnet(before.subnet());
  }

  /**
   * The outcome for the query with this message: an answer, or the query as it goes on.
   *
   * @throws LuaFailure if flags make the message unusable
   */
  RuleOutcome outcome(Query query) throws LuaFailure {
    if (content == given) {
      return new RuleOutcome.Next(query);
    } else if (!response && isAnswer()) {
      return new RuleOutcome.Answer(query, finished(query));
    }
    return new RuleOutcome.Next(settled(query));
  }

  /** The query with this message, which is not an answer unless it was one before. */
  Query settled(Query query) throws LuaFailure {
    if (content == given) {
      return query;
    } else if (response) {
      return query.withEdited(finished(query));
    }
    WireQuery changed = query(content, query.wire());
    return changed.name().equals(query.wire().name())
        ? query.withWire(changed)
        : query.renamed(changed);
  }

  private byte[] finished(Query query) throws LuaFailure {
    if (!isAnswer()) {
      throw new LuaFailure("an answer has lost its QR flag");
    } else if (source == Source.MADE || (source == Source.GIVEN && response)) {
      return content;
    }
    checkAnswer(content, query.wire());
    return Answers.readdressed(query.wire(), content);
  }
}
