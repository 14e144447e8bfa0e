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
 * Answers that end with an alias whose target is missing. A stub resolver does not query the target
 * itself (RFC 1034 section 5.3.1), but expects a server that offers recursion to have followed
 * aliases.
 */
public final class AliasChain {
  /** A chain with this many names is too long to be followed. */
  private static final int MAX_NAMES = 17;

  private AliasChain() {}

  /**
   * The names from the QNAME to the target of the last alias, if the answer ends there. Empty if
   * the answer is complete or need not be: if the query is for the alias itself, is not of class
   * IN, or has RD=0.
   *
   * @param answer to the query, made here or checked by {@link WireAnswer#parse}
   */
  public static List<WireName> unfinished(WireQuery query, byte[] answer) {
    boolean answers = u16(answer, 6) > 0 && (answer[3] & Flags.RCODE) == Rcodes.NOERROR;
    return answers && wantsTarget(query) ? names(query, answer) : List.of();
  }

  /** Whether such names form a loop, or are too many to be followed. */
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
   * Joins an answer that ends with an alias and the answer for the alias's target. The result has
   * the response code of the latter (RFC 6604 section 3); a failure becomes SERVFAIL with the
   * aliases. AD is never set, because nobody validated the aliases. Null if one of them can't be
   * read. Uses dnsjava, because this is rare.
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
      // The bytes come from a server or a filter; dnsjava reports invalid ones with either
      // exception.
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
