// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.netty.handler.codec.quic.QuicStreamChannel;

/** A query on a QUIC stream of its own. */
interface QuicExchange extends Exchange {
  QuicStreamChannel stream();

  /** The client does not want the answer any more. */
  void cancelled();
}
