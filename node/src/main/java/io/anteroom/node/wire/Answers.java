// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import io.anteroom.protocol.ExtendedError;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes answers to a {@link WireQuery}: its id, its question as sent, RD copied, RA set, and an OPT
 * record of ours (UDP size 1232, DO copied) exactly if the client sent one; Extended DNS Errors
 * (RFC 8914) go into it, and are left out for a client without EDNS.
 */
public final class Answers {
  private Answers() {}

  /** An answer without records. */
  public static byte[] rcode(WireQuery query, int rcode, @Nullable ExtendedError error) {
    throw new UnsupportedOperationException();
  }

  /** Those addresses that the query's type asks for; NODATA if there are none. */
  public static byte[] addresses(
      WireQuery query, List<InetAddress> addresses, int ttlSeconds, @Nullable ExtendedError error) {
    throw new UnsupportedOperationException();
  }

  /** The answer to ANY over UDP of RFC 8482 section 4.2: one HINFO record. */
  public static byte[] refuseAny(WireQuery query) {
    throw new UnsupportedOperationException();
  }

  /**
   * Readymade records behind the question. The records must not depend on where they stand, but for
   * pointers to offset 12, the question's name.
   */
  public static byte[] records(
      WireQuery query,
      int rcode,
      boolean authoritative,
      byte[] records,
      int answers,
      int authorities) {
    throw new UnsupportedOperationException();
  }

  /**
   * Turns somebody else's answer into the client's: id and question as the client sent them, the
   * OPT record replaced by ours or taken out. RCODEs that need EDNS become SERVFAIL for a client
   * without it.
   */
  public static byte[] adapt(WireQuery query, WireAnswer answer) {
    throw new UnsupportedOperationException();
  }

  /** The answer itself if it is within the limit, else one with TC set and no records. */
  public static byte[] fit(WireQuery query, byte[] answer, int limit) {
    throw new UnsupportedOperationException();
  }

  /**
   * The query that goes upstream for a client's: our id, the question as sent, RD, CD, and an OPT
   * record of ours with DO copied. Nothing else of the client's.
   */
  public static byte[] upstreamQuery(WireQuery query, int id) {
    throw new UnsupportedOperationException();
  }
}
