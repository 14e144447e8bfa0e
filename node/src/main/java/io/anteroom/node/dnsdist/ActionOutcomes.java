// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.flow.Effect;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.wire.Answers;
import io.anteroom.node.wire.HeaderFlag;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Rcode;

/**
 * Turns what an action returned, a DNSAction or DNSResponseAction and perhaps a second value, into
 * an outcome. The numbers are those of dnsdist; {@code constants.lua} has them too.
 *
 * <p>In one point this differs from dnsdist: an answer that the script made ends the chain,
 * whatever the action returned.
 */
final class ActionOutcomes {
  private static final int DROP = 0;
  private static final int NXDOMAIN = 1;
  private static final int REFUSED = 2;
  private static final int SPOOF = 3;
  private static final int ALLOW = 4;
  private static final int HEADER_MODIFY = 5;
  private static final int POOL = 6;
  private static final int DELAY = 7;
  private static final int TRUNCATE = 8;
  private static final int SERVFAIL = 9;
  private static final int NONE = 10;
  private static final int NO_OP = 11;
  private static final int NO_RECURSE = 12;
  private static final int SPOOF_RAW = 13;
  private static final int SPOOF_PACKET = 14;

  private static final int R_ALLOW = 0;
  private static final int R_DELAY = 1;
  private static final int R_DROP = 2;
  private static final int R_HEADER_MODIFY = 3;
  private static final int R_SERVFAIL = 4;
  private static final int R_TRUNCATE = 5;
  private static final int R_NONE = 6;

  /** The longest delay, as that of a rule. */
  private static final long LONGEST_DELAY_MS = 5_000;

  private final Question question;
  private final @Nullable Object value;
  private final int nextRule;

  private ActionOutcomes(Question question, @Nullable Object value, int nextRule) {
    this.question = question;
    this.value = value;
    this.nextRule = nextRule;
  }

  /**
   * The outcome.
   *
   * @param returned an action, or a list of one and a second value
   * @param nextRule the index of the rule at which the chain continues
   * @throws LuaFailure if it is no action, or not possible for the question
   */
  static RuleOutcome of(Question question, @Nullable Object returned, int nextRule)
      throws LuaFailure {
    Object action = returned;
    Object value = null;
    if (returned instanceof List<?> list && list.size() == 2) {
      action = list.get(0);
      value = list.get(1);
    }
    String enumeration = question.isResponse() ? "DNSResponseAction" : "DNSAction";
    long number = ScriptValues.number(action, "the " + enumeration + " to return", 255);
    ActionOutcomes reader = new ActionOutcomes(question, value, nextRule);
    RuleOutcome outcome =
        question.isResponse() ? reader.ofResponse((int) number) : reader.ofQuery((int) number);
    if (outcome == null) {
      throw new LuaFailure("%d is no %s".formatted(number, enumeration));
    }
    return outcome;
  }

  private @Nullable RuleOutcome ofQuery(int action) throws LuaFailure {
    return switch (action) {
      case NONE, NO_OP -> question.outcome();
      case ALLOW, HEADER_MODIFY -> ended();
      case DROP -> new RuleOutcome.Drop(question.query());
      case NXDOMAIN -> refused(Rcode.NXDOMAIN);
      case REFUSED -> refused(Rcode.REFUSED);
      case SERVFAIL -> refused(Rcode.SERVFAIL);
      case SPOOF -> spoofed();
      case SPOOF_RAW -> spoofedRaw();
      case SPOOF_PACKET -> {
        question.replace(ScriptValues.bytes(value, "the packet to answer with"));
        yield ended();
      }
      case POOL -> {
        question.choosePool(value);
        yield ended();
      }
      case DELAY -> delayed();
      case TRUNCATE -> truncated();
      case NO_RECURSE -> {
        question.put(HeaderFlag.RD, false);
        yield ended();
      }
      default -> null;
    };
  }

  private @Nullable RuleOutcome ofResponse(int action) throws LuaFailure {
    return switch (action) {
      case R_NONE -> question.outcome();
      case R_ALLOW, R_HEADER_MODIFY -> ended();
      case R_DROP -> new RuleOutcome.Drop(question.query());
      case R_SERVFAIL -> {
        question.message().putRcode(Rcode.SERVFAIL);
        yield ended();
      }
      case R_DELAY -> delayed();
      case R_TRUNCATE -> truncated();
      default -> null;
    };
  }

  private RuleOutcome ended() throws LuaFailure {
    RuleOutcome outcome = question.outcome();
    return outcome instanceof RuleOutcome.Next next
        ? new RuleOutcome.EndChain(next.query())
        : outcome;
  }

  private RuleOutcome refused(int rcode) throws LuaFailure {
    question.refuse(rcode);
    return ended();
  }

  /** One address, several with commas between them, or the target of an alias. */
  private RuleOutcome spoofed() throws LuaFailure {
    List<String> texts = split(ScriptValues.text(value, "what to answer with"));
    Query query = question.query();
    if (texts.size() == 1 && SpoofedAnswers.address(texts.get(0)) == null) {
      question.answer(SpoofedAnswers.alias(query.wire(), texts.get(0)));
      return ended();
    }
    List<InetAddress> addresses = SpoofedAnswers.addresses(texts);
    // As in dnsdist, a query of another type goes on.
    if (SpoofedAnswers.anyFits(query.wire(), addresses)) {
      question.answer(SpoofedAnswers.of(query.wire(), addresses));
    }
    return ended();
  }

  private RuleOutcome spoofedRaw() throws LuaFailure {
    byte[] all = ScriptValues.bytes(value, "the data to answer with");
    List<byte[]> parts = new ArrayList<>();
    int from = 0;
    for (int i = 0; i <= all.length; i++) {
      if (i == all.length || all[i] == ',') {
        if (i > from) {
          parts.add(Arrays.copyOfRange(all, from, i));
        }
        from = i + 1;
      }
    }
    question.answer(SpoofedAnswers.raw(question.query().wire(), parts, null));
    return ended();
  }

  private static List<String> split(String text) {
    return Arrays.stream(text.split("[, ]")).filter(part -> !part.isEmpty()).toList();
  }

  private RuleOutcome delayed() throws LuaFailure {
    RuleOutcome outcome = question.outcome();
    long ms = milliseconds();
    return ms > 0 && outcome instanceof RuleOutcome.Next next
        ? new RuleOutcome.Aside(next.query(), new Effect.Delay(Duration.ofMillis(ms)), nextRule)
        : outcome;
  }

  /** A number, or a text that is one. */
  private long milliseconds() throws LuaFailure {
    Object number = value;
    if (value instanceof String text && text.matches("\\d{1,9}")) {
      number = Long.valueOf(text);
    }
    return ScriptValues.number(number, "the delay in milliseconds", LONGEST_DELAY_MS);
  }

  private RuleOutcome truncated() throws LuaFailure {
    if (!question.isUdp()) {
      return question.outcome();
    }
    question.answer(Answers.truncated(question.query().wire()));
    return ended();
  }
}
