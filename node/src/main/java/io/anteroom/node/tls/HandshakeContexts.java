// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.tls;

import java.time.Instant;

/** What the handshakes of one listener use, made from its certificates. Thread-safe. */
public interface HandshakeContexts {
  /** Replaces the keys of session tickets if an hour has begun. To be called periodically. */
  void rotate(Instant now);
}
