// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

/**
 * The error codes of DNS over QUIC (RFC 9250 section 4.3), and those of QUIC itself (RFC 9000
 * section 20.1, RFC 9001 section 4.8) that the node sends.
 */
final class QuicErrors {
  static final int DOQ_NO_ERROR = 0x0;

  /** The query has ended without an answer. */
  static final int DOQ_INTERNAL_ERROR = 0x1;

  static final int DOQ_PROTOCOL_ERROR = 0x2;

  /** The client did not want the answer. */
  static final int DOQ_REQUEST_CANCELLED = 0x3;

  static final int DOQ_EXCESSIVE_LOAD = 0x4;

  static final int CONNECTION_REFUSED = 0x2;

  /** The alert no_application_protocol of TLS. */
  static final int NO_APPLICATION_PROTOCOL = 0x178;

  private QuicErrors() {}
}
