// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.flow.Session;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What a connection has told about its client before the first query: a proxy in its header, and
 * the client in its TLS handshake. It is kept in the channel, for its event loop only.
 *
 * @param client the address that a proxy has named; null if there is no proxy
 * @param judged the address for the access control list; null if there is no proxy
 */
record Introduction(
    @Nullable InetSocketAddress client, @Nullable InetSocketAddress judged, Session session) {
  private static final AttributeKey<Introduction> KEY =
      AttributeKey.valueOf(Introduction.class, "introduction");

  private static final Introduction NONE = new Introduction(null, null, Session.NONE);

  private static Introduction of(Channel channel) {
    Introduction told = channel.attr(KEY).get();
    return told == null ? NONE : told;
  }

  /** The address of the client: the one that its proxy has named, or that of the connection. */
  static InetSocketAddress client(Channel connection) {
    InetSocketAddress named = of(connection).client();
    return named == null ? (InetSocketAddress) connection.remoteAddress() : named;
  }

  /** The address that the access control list judges: that of the client, or of its proxy. */
  static InetSocketAddress judged(Channel connection) {
    InetSocketAddress named = of(connection).judged();
    return named == null ? (InetSocketAddress) connection.remoteAddress() : named;
  }

  /** What is known about the client so far, without the path. */
  static Session session(Channel connection) {
    return of(connection).session();
  }

  /** A proxy has told this about the client. */
  static void byProxy(
      Channel connection, InetSocketAddress client, InetSocketAddress judged, Session session) {
    connection.attr(KEY).set(new Introduction(client, judged, session));
  }

  /** The client has asked for this name in its TLS handshake; it replaces that of a proxy. */
  static void serverName(Channel connection, String name) {
    Introduction told = of(connection);
    Session session = told.session().withServerName(name);
    connection.attr(KEY).set(new Introduction(told.client(), told.judged(), session));
  }
}
