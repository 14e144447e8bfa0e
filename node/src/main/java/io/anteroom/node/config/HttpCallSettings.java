// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A web service that operations call.
 *
 * @param url what the paths of operations are appended to
 * @param ca PEM file of the CA certificates for the server; null for those that Java trusts
 * @param authorization value of the Authorization header; null for none
 * @param maxRequests maximum number of requests at once, 1 to {@value #MAX_REQUESTS}
 * @param connectTimeout time to open a connection, 10 ms to 1 min
 * @param maxBody maximum size of the body of an answer in bytes; a larger one is an error. 1 to
 *     {@value #MAX_BODY}
 */
public record HttpCallSettings(
    URI url,
    @Nullable Path ca,
    @Nullable String authorization,
    int maxRequests,
    Duration connectTimeout,
    int maxBody) {
  public static final int DEFAULT_MAX_REQUESTS = 200;
  public static final int MAX_REQUESTS = 10_000;
  public static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(1);
  public static final int DEFAULT_MAX_BODY = 48 * 1024;
  public static final int MAX_BODY = 64 * 1024;

  /** Omits the Authorization header, which is a secret. */
  @Override
  public String toString() {
    return "HttpCall[" + url + "]";
  }
}
