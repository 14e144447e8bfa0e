// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.tls;

import io.netty.handler.codec.quic.Quic;
import org.jspecify.annotations.Nullable;

/** The native library of QUIC (quiche and BoringSSL). */
public final class QuicLibrary {
  private QuicLibrary() {}

  /** Why it can't be loaded on this machine; null if it can. The first call loads it. */
  public static @Nullable String whyMissing() {
    if (Quic.isAvailable()) {
      return null;
    }
    Throwable cause = Quic.unavailabilityCause();
    while (cause.getCause() != null && cause.getCause() != cause) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }
}
