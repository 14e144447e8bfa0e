// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.node.wire.WireName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What is answered here besides zones.
 *
 * @param hosts files of addresses and names, in order
 * @param ttlSeconds of the answers from there
 * @param watch how often it is looked whether one of these files, or a zone's, has changed; zero
 *     for never
 * @param specialNames whether names of special use (RFC 6761, RFC 6303) are answered here
 * @param except names that are not special, nor what is below them
 * @param identity what the node says of itself
 */
public record LocalSettings(
    List<Path> hosts,
    int ttlSeconds,
    Duration watch,
    boolean specialNames,
    List<WireName> except,
    IdentitySettings identity) {

  /** No files; special names are answered. */
  public static final LocalSettings DEFAULT =
      new LocalSettings(
          List.of(), 60, Duration.ofSeconds(1), true, List.of(), IdentitySettings.NONE);

  public LocalSettings {
    hosts = List.copyOf(hosts);
    except = List.copyOf(except);
  }
}
