// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.ClientSettings;
import io.anteroom.node.config.IdentitySource;
import io.anteroom.node.config.ProxySettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Session;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The proxies of one listener and the reading of their headers. It counts the headers and all that
 * is wrong with them. Safe for any thread.
 */
final class Proxies {
  private final @Nullable ProxySettings settings;
  private final int identityTlv;
  private final Counters<Counter> counters;

  Proxies(ClientSettings settings, Counters<Counter> counters) {
    this.settings = settings.proxy();
    this.identityTlv = settings.identity().proxyTlv();
    this.counters = counters;
  }

  /** Whether the listener has proxies. */
  boolean any() {
    return settings != null;
  }

  /** Whether this peer is a proxy, which must send a header. */
  boolean include(InetSocketAddress peer) {
    return settings != null && settings.from().contains(peer.getAddress());
  }

  /** How long a connection may take for its header, in milliseconds. */
  long timeoutMillis() {
    return settings == null ? 0 : settings.timeout().toMillis();
  }

  /** Reads a header; the reader index stays where it is. */
  ProxyReading read(ByteBuf bytes) {
    return ProxyHeader.read(bytes, identityTlv);
  }

  /** The client that a header names; for the command LOCAL, the peer itself. */
  static InetSocketAddress client(ProxyHeader header, InetSocketAddress peer) {
    InetSocketAddress named = header.client();
    return named == null ? peer : named;
  }

  /** The address that the access control list judges. */
  InetSocketAddress judged(InetSocketAddress client, InetSocketAddress proxy) {
    return settings != null && settings.aclForProxies() ? proxy : client;
  }

  /** What a header tells about its client. An identity that is none is left out and counted. */
  Session session(ProxyHeader header) {
    byte[] told = header.identity();
    String identity = told == null ? "" : new String(told, StandardCharsets.ISO_8859_1);
    if (told != null && !IdentitySource.isIdentity(identity)) {
      count(Counter.IDENTITY_INVALID);
      identity = "";
    }
    return Session.of(header.serverName(), "", identity);
  }

  void count(Counter counter) {
    counters.increment(counter);
  }
}
