// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.flow.Session;
import io.anteroom.node.http.Body;
import io.anteroom.node.http.Http1Responses;
import io.anteroom.node.http.HttpAnswer;
import io.anteroom.node.http.Refusal;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** One request of a connection of HTTP/1.1. Its fields belong to the connection. */
final class Http1Exchange implements Exchange {
  final Http1Connection connection;
  private final Session session;
  private long number;

  /** What its response says about the connection. */
  Http1Responses.Connection fate;

  /** Whether it is a HEAD request. */
  boolean withoutBody;

  /** Whether the client waits with its body until it is asked for it. */
  boolean waits;

  /** The body of a POST request, while it arrives. */
  @Nullable Body body;

  /** The message of a query that has not been passed on. */
  byte @Nullable [] query;

  /** Whether the query has been passed on and has not ended. */
  boolean asked;

  /** The response, until it can be written. */
  @Nullable HttpAnswer answer;

  Http1Exchange(Http1Connection connection, Session session, Http1Responses.Connection fate) {
    this.connection = connection;
    this.session = session;
    this.fate = fate;
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
