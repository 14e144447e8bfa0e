// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/** Parses addresses of the configuration. Never queries the DNS; a name is not an address here. */
public final class Addresses {
  private static final int NO_PORT = -1;

  private Addresses() {}

  /**
   * Parses an IPv4 or IPv6 address, the latter optionally with a zone id.
   *
   * @throws IllegalArgumentException if it is not an address
   */
  public static InetAddress literal(String text) {
    int zone = text.indexOf('%');
    String address = zone < 0 ? text : text.substring(0, zone);
    boolean valid =
        NetUtil.isValidIpV4Address(text)
            || (!address.startsWith("[") && NetUtil.isValidIpV6Address(address));
    if (!valid) {
      throw new IllegalArgumentException("no IP address: \"" + text + "\"");
    }
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("no interface has the zone id in \"" + text + "\"", e);
    }
  }

  /**
   * Parses {@code 192.0.2.1:53} or {@code [2001:db8::1]:53}.
   *
   * @throws IllegalArgumentException if it is neither
   */
  public static InetSocketAddress withPort(String text) {
    return read(text, NO_PORT);
  }

  /**
   * Parses an address with an optional port.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static InetSocketAddress withPortOr(int port, String text) {
    return read(text, port);
  }

  /** Checks {@code host:port}, where the host may be a name; returns it unchanged. */
  public static String hostAndPort(String text) {
    String host = text.substring(0, portColon(text));
    int port = port(text, text.substring(portColon(text) + 1));
    boolean literal = host.startsWith("[") && host.endsWith("]");
    if (port == 0 || host.isEmpty() || (host.indexOf(':') >= 0 && !literal)) {
      throw new IllegalArgumentException("must be HOST:PORT or [ADDRESS]:PORT, not " + quote(text));
    }
    return text;
  }

  /** The form of an address in a configuration. */
  public static String text(InetSocketAddress address) {
    String host = NetUtil.toAddressString(address.getAddress());
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
  }

  private static InetSocketAddress read(String text, int defaultPort) {
    boolean bracketed = text.startsWith("[");
    if (!bracketed && text.indexOf(':') != text.lastIndexOf(':')) {
      throw new IllegalArgumentException("write IPv6 as [::1]:53, not " + quote(text));
    }
    int end = bracketed ? text.indexOf(']') + 1 : text.indexOf(':') < 0 ? text.length() : -1;
    boolean withoutPort = end == text.length();
    if (withoutPort && defaultPort == NO_PORT) {
      throw new IllegalArgumentException("has no port: " + quote(text));
    }
    int colon = withoutPort ? text.length() : portColon(text);
    String host = text.substring(0, colon);
    if (bracketed) {
      if (!host.endsWith("]")) {
        throw new IllegalArgumentException("no address and port: " + quote(text));
      }
      host = host.substring(1, host.length() - 1);
    }
    int port = withoutPort ? defaultPort : port(text, text.substring(colon + 1));
    return new InetSocketAddress(literal(host), port);
  }

  private static int portColon(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException("has no port: " + quote(text));
    }
    return colon;
  }

  private static int port(String text, String digits) {
    if (digits.matches("[0-9]{1,5}") && Integer.parseInt(digits) <= 0xffff) {
      return Integer.parseInt(digits);
    }
    throw new IllegalArgumentException("the port must be 0 to 65535 in " + quote(text));
  }

  private static String quote(String text) {
    return "\"" + text + "\"";
  }
}
