// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.wire.MadeAnswers.Data;
import io.anteroom.node.wire.Types;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.wire.WireQuery;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The local data of a response policy zone for a name. Filled while the list is built, then only
 * read.
 */
final class PolicyData {
  private final List<Data> records = new ArrayList<>();
  private @Nullable WireName garden;
  private int gardenTtl;

  void add(Data data) {
    records.add(data);
  }

  /** Adds a CNAME to {@code *.garden}, where the QNAME replaces the asterisk. */
  void addWildcardCname(WireName to, int ttlSeconds) {
    garden = to;
    gardenTtl = ttlSeconds;
  }

  /** The records for this query. */
  List<Data> records(WireQuery query) {
    WireName to = garden;
    if (to == null) {
      return records;
    }
    byte[] asked = query.name().toWire();
    byte[] target = new byte[asked.length - 1 + to.length()];
    if (target.length > 255) {
      return List.of();
    }
    System.arraycopy(asked, 0, target, 0, asked.length - 1);
    to.copyTo(target, asked.length - 1);
    return List.of(new Data(Types.CNAME, gardenTtl, target));
  }
}
