// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Settings of cluster membership and its security.
 *
 * @param host the address by which other members know this one
 * @param port the port by which other members know this one; 0 for any
 * @param bind the address to bind, if it differs, for example behind NAT
 * @param seeds {@code host:port} of members to join; empty to start a new cluster
 * @param insecure whether plain TCP is allowed on addresses other than loopback
 * @param tls null for plain TCP
 */
public record ClusterSettings(
    String host,
    int port,
    @Nullable InetSocketAddress bind,
    List<String> seeds,
    boolean insecure,
    @Nullable Tls tls) {

  public static final int DEFAULT_PORT = 17355;

  public ClusterSettings {
    seeds = List.copyOf(seeds);
  }

  /** The address to bind. A host name is resolved, which may block. */
  public InetSocketAddress listen() {
    return bind == null ? new InetSocketAddress(host, port) : bind;
  }

  /** Settings of a member on loopback and a free port that starts a cluster of its own. */
  public static ClusterSettings alone() {
    return new ClusterSettings("127.0.0.1", 0, null, List.of(), false, null);
  }

  /** PEM files for mutual TLS between members. */
  public record Tls(Path key, Path certificate, Path caCertificate) {}
}
