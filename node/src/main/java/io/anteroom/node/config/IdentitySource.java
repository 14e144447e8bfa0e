// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.protocol.FilterRequest;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How a listener finds out who a client is. The first of these that tells it counts: the proxy, an
 * EDNS option, the path, the server name.
 *
 * @param serverName the server name (SNI) of such clients; null if that does not tell
 * @param path the path of their HTTP requests; null if that does not tell
 * @param proxyTlv the type of the TLV in which a proxy names its client; {@link #NO_TLV} for none
 * @param options the codes of the EDNS options in which they are named, the first one first
 * @param trusted the networks from which these options are believed
 */
public record IdentitySource(
    @Nullable IdentityPattern serverName,
    @Nullable IdentityPattern path,
    int proxyTlv,
    List<Integer> options,
    NetmaskSet trusted) {
  /** The EDNS option of dnsmasq's {@code add-mac}: the MAC address as bytes. */
  public static final int MAC = 65_001;

  /** The EDNS option of dnsmasq's {@code add-mac=text} and {@code base64}. */
  public static final int DEVICE = 65_073;

  /** The EDNS option of dnsmasq's {@code add-cpe-id}: a text. */
  public static final int CPE = 65_074;

  /** No type of a TLV. */
  public static final int NO_TLV = -1;

  /** The identity of no client is known. */
  public static final IdentitySource NONE =
      new IdentitySource(null, null, NO_TLV, List.of(), NetmaskSet.of(List.of()));

  /** What an identity is, for messages. */
  public static final String RULE =
      "an identity has 1 to "
          + FilterRequest.MAX_IDENTITY
          + " characters: letters, digits and . _ - : @ + / =";

  static final String KEY = "identity";

  private static final Pattern HOST = Pattern.compile("[a-z0-9_-]{1,63}(\\.[a-z0-9_-]{1,63})*");
  private static final int MAX_HOST = 253;
  private static final String MARKS = "._-:@+/=";
  private static final Set<Integer> KNOWN = Set.of(MAC, DEVICE, CPE);

  public IdentitySource {
    options = List.copyOf(options);
  }

  /** Whether this text can be an identity: see {@link #RULE}. */
  public static boolean isIdentity(String text) {
    return !text.isEmpty()
        && text.length() <= FilterRequest.MAX_IDENTITY
        && text.chars().allMatch(IdentitySource::isIdentity);
  }

  private static boolean isIdentity(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || MARKS.indexOf(c) >= 0;
  }

  /** Whether this text is the name of a host, in lower case and without a final dot. */
  public static boolean isHostName(String text) {
    return text.length() <= MAX_HOST && HOST.matcher(text).matches();
  }

  /** Reads the block {@code identity} of a listener. */
  static IdentitySource read(SettingsReader listener, String transport, boolean proxied) {
    if (!listener.has(KEY)) {
      return NONE;
    }
    SettingsReader block = listener.block(KEY);
    boolean overHttp = transport.startsWith("https");
    boolean named = overHttp || transport.equals("tls") || transport.equals("quic");
    refuse(block, "sni", named || proxied, "is for transports with TLS, or behind a proxy");
    refuse(block, "path", overHttp, "is for transports with HTTP");
    refuse(block, "proxy-tlv", proxied, "is for a listener with proxy-protocol");
    SettingsReader edns = block.block("edns");
    boolean hasEdns = block.has("edns") && edns.require("from");
    IdentitySource source =
        new IdentitySource(
            pattern(block, "sni", IdentitySource::serverName),
            pattern(block, "path", IdentitySource::path),
            block.parsed("proxy-tlv", NO_TLV, IdentitySource::tlv),
            hasEdns
                ? edns.list("options", () -> List.of(MAC, DEVICE), IdentitySource::option)
                : List.of(),
            NetmaskSet.of(edns.list("from", List::of, Netmask::parse)));
    if (source.equals(NONE)) {
      block.warn("sni", "tells no identity, as it has none of sni, path, proxy-tlv and edns");
    }
    return source;
  }

  private static @Nullable IdentityPattern pattern(
      SettingsReader block, String key, Function<String, IdentityPattern> parser) {
    // The other value is that of a wrong one, with which no listener is made.
    return block.has(key) ? block.parsed(key, new IdentityPattern("", "", '.'), parser) : null;
  }

  private static void refuse(SettingsReader block, String key, boolean fits, String why) {
    if (block.has(key) && !fits) {
      block.error(key, why);
    }
  }

  private static IdentityPattern serverName(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    IdentityPattern pattern = IdentityPattern.parse(lower, "*", '.');
    if (!isHostName(pattern.before() + "x" + pattern.after())) {
      throw new IllegalArgumentException(
          "must be a host name with an asterisk for the identity, such as *.dns.example, not \""
              + text
              + "\"");
    }
    return pattern;
  }

  private static IdentityPattern path(String text) {
    if (!text.startsWith("/") || text.indexOf('?') >= 0) {
      throw new IllegalArgumentException(
          "must be a path that begins with /, such as /dns-query/{identity}, not \"" + text + "\"");
    }
    return IdentityPattern.parse(text, "{identity}", '/');
  }

  /** Reads the type of a TLV, such as 234 or 0xEA. */
  private static int tlv(String text) {
    try {
      int type = Integer.decode(text);
      if (type >= 0 && type <= 0xff) {
        return type;
      }
    } catch (NumberFormatException e) {
      // As below.
    }
    throw new IllegalArgumentException(
        "must be the type of a TLV, 0 to 255 or 0x00 to 0xFF, not \"" + text + "\"");
  }

  private static int option(String text) {
    for (int code : KNOWN) {
      if (text.equals(Integer.toString(code))) {
        return code;
      }
    }
    throw new IllegalArgumentException(
        "must be %d, %d or %d, not \"%s\"".formatted(MAC, DEVICE, CPE, text));
  }
}
