// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import org.jspecify.annotations.Nullable;

/** The result of parsing a client's packet. */
public sealed interface ParsedQuery permits WireQuery, ParsedQuery.Rejected {

  /** Why a packet is not a valid query. Each reason has its own counter. */
  enum Reason {
    /** Under 12 bytes: dropped. */
    SHORT,
    /** QR is set: dropped. */
    RESPONSE,
    /** QDCOUNT is not 1: FORMERR (RFC 9619). */
    QUESTION_COUNT,
    /** An opcode other than QUERY: NOTIMP. */
    OPCODE,
    /** AXFR or IXFR: NOTIMP. */
    TRANSFER,
    /**
     * A bad label, a compression pointer in the question, a type or class that can't be asked for,
     * records cut short: FORMERR.
     */
    MALFORMED,
    /** More than one OPT record: FORMERR (RFC 6891 section 6.1.1). */
    OPT_TWICE,
    /** An EDNS version above 0: BADVERS (RFC 6891 section 6.1.3). */
    EDNS_VERSION,
    /** A COOKIE option of a length that no cookie has: FORMERR (RFC 7873 section 5.2.2). */
    COOKIE
  }

  /**
   * An invalid packet.
   *
   * @param answer the error response; null if there is none
   */
  record Rejected(Reason reason, byte @Nullable [] answer) implements ParsedQuery {}
}
