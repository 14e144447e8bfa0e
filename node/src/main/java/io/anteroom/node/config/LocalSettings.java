// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.node.wire.WireName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Settings of local data other than zones.
 *
 * @param hosts the hosts files, in order
 * @param ttlSeconds the TTL of their answers
 * @param watch how often these files and zone files are checked for changes; zero for never
 * @param specialNames whether special-use names (RFC 6761, RFC 6303) are answered locally
 * @param except names that are forwarded nevertheless, with all names below them
 * @param identity the answers about the node itself
 */
public record LocalSettings(
    List<Path> hosts,
    int ttlSeconds,
    Duration watch,
    boolean specialNames,
    List<WireName> except,
    IdentitySettings identity) {

  /** No files; special-use names are answered locally. */
  public static final LocalSettings DEFAULT =
      new LocalSettings(
          List.of(), 60, Duration.ofSeconds(1), true, List.of(), IdentitySettings.NONE);

  public LocalSettings {
    hosts = List.copyOf(hosts);
    except = List.copyOf(except);
  }
}
