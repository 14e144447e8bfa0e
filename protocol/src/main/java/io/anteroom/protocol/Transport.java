// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

/** The transport over which a query arrived. */
public enum Transport {
  UDP("udp"),
  TCP("tcp"),
  /** DNS over TLS (RFC 7858). */
  TLS("tls"),
  /** DNS over HTTPS (RFC 8484), in HTTP/2 or HTTP/1.1. */
  HTTPS("https"),
  /** DNS over dedicated QUIC connections (RFC 9250). */
  QUIC("quic"),
  /** DNS over HTTPS (RFC 8484), in HTTP/3. */
  HTTPS3("https3");

  private final String word;

  Transport(String word) {
    this.word = word;
  }

  /** The name of this transport in configuration, metrics and logs. */
  public String word() {
    return word;
  }
}
