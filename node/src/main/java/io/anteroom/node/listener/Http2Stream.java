// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.flow.Session;
import io.anteroom.node.http.Body;
import io.anteroom.node.http.HttpAnswer;
import io.anteroom.node.http.Refusal;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** One request of a connection of HTTP/2. Its fields belong to the connection. */
final class Http2Stream implements Exchange {
  final Http2Connection connection;
  final int id;
  private final Session session;
  private long number;

  /** The body while it arrives; null before and after. */
  @Nullable Body body;

  /** Why the request gets no query's answer, which it is told at the end of its body. */
  @Nullable Refusal refusal;

  /** Whether its query has been passed on and has not ended. */
  boolean asked;

  /** Whether the client has not ended its side, though what it still sends is ignored. */
  boolean open;

  /** The response, once it has been begun. */
  @Nullable HttpAnswer answer;

  /** How much of the response's body has been written. */
  int written;

  /** By how much its window for sending differs from the one that new streams have. */
  long window;

  /** When its incomplete body was first seen by the check for idle connections; 0 for never. */
  long seenNanos;

  Http2Stream(Http2Connection connection, int id, Session session) {
    this.connection = connection;
    this.id = id;
    this.session = session;
  }

  @Override
  public InetSocketAddress client() {
    return connection.address();
  }

  @Override
  public Session session() {
    return session;
  }

  @Override
  public long number() {
    return number;
  }

  @Override
  public void setNumber(long number) {
    this.number = number;
  }

  @Override
  public void answer(byte[] message) {
    connection.answer(this, HttpAnswer.of(message));
  }

  @Override
  public void none() {
    if (asked) {
      connection.parts.count(Refusal.NO_ANSWER);
    }
    connection.answer(this, HttpAnswer.of(Refusal.NO_ANSWER));
  }

  @Override
  public void flush() {
    connection.flushAnswers();
  }
}
