// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.flow.Query;
import io.anteroom.node.wire.Answers;
import io.anteroom.node.wire.Renaming;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Transport;
import org.xbill.DNS.Rcode;

/** The answer of a query as its client gets it: to its own question, with its error, and short. */
final class FinalAnswer {
  private FinalAnswer() {}

  /**
   * The answer that a query has by now.
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
   * Makes it of the answer that the query has by now.
   *
   * @throws IllegalStateException if it has none, which is a bug
   */
  static byte[] of(Query query) {
    byte[] answer = message(query);
    WireQuery asked = query.asked();
    if (asked != query.wire()) {
      byte[] back = Renaming.back(asked, query.wire(), answer);
      answer = back == null ? Answers.rcode(asked, Rcode.SERVFAIL, null) : back;
    }
    ExtendedError error = query.error();
    return error == null ? answer : Answers.withError(answer, error);
  }

  /** The whole answer if the client can take it, else one that tells it to ask over TCP. */
  static byte[] fitting(Query query, byte[] whole) {
    boolean udp = query.client().transport() == Transport.UDP;
    return Answers.fit(query.asked(), whole, udp ? query.asked().udpLimit() : 0xffff);
  }
}
