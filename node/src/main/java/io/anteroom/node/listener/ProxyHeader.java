// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.IdentitySource;
import io.anteroom.node.flow.Counter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A header of the PROXY protocol, version 2 ({@code doc/proxy-protocol.txt} of HAProxy, sections
 * 2.2 and 2.2.x). Everything is checked: a header that is not right in every part is none.
 *
 * @param length of the header in bytes; what follows it is the client's
 * @param client the address of the client; null for the proxy itself (command LOCAL)
 * @param serverName the host name that the client asked the proxy for (TLV AUTHORITY), in lower
 *     case; empty for none
 * @param identity the value of the TLV of the wanted type; null for none
 */
record ProxyHeader(
    int length, @Nullable InetSocketAddress client, String serverName, byte @Nullable [] identity)
    implements ProxyReading {
  /** Most bytes behind the fixed part: addresses and TLVs. */
  static final int MAX_REST = 1_024;

  /** Maximum length of a header in bytes. */
  static final int MAX = 16 + MAX_REST;

  private static final byte[] SIGNATURE = {13, 10, 13, 10, 0, 13, 10, 'Q', 'U', 'I', 'T', 10};
  private static final byte[] VERSION_1 = {'P', 'R', 'O', 'X', 'Y', ' '};
  private static final int FIXED = 16;
  private static final int VERSION = 2;
  private static final int LOCAL = 0;
  private static final int PROXY = 1;
  private static final int INET = 1;
  private static final int INET6 = 2;
  private static final int STREAM = 1;
  private static final int DATAGRAM = 2;
  private static final int AUTHORITY = 2;
  private static final int CRC = 3;
  private static final int TLV_HEAD = 3;

  /**
   * Reads a header; the reader index stays where it is.
   *
   * @param identityTlv the type of the TLV with the identity; {@link IdentitySource#NO_TLV} if none
   */
  static ProxyReading read(ByteBuf bytes, int identityTlv) {
    ByteBuf in = bytes.slice();
    if (!startsLike(in, SIGNATURE)) {
      boolean older = in.readableBytes() >= VERSION_1.length && startsLike(in, VERSION_1);
      boolean mayBeOlder = in.readableBytes() < VERSION_1.length && startsLike(in, VERSION_1);
      return mayBeOlder
          ? ProxyReading.More.MORE
          : new ProxyReading.Wrong(older ? Counter.PROXY_VERSION : Counter.PROXY_MISSING);
    } else if (in.readableBytes() < FIXED) {
      return ProxyReading.More.MORE;
    }
    int length = FIXED + in.getUnsignedShort(14);
    if (in.getUnsignedByte(12) >> 4 != VERSION) {
      return new ProxyReading.Wrong(Counter.PROXY_VERSION);
    } else if (length > FIXED + MAX_REST) {
      return new ProxyReading.Wrong(Counter.PROXY_INVALID);
    } else if (in.readableBytes() < length) {
      return ProxyReading.More.MORE;
    }
    return command(in.slice(0, length), identityTlv);
  }

  private static boolean startsLike(ByteBuf in, byte[] wanted) {
    int length = Math.min(in.readableBytes(), wanted.length);
    for (int i = 0; i < length; i++) {
      if (in.getByte(i) != wanted[i]) {
        return false;
      }
    }
    return true;
  }

  private static ProxyReading command(ByteBuf header, int identityTlv) {
    int length = header.readableBytes();
    return switch (header.getUnsignedByte(12) & 0xf) {
      // The rest says nothing: the proxy speaks for itself, to see whether the server is there.
      case LOCAL -> new ProxyHeader(length, null, "", null);
      case PROXY -> proxied(header, identityTlv);
      default -> new ProxyReading.Wrong(Counter.PROXY_INVALID);
    };
  }

  private static ProxyReading proxied(ByteBuf header, int identityTlv) {
    int family = header.getUnsignedByte(13) >> 4;
    int protocol = header.getUnsignedByte(13) & 0xf;
    if ((family != INET && family != INET6) || (protocol != STREAM && protocol != DATAGRAM)) {
      return new ProxyReading.Wrong(Counter.PROXY_FAMILY);
    }
    int size = family == INET ? 4 : 16;
    int tlvs = FIXED + 2 * (size + Short.BYTES);
    if (header.readableBytes() < tlvs) {
      return new ProxyReading.Wrong(Counter.PROXY_INVALID);
    }
    int port = header.getUnsignedShort(FIXED + 2 * size);
    InetAddress address = address(ByteBufUtil.getBytes(header, FIXED, size));
    return withTlvs(header, tlvs, new InetSocketAddress(address, port), identityTlv);
  }

  private static InetAddress address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static ProxyReading withTlvs(
      ByteBuf header, int from, InetSocketAddress client, int identityTlv) {
    String serverName = "";
    byte[] identity = null;
    int end = header.readableBytes();
    for (int at = from; at < end; ) {
      int value = at + TLV_HEAD;
      int next = value > end ? value : value + header.getUnsignedShort(at + 1);
      if (next > end) {
        return new ProxyReading.Wrong(Counter.PROXY_INVALID);
      }
      int type = header.getUnsignedByte(at);
      if (type == CRC && !isIntact(header, value, next - value)) {
        return new ProxyReading.Wrong(Counter.PROXY_CHECKSUM);
      } else if (type == AUTHORITY) {
        serverName = hostName(header.toString(value, next - value, StandardCharsets.UTF_8));
      }
      if (type == identityTlv) {
        identity = ByteBufUtil.getBytes(header, value, next - value);
      }
      at = next;
    }
    return new ProxyHeader(end, client, serverName, identity);
  }

  /** The checksum is that of the whole header with zeros in its place. */
  private static boolean isIntact(ByteBuf header, int value, int length) {
    if (length != Integer.BYTES) {
      return false;
    }
    byte[] bytes = ByteBufUtil.getBytes(header, 0, header.readableBytes());
    for (int i = 0; i < Integer.BYTES; i++) {
      bytes[value + i] = 0;
    }
    CRC32C sum = new CRC32C();
    sum.update(bytes, 0, bytes.length);
    return (int) sum.getValue() == header.getInt(value);
  }

  private static String hostName(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    String name = lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    return IdentitySource.isHostName(name) ? name : "";
  }
}
