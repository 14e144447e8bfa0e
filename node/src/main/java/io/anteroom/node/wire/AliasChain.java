// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static io.anteroom.node.wire.Octets.HEADER;
import static io.anteroom.node.wire.Octets.u16;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/**
 * Answers that consist of aliases and do not say what the last of them leads to. A stub resolver
 * does not ask for that itself (RFC 1034 section 5.3.1): it expects whoever offers recursion to
 * have followed them.
 */
public final class AliasChain {
  /** The names of a chain that is too long to be followed. */
  private static final int MAX_NAMES = 17;

  private AliasChain() {}

  /**
   * The names from the one that was asked for to the one that the last alias leads to, if the
   * answer ends there. Empty if it is complete, or nobody wants it to be: the query is for the
   * alias itself, is not of class IN, or asks for no recursion.
   *
   * @param answer to the query, made here or checked by {@link WireAnswer#parse}
   */
  public static List<WireName> unfinished(WireQuery query, byte[] answer) {
    boolean answers = u16(answer, 6) > 0 && (answer[3] & Flags.RCODE) == Rcodes.NOERROR;
    return answers && wantsTarget(query) ? names(query, answer) : List.of();
  }

  /** Whether such names lead back to one of them, or are more than anybody follows. */
  public static boolean isEndless(List<WireName> names) {
    return names.size() >= MAX_NAMES || new HashSet<>(names).size() < names.size();
  }

  private static boolean wantsTarget(WireQuery query) {
    int type = query.type();
    return type != Types.CNAME
        && type != Types.ANY
        && query.dnsClass() == Types.CLASS_IN
        && query.recursionDesired();
  }

  private static List<WireName> names(WireQuery query, byte[] answer) {
    int last = HEADER;
    List<WireName> names = List.of();
    int next = query.questionEnd();
    for (int i = u16(answer, 6); i > 0; i--) {
      int fixed = Octets.nameEnd(answer, next);
      int end = RecordWalk.end(answer, fixed);
      int type = u16(answer, fixed);
      int target = fixed + RecordWalk.FIXED;
      if (type == query.type()) {
        return List.of();
      } else if (type == Types.CNAME
          && names.size() < MAX_NAMES
          && MessageNames.same(answer, last, next)
          && Octets.nameEnd(answer, target) == end) {
        names = names.isEmpty() ? new ArrayList<>(List.of(query.name())) : names;
        names.add(name(answer, target));
        last = target;
      }
      next = end;
    }
    return names;
  }

  private static WireName name(byte[] answer, int at) {
    byte[] plain = new byte[WireName.MAX_LENGTH];
    return WireName.copyOf(plain, 0, MessageNames.copy(answer, at, plain, 0));
  }

  /**
   * The answer that both make together: the aliases of one, and what the other says of the name
   * that they lead to, whose response code it takes (RFC 6604 section 3). A failure is SERVFAIL,
   * with the aliases. It is never called authentic, as nobody has validated the aliases. Null if
   * one of them can't be read. Rare, so it is left to dnsjava.
   *
   * @param alias an answer to the query
   * @param target an answer to the query under the last name
   */
  public static byte @Nullable [] join(WireQuery query, byte[] alias, byte[] target) {
    try {
      Message first = new Message(alias);
      Message second = new Message(target);
      Message whole = new Message();
      whole.getHeader().setFlag(org.xbill.DNS.Flags.QR);
      pass(org.xbill.DNS.Flags.AA, first, whole);
      pass(org.xbill.DNS.Flags.TC, second, whole);
      WireAnswer last = WireAnswer.parse(target);
      whole.getHeader().setRcode(last == null || last.isFailure() ? Rcodes.SERVFAIL : last.rcode());
      add(first, Section.QUESTION, whole);
      add(first, Section.ANSWER, whole);
      add(second, Section.ANSWER, whole);
      add(second, Section.AUTHORITY, whole);
      WireAnswer readable = WireAnswer.parse(whole.toWire());
      return readable == null ? null : Answers.adapt(query, readable);
    } catch (IOException | RuntimeException e) {
      // The bytes are a server's or a filter's, and dnsjava says in both ways that it can't.
      return null;
    }
  }

  private static void pass(int flag, Message from, Message to) {
    if (from.getHeader().getFlag(flag)) {
      to.getHeader().setFlag(flag);
    }
  }

  private static void add(Message from, int section, Message to) {
    for (Record record : from.getSection(section)) {
      to.addRecord(record, section);
    }
  }
}
