// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.config.ZoneSettings;
import io.anteroom.node.wire.WireQuery;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The zones that a node answers itself. Immutable; safe for any thread. */
public final class LocalZones {
  private LocalZones() {}

  /**
   * Reads the zones.
   *
   * @throws IOException if a file can't be read or is no zone; the message names file and line
   */
  public static LocalZones load(List<ZoneSettings> zones) throws IOException {
    throw new IOException("" + zones);
  }

  /** The answer, made for this query; null if the name is in no local zone. */
  public byte @Nullable [] answer(WireQuery query) {
    throw new UnsupportedOperationException();
  }
}
