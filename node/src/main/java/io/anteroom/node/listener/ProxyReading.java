// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.flow.Counter;

/** The result of reading a header of the PROXY protocol. */
sealed interface ProxyReading permits ProxyHeader, ProxyReading.More, ProxyReading.Wrong {
  /** Nothing is wrong so far, but bytes are missing. */
  enum More implements ProxyReading {
    MORE
  }

  /** There is no valid header, for this reason; nothing behind it can be read. */
  record Wrong(Counter why) implements ProxyReading {}
}
