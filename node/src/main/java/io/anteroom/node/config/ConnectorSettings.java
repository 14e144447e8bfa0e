// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Where a filter that is no member is found, and how it answers. */
public sealed interface ConnectorSettings {

  /** It gets DNS messages as datagrams and answers with their ids. */
  sealed interface Datagram extends ConnectorSettings {}

  /**
   * Unix datagram sockets.
   *
   * @param sendTo the path that the filter has bound; a name that starts with {@code @} is in the
   *     abstract namespace of Linux
   * @param receiveAt the path where its verdicts come in; null if it sends them back to where the
   *     message came from
   */
  record Unix(String sendTo, @Nullable String receiveAt) implements Datagram {
    /** What {@code sockaddr_un} has room for, less the NUL at the end. */
    public static final int MAX_PATH = 107;
  }

  /** A connected UDP socket; verdicts come from where the messages go. */
  record Udp(InetSocketAddress sendTo) implements Datagram {}
}
