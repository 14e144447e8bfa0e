// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.membership;

import io.anteroom.protocol.sdk.MemberConfig;
import java.util.List;
import org.apache.pekko.actor.Address;

/** MemberAddresses of members as operators write them, {@code host:port}. */
final class MemberAddresses {
  private MemberAddresses() {}

  static String text(Address address) {
    return address.getHost().orElse("") + ":" + address.getPort().orElse(0);
  }

  /** The reverse. */
  static Address parse(String text) {
    return MemberConfig.seeds(List.of(text)).get(0);
  }
}
