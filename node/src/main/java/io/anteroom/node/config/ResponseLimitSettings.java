// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.util.List;

/**
 * Settings of response rate limiting.
 *
 * @param slip of the responses above the limit, one in this many is sent with TC=1 and no records;
 *     0 for none
 * @param burst the number of responses that may be sent at once after a pause
 * @param tableSize the number of counters, one for each kind of response and network
 * @param exempt clients without a limit
 */
public record ResponseLimitSettings(
    int responsesPerSecond,
    int slip,
    int ipv4Prefix,
    int ipv6Prefix,
    int burst,
    int tableSize,
    List<Netmask> exempt) {
  static final ResponseLimitSettings DEFAULT =
      new ResponseLimitSettings(200, 2, 24, 56, 200, 1 << 16, BlocksSettings.LOOPBACK);

  public ResponseLimitSettings {
    exempt = List.copyOf(exempt);
  }
}
