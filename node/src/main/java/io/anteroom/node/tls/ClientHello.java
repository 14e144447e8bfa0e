// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.tls;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a ClientHello (RFC 8446 section 4.1.2) that decide which certificate the client
 * gets, and whether it speaks the protocol of the listener.
 *
 * @param serverName the name that it asks for (SNI, RFC 6066), in lower case and without a final
 *     dot; null for none
 * @param protocols the protocols that it offers (ALPN, RFC 7301); empty for none
 */
public record ClientHello(@Nullable String serverName, List<String> protocols) {
  /**
   * A ClientHello that says nothing, also for one that can't be read, which the TLS engine refuses.
   */
  public static final ClientHello SILENT = new ClientHello(null, List.of());

  private static final int VERSION_AND_RANDOM = 34;
  private static final int SERVER_NAME = 0;
  private static final int ALPN = 16;

  public ClientHello {
    protocols = List.copyOf(protocols);
  }

  /**
   * Reads the body of a ClientHello, behind the header of its handshake message. Never throws; the
   * reader index stays where it is.
   */
  public static ClientHello parse(ByteBuf body) {
    try {
      return read(body.slice());
    } catch (IndexOutOfBoundsException e) {
      return SILENT;
    }
  }

  private static ClientHello read(ByteBuf in) {
    in.skipBytes(VERSION_AND_RANDOM);
    in.skipBytes(in.readUnsignedByte());
    in.skipBytes(in.readUnsignedShort());
    in.skipBytes(in.readUnsignedByte());
    String name = null;
    List<String> protocols = List.of();
    if (in.isReadable()) {
      ByteBuf extensions = in.readSlice(in.readUnsignedShort());
      while (extensions.isReadable()) {
        int type = extensions.readUnsignedShort();
        ByteBuf extension = extensions.readSlice(extensions.readUnsignedShort());
        if (type == SERVER_NAME) {
          name = serverName(extension);
        } else if (type == ALPN) {
          protocols = protocols(extension);
        }
      }
    }
    return new ClientHello(name, protocols);
  }

  private static @Nullable String serverName(ByteBuf extension) {
    ByteBuf names = extension.readSlice(extension.readUnsignedShort());
    int type = names.readUnsignedByte();
    String name = text(names.readSlice(names.readUnsignedShort()));
    String plain = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    return type == 0 && !plain.isEmpty() ? plain.toLowerCase(Locale.ROOT) : null;
  }

  private static List<String> protocols(ByteBuf extension) {
    List<String> protocols = new ArrayList<>();
    ByteBuf list = extension.readSlice(extension.readUnsignedShort());
    while (list.isReadable()) {
      protocols.add(text(list.readSlice(list.readUnsignedByte())));
    }
    return protocols;
  }

  private static String text(ByteBuf bytes) {
    return bytes.toString(StandardCharsets.US_ASCII);
  }
}
