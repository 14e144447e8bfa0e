// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import io.anteroom.node.config.ServerHost;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.config.ServerSettings.Carrier;
import io.anteroom.node.config.ServerText;
import io.anteroom.node.config.TrustedCa;
import java.net.InetSocketAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The flags of kdig(1) for encrypted transports: {@code +tls}, {@code +quic}, {@code +https=PATH},
 * and {@code +tls-hostname}, {@code +tls-ca} and {@code +tls-pin}. Without one of the last three,
 * the certificate of the server is not verified. Not thread-safe.
 */
final class DigTls {
  private static final int DNS_PORT = 53;
  private static final int TLS_PORT = 853;
  private static final int HTTPS_PORT = 443;
  private static final String USUAL_PATH = "/dns-query";

  private final Set<String> pins = new LinkedHashSet<>();
  private boolean tls;
  private boolean quic;
  private @Nullable String path;
  private @Nullable String hostname;
  private @Nullable TrustedCa ca;
  private boolean byCa;

  /**
   * Takes a flag; false if it is none of these.
   *
   * @param word without the plus sign
   * @param value behind the equals sign; null if there is none
   * @throws IllegalArgumentException if the flag is wrong; the message says why
   */
  boolean take(String word, @Nullable String value) {
    switch (word) {
      case "tls" -> tls = on(word, value);
      case "notls" -> tls = !on(word, value);
      case "https", "https-post" -> path = path(value);
      case "nohttps" -> path = on(word, value) ? null : path;
      case "quic" -> quic = on(word, value);
      case "noquic" -> quic = !on(word, value);
      case "tls-ca" -> {
        byCa = true;
        ca = value == null ? null : file(value);
      }
      case "tls-hostname" -> hostname = ServerHost.parse(required(word, value));
      case "tls-pin" -> {
        ServerText.checkPin(required(word, value));
        pins.add(required(word, value));
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private static boolean on(String word, @Nullable String value) {
    if (value != null) {
      throw new IllegalArgumentException("+" + word + " takes no value");
    }
    return true;
  }

  private static String required(String word, @Nullable String value) {
    if (value == null || value.isEmpty()) {
      throw new IllegalArgumentException("+" + word + " needs a value, as in +" + word + "=VALUE");
    }
    return value;
  }

  private static String path(@Nullable String value) {
    if (value == null) {
      return USUAL_PATH;
    }
    if (!value.startsWith("/") || value.indexOf('?') >= 0) {
      throw new IllegalArgumentException(
          "+https= takes a path, such as /dns-query, and not \"" + value + "\"");
    }
    ServerSettings checked = ServerText.parseAll("https://192.0.2.1" + value).get(0);
    return ((Carrier.Https) checked.carrier()).path();
  }

  private static TrustedCa file(String value) {
    try {
      return TrustedCa.read(Path.of(value).toAbsolutePath());
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("+tls-ca is no name of a file: \"" + value + "\"", e);
    }
  }

  /** Whether servers are asked over TLS or HTTPS. */
  boolean isOn() {
    return tls || quic || path != null || hostname != null || byCa || !pins.isEmpty();
  }

  /** Whether anyone could have answered. */
  boolean isUnverified() {
    return isOn() && hostname == null && !byCa && pins.isEmpty();
  }

  /**
   * The server, asked as the flags say on the usual port of that transport.
   *
   * @param written the server as the user wrote it; null if it is one of the system's
   * @throws IllegalArgumentException if the server is written with a transport of its own
   */
  ServerSettings apply(ServerSettings server, @Nullable String written) {
    if (!isOn()) {
      return server;
    }
    if (server.tls() != null || (written != null && written.contains("://"))) {
      throw new IllegalArgumentException(
          "the server has a transport of its own, so +tls, +https and +quic can't be given: "
              + ServerText.of(server));
    }
    String name = name(server, written);
    boolean pinsOnly = hostname == null && !byCa && !pins.isEmpty();
    ServerSettings.Tls trust =
        new ServerSettings.Tls(pinsOnly ? null : name, pins, ca, isUnverified());
    int usual = path == null ? TLS_PORT : HTTPS_PORT;
    int own = server.address().getPort();
    int port = own == DNS_PORT ? usual : own;
    return new ServerSettings(
        new InetSocketAddress(server.address().getAddress(), port),
        port,
        trust,
        carrier(),
        server.weight());
  }

  private Carrier carrier() {
    if (path != null) {
      return new Carrier.Https(path);
    }
    return quic ? new Carrier.Quic() : Carrier.TCP;
  }

  private String name(ServerSettings server, @Nullable String written) {
    if (hostname != null) {
      return hostname;
    }
    String address = ServerHost.of(server.address().getAddress());
    try {
      return written == null ? address : ServerHost.parse(written);
    } catch (IllegalArgumentException e) {
      // An address with a port.
      return address;
    }
  }
}
