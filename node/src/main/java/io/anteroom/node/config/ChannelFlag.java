// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.util.EnumSet;
import java.util.Set;

/** c-ares' flags of a channel, by their names in ares_init_options(3), and two of our own. */
public enum ChannelFlag {
  /** Uses only TCP. */
  USE_VC,
  /** Uses only the first server. */
  PRIMARY,
  /** Accepts truncated answers. */
  IGNORE_TC,
  /** Sends queries with RD=0. */
  NO_RECURSE,
  /** Keeps idle sockets and connections open. */
  STAY_OPEN,
  /** Does not use search domains. */
  NO_SEARCH,
  /** Does not read HOSTALIASES. */
  NO_ALIASES,
  /** Accepts SERVFAIL, NOTIMP and REFUSED, without trying another server. */
  NO_CHECK_RESP,
  /** Sends an OPT record (RFC 6891). */
  EDNS,
  /** Sends names in random case, which the answer must repeat. */
  DNS0X20,
  /** Sends queries with AD=0, so that servers don't report validation (RFC 6840 section 5.7). */
  NO_AD;

  /** The default flags: those of c-ares, and random case. */
  public static Set<ChannelFlag> defaults() {
    return EnumSet.of(EDNS, DNS0X20);
  }
}
