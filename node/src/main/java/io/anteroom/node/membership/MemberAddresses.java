// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.membership;

import io.anteroom.protocol.sdk.MemberConfig;
import java.util.List;
import org.apache.pekko.actor.Address;

/** Addresses of cluster members as operators write them, {@code host:port}. */
final class MemberAddresses {
  private MemberAddresses() {}

  static String text(Address address) {
    return address.getHost().orElse("") + ":" + address.getPort().orElse(0);
  }

  /** Parses an address of the form {@code host:port}. */
  static Address parse(String text) {
    return MemberConfig.seeds(List.of(text)).get(0);
  }
}
