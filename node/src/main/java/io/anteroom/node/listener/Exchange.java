// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.flow.Session;
import java.net.InetSocketAddress;

/**
 * One query that has a stream or request of its own, and the way back for its answer. Everything is
 * called on the event loop of its connection, and exactly one of {@link #answer} and {@link #none}
 * once, unless the listener has been told {@link ExchangeListener.Gone}.
 */
interface Exchange {
  /** The address of the client. */
  InetSocketAddress client();

  /** What the client has told about itself. */
  Session session();

  /** The number that its listener has given it; 0 for none yet. */
  long number();

  /** Keeps the number that its listener gives it. */
  void setNumber(long number);

  /** Writes the answer, which {@link #flush} sends. */
  void answer(byte[] message);

  /** The query ends without an answer: the client is told in the words of its transport. */
  void none();

  /** Sends what has been written to the connection. */
  void flush();
}
