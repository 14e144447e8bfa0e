// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.util.List;

/**
 * How many equal responses a network of clients gets over UDP.
 *
 * @param slip of those above the limit, every how many-th goes out with TC=1 and no records; 0 for
 *     none
 * @param burst how many at once, after a pause
 * @param tableSize how many kinds of responses and networks are counted at once
 * @param exempt clients that get all of theirs
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
