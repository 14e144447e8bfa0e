// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.util.EnumSet;
import java.util.Set;

/** c-ares' flags of a channel, by their names in ares_init_options(3), and two of our own. */
public enum ChannelFlag {
  /** Always asks over TCP. */
  USE_VC,
  /** Asks the first server only. */
  PRIMARY,
  /** Takes a truncated answer as it is. */
  IGNORE_TC,
  /** Does not ask for recursion. */
  NO_RECURSE,
  /** Keeps sockets and connections open that have nothing in flight. */
  STAY_OPEN,
  /** Looks names up as they are, without search domains. */
  NO_SEARCH,
  /** Does not read HOSTALIASES. */
  NO_ALIASES,
  /** Hands SERVFAIL, NOTIMP and REFUSED on at once, without asking another server. */
  NO_CHECK_RESP,
  /** Sends an OPT record (RFC 6891). */
  EDNS,
  /** Asks with letters in random case, which the answer must repeat. */
  DNS0X20,
  /** Does not ask whether the server has validated its answer (RFC 6840 section 5.7). */
  NO_AD;

  /** What holds if nothing is said: as with c-ares, and random case besides. */
  public static Set<ChannelFlag> defaults() {
    return EnumSet.of(EDNS, DNS0X20);
  }
}
