// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.node.config.ConnectorSettings.Http;
import io.anteroom.node.config.ConnectorSettings.Http2;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads the connector to a filter that is asked over HTTP, and what else names a web server. */
final class HttpConnectorReader {
  private static final int MOST_REQUESTS = 10_000;
  private static final URI NONE = URI.create("");
  private static final Path NO_FILE = Path.of("");

  private final Path directory;

  /** Takes the directory in which relative paths start. */
  HttpConnectorReader(Path directory) {
    this.directory = directory;
  }

  /** Null if it is not known where to ask. */
  @Nullable ConnectorSettings read(SettingsReader block) {
    URI url = url(block);
    Http read =
        new Http(
            url,
            ca(block, url),
            authorization(block),
            block.integer("max-requests", Http.DEFAULT_MAX_REQUESTS, 1, MOST_REQUESTS),
            block.parsed("http2", Http2.ON, HttpConnectorReader::http2));
    return isNone(url) ? null : read;
  }

  /** Whether {@link #url} found no URL that can be used. */
  static boolean isNone(URI url) {
    return url.equals(NONE);
  }

  /** The URL, which must be https, or loopback, or permitted with {@code anywhere}. */
  URI url(SettingsReader block) {
    block.require("url");
    URI url = block.parsed("url", NONE, HttpConnectorReader::url);
    boolean anywhere = block.flag("anywhere", false);
    if (!isNone(url) && isPlain(url) && !anywhere && !isLoopback(url.getHost())) {
      block.error(
          "url",
          url
              + " is neither https nor loopback, and whoever is on the way can read and decide: say"
              + " anywhere = on if that is meant");
    }
    return url;
  }

  private static boolean isPlain(URI url) {
    return !"https".equals(url.getScheme());
  }

  /** The trusted CA certificates; null for those that Java trusts. */
  @Nullable Path ca(SettingsReader block, URI url) {
    Path ca = block.has("ca") ? block.parsed("ca", NO_FILE, this::certificates) : null;
    if (ca != null && !isNone(url) && isPlain(url)) {
      block.error("ca", "is for a url that begins with https:");
    }
    return ca;
  }

  /** The value of the Authorization header; null for none. */
  @Nullable String authorization(SettingsReader block) {
    return new SecretReader(directory, HttpConnectorReader::headerValue)
        .read(block, "authorization");
  }

  private static Http2 http2(String text) {
    return switch (text) {
      case "on", "true" -> Http2.ON;
      case "off", "false" -> Http2.OFF;
      case "prior-knowledge" -> Http2.PRIOR_KNOWLEDGE;
      default -> throw new IllegalArgumentException("must be on, off or prior-knowledge");
    };
  }

  private static URI url(String text) {
    URI url;
    try {
      url = new URI(text);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("is no URL: " + e.getMessage(), e);
    }
    String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
    if (!scheme.equals("http") && !scheme.equals("https")) {
      throw new IllegalArgumentException("must begin with http:// or https://, not as " + text);
    } else if (url.getRawUserInfo() != null) {
      throw new IllegalArgumentException("must hold no password: that is for authorization");
    } else if (url.getHost() == null || url.getPort() == 0 || url.getPort() > 0xffff) {
      throw new IllegalArgumentException("has no host, or a wrong port: " + text);
    } else if (url.getRawFragment() != null) {
      throw new IllegalArgumentException("can't have a fragment: " + text);
    }
    return URI.create(scheme + text.substring(scheme.length()));
  }

  private static boolean isLoopback(String host) {
    String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    try {
      return bare.equals("localhost") || Addresses.literal(bare).isLoopbackAddress();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** The message must not show the value. */
  private static String headerValue(String text) {
    if (!text.matches("[!-~]([ -~]*[!-~])?")) {
      throw new IllegalArgumentException("must be printable ASCII, without blanks at its ends");
    }
    return text;
  }

  private Path certificates(String name) {
    Path file = directory.toAbsolutePath().resolve(name).normalize();
    try (InputStream in = Files.newInputStream(file)) {
      if (CertificateFactory.getInstance("X.509").generateCertificates(in).isEmpty()) {
        throw new IllegalArgumentException("holds no certificate: " + file);
      }
    } catch (IOException e) {
      throw new IllegalArgumentException("can't be read: " + file, e);
    } catch (CertificateException e) {
      throw new IllegalArgumentException("holds something else than certificates: " + file, e);
    }
    return file;
  }
}
