// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.Netmask;
import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaFunction;
import io.anteroom.node.tls.CertificateFiles;
import io.anteroom.node.tls.CertificateFiles.Password;
import io.anteroom.node.tls.CertificateLoader;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Type;

/** Checks of arguments that are easier in Java than in Lua. */
final class Checks {
  private static final int IPV4_BITS = 32;
  private static final int IPV6_BITS = 128;
  private static final int MAX_TYPE = 0xffff;

  private Checks() {}

  static Map<String, LuaFunction> functions() {
    return Map.of(
        "network", given -> network(new Arguments(given).text(0)),
        "socket_address", given -> address(new Arguments(given)),
        "qtype", given -> type(new Arguments(given).text(0)),
        "regex", given -> regex(new Arguments(given).text(0)),
        "certificate_problem", given -> certificate(new Arguments(given).map(0)));
  }

  /** Its digits, bits and text, or an error as text. */
  private static Object network(String text) {
    try {
      int slash = text.indexOf('/');
      String written = slash < 0 ? text : text.substring(0, slash);
      // dnsdist reads an IPv6 address in brackets here too.
      InetAddress address = Addresses.literal(written.replaceAll("^\\[(.*)]$", "$1"));
      boolean ipv4 = address instanceof Inet4Address;
      int most = ipv4 ? IPV4_BITS : IPV6_BITS;
      int bits = slash < 0 ? most : bits(text, text.substring(slash + 1), most);
      // As in dnsdist, bits behind the prefix count for nothing.
      Netmask mask = Netmask.around(address, bits, bits);
      return Map.of(
          "hex", String.format(Locale.ROOT, "%016x%016x", mask.high(), mask.low()),
          "bits", (long) mask.prefix(),
          "ipv4", ipv4,
          "text", mask.toString(),
          "address", NetUtil.toAddressString(address));
    } catch (IllegalArgumentException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static int bits(String text, String digits, int most) {
    if (digits.matches("[0-9]{1,3}") && Integer.parseInt(digits) <= most) {
      return Integer.parseInt(digits);
    }
    throw new IllegalArgumentException("the prefix must be 0 to " + most + " in \"" + text + "\"");
  }

  /** The address with its port as text; null if it is none. */
  private static @Nullable Object address(Arguments given) throws LuaFailure {
    String text = given.text(0);
    int port = (int) given.number(1, 0);
    try {
      boolean bare = text.matches("[^:]*|\\[[^]]*]|[^\\[]*:.*:.*");
      if (!bare) {
        return Addresses.text(Addresses.withPort(text));
      }
      InetAddress address = Addresses.literal(text.replaceAll("[\\[\\]]", ""));
      return Addresses.text(new InetSocketAddress(address, port));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** The word for a type, by its number or name; null if there is none. */
  private static @Nullable Object type(String text) {
    if (text.matches("[0-9]{1,5}")) {
      int number = Integer.parseInt(text);
      return number <= MAX_TYPE ? Type.string(number) : null;
    }
    int number = Type.value(text.toUpperCase(Locale.ROOT), false);
    return number < 0 ? null : Type.string(number);
  }

  /** Why a certificate can't be used, by the keys of its block; null if it can. */
  private static @Nullable Object certificate(Map<String, Object> block) throws LuaFailure {
    Password password =
        block.containsKey("password")
            ? new Password.Known(Arguments.text(block, "password"))
            : null;
    CertificateFiles files =
        block.containsKey("keystore")
            ? new CertificateFiles.Pkcs12(Path.of(Arguments.text(block, "keystore")), password)
            : new CertificateFiles.Pem(
                Path.of(Arguments.text(block, "certificate")),
                Path.of(Arguments.text(block, "key")),
                password);
    try {
      CertificateLoader.load(files);
      return null;
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** Why this is no regular expression; null if it is one. */
  private static @Nullable Object regex(String text) {
    try {
      Pattern.compile(text);
      return null;
    } catch (PatternSyntaxException e) {
      return "is no regular expression of RE2: " + e.getDescription() + ": " + e.getPattern();
    }
  }
}
