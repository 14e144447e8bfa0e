// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static io.anteroom.node.wire.Octets.put16;

/**
 * The EDNS options of answers over a stream. A client gets each only if its query had it.
 *
 * @param keepAlive how long an idle connection stays open, in units of 100 ms, for
 *     edns-tcp-keepalive (RFC 7828); 0 for not saying so
 * @param block answers are padded to a multiple of so many bytes (RFC 7830); 0 for no padding
 */
public record StreamOptions(int keepAlive, int block) {
  /** No options, as over UDP, where edns-tcp-keepalive is not allowed. */
  public static final StreamOptions NONE = new StreamOptions(0, 0);

  /** The block length for answers that RFC 8467 section 4.1 recommends. */
  public static final int RECOMMENDED_BLOCK = 468;

  private static final int TCP_KEEPALIVE = 11;
  private static final int MAX_KEEPALIVE = 0xffff;

  /** One of our answers to this query, with the options. */
  public byte[] addTo(WireQuery query, byte[] answer) {
    byte[] out = answer;
    if (keepAlive > 0 && query.hasOption(TCP_KEEPALIVE)) {
      byte[] timeout = new byte[Short.BYTES];
      put16(timeout, 0, Math.min(keepAlive, MAX_KEEPALIVE));
      out = Answers.withOption(out, Edns.option(TCP_KEEPALIVE, timeout));
    }
    if (block > 0 && query.hasOption(Edns.PADDING)) {
      out = Answers.withOption(out, Edns.padding(out.length, block));
    }
    return out;
  }
}
