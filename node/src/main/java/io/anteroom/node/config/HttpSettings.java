// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.node.http.Paths;

/**
 * HTTP of one listener.
 *
 * @param paths where queries may be sent; everything else is 404
 * @param maxStreams requests in progress on one connection of HTTP/2
 * @param maxHeaderSize bytes of the header fields of a request, its URL included
 */
public record HttpSettings(Paths paths, int maxStreams, int maxHeaderSize) {
  static final String KEY = "http";

  private static final int MAX_STREAMS = 100;
  private static final int MAX_HEADER_SIZE = 8 << 10;

  public static final HttpSettings DEFAULTS =
      new HttpSettings(Paths.DEFAULT, MAX_STREAMS, MAX_HEADER_SIZE);

  static HttpSettings read(SettingsReader http) {
    Paths paths = new Paths(http.list("paths", Paths.DEFAULT::all, Paths::check));
    if (http.isEmptyList("paths")) {
      http.error("paths", "must have one path at least");
    }
    return new HttpSettings(
        paths,
        http.integer("max-streams", MAX_STREAMS, 1, 0xffff),
        http.size("max-header-size", MAX_HEADER_SIZE, 1 << 10, 64 << 10));
  }
}
