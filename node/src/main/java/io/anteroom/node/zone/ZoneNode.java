// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.wire.Types;
import io.anteroom.node.wire.WireName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A name that exists in a zone: it has records, or it is an empty non-terminal (RFC 4592 section
 * 2.2.2). Immutable after the zones are loaded.
 */
final class ZoneNode {
  /** A CNAME record and its target. */
  record Alias(Rrset rrset, WireName target) {}

  final WireName name;

  /** The SOA record for the authority section of negative answers. */
  final byte[] negative;

  /** Whether the name and all names below it are delegated. */
  final boolean cut;

  /** The name's CNAME record; null if it has none. */
  final @Nullable Alias alias;

  private final Rrset[] rrsets;

  /** The node of the wildcard directly below this name. Set while the zones are loaded. */
  @Nullable ZoneNode wildcard;

  ZoneNode(WireName name, byte[] negative, boolean cut, @Nullable Alias alias, List<Rrset> rrsets) {
    this.name = name;
    this.negative = negative;
    this.cut = cut;
    this.alias = alias;
    this.rrsets = rrsets.toArray(Rrset[]::new);
  }

  /** The records of this type; for ANY, the first RRset (RFC 8482 section 4.1). */
  @Nullable Rrset find(int type) {
    for (Rrset rrset : rrsets) {
      if (rrset.type() == type || type == Types.ANY) {
        return rrset;
      }
    }
    return null;
  }
}
