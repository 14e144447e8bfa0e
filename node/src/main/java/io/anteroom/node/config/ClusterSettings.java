// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How members find and trust one another.
 *
 * @param host the address this member is known by
 * @param port by which it is known; 0 for any
 * @param bind where it listens, if not there: behind a translation of addresses
 * @param seeds {@code host:port} of members to join; empty for a cluster that this node begins
 * @param insecure whether plain TCP is allowed off loopback, said in so many words
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

  /** Where it listens. The name of a host is looked up, which may block. */
  public InetSocketAddress listen() {
    return bind == null ? new InetSocketAddress(host, port) : bind;
  }

  /** A member on loopback that begins a cluster of its own on a free port. */
  public static ClusterSettings alone() {
    return new ClusterSettings("127.0.0.1", 0, null, List.of(), false, null);
  }

  /** PEM files for mutual TLS between members. */
  public record Tls(Path key, Path certificate, Path caCertificate) {}
}
