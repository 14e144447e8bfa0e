// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.tls;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;

/** The implementation of TLS for listeners. */
public enum TlsProvider {
  /** OpenSSL where it can be loaded, otherwise the JDK. */
  AUTO,
  JDK,
  OPENSSL;

  /** Whether OpenSSL (BoringSSL) can be loaded here. The first call loads it. */
  public static boolean hasOpenSsl() {
    return OpenSsl.isAvailable();
  }

  /** Whether this is OpenSSL here. */
  public boolean isOpenSsl() {
    return this == OPENSSL || (this == AUTO && hasOpenSsl());
  }

  SslProvider netty() {
    return isOpenSsl() ? SslProvider.OPENSSL : SslProvider.JDK;
  }
}
