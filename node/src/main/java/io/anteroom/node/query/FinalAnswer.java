// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.flow.Query;
import io.anteroom.node.wire.Answers;
import io.anteroom.node.wire.Renaming;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Transport;
import org.xbill.DNS.Rcode;

/**
 * Makes the answer that is sent to the client: with the client's question, its Extended DNS Error,
 * and truncated if too large.
 */
final class FinalAnswer {
  private FinalAnswer() {}

  /**
   * The answer of a query as it is, without changes.
   *
   * @throws IllegalStateException if it has none, which is a bug
   */
  static byte[] message(Query answered) {
    byte[] answer = answered.answer();
    if (answer == null) {
      throw new IllegalStateException("a query without an answer has come to its end");
    }
    return answer;
  }

  /**
   * The complete answer: with the client's QNAME, if that was changed, and the Extended DNS Error.
   *
   * @throws IllegalStateException if the query has no answer, which is a bug
   */
  static byte[] of(Query query) {
    byte[] answer = message(query);
    WireQuery asked = query.asked();
    if (asked != query.wire()) {
      answer = answer(asked, query.wire(), answer);
    }
    ExtendedError error = query.error();
    return error == null ? answer : Answers.withError(answer, error);
  }

  private static byte[] answer(WireQuery asked, WireQuery changed, byte[] answer) {
    if (asked.asksTheSame(changed)) {
      return Answers.readdressed(asked, answer);
    }
    byte[] back = Renaming.back(asked, changed, answer);
    return back == null ? Answers.rcode(asked, Rcode.SERVFAIL, null) : back;
  }

  /**
   * The complete answer if it fits the client's transport, else a truncated one (TC), upon which
   * the client retries over TCP.
   *
   * @param udpLimit the limit in bytes if the client's transport is UDP
   */
  static byte[] fitting(Query query, byte[] whole, int udpLimit) {
    boolean udp = query.client().transport() == Transport.UDP;
    return Answers.fit(query.asked(), whole, udp ? udpLimit : 0xffff);
  }
}
