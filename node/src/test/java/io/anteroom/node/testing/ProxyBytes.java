// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/** Headers of the PROXY protocol, right and wrong ones. */
public final class ProxyBytes {
  /** Version 2, command LOCAL or PROXY. */
  public static final int LOCAL = 0x20;

  public static final int PROXY = 0x21;

  private static final byte[] SIGNATURE =
      "\r\n\r\n\0\r\nQUIT\n".getBytes(StandardCharsets.ISO_8859_1);

  private ProxyBytes() {}

  /** A header that names a client, with these TLVs. */
  public static byte[] client(String address, int port, byte[]... tlvs) {
    return client(new InetSocketAddress(address, port), tlvs);
  }

  private static byte[] client(InetSocketAddress client, byte[]... tlvs) {
    byte[] address = client.getAddress().getAddress();
    ByteBuffer ends = ByteBuffer.allocate(2 * address.length + 4);
    ends.put(address).put(new byte[address.length]);
    ends.putShort((short) client.getPort()).putShort((short) 53);
    return header(PROXY, address.length == 4 ? 0x12 : 0x22, joined(ends.array(), joined(tlvs)));
  }

  /** A header with these two bytes, and this behind its length. */
  public static byte[] header(int versionAndCommand, int family, byte[] rest) {
    return ByteBuffer.allocate(16 + rest.length)
        .put(SIGNATURE)
        .put((byte) versionAndCommand)
        .put((byte) family)
        .putShort((short) rest.length)
        .put(rest)
        .array();
  }

  public static byte[] tlv(int type, String value) {
    return tlv(type, value.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] tlv(int type, byte[] value) {
    return ByteBuffer.allocate(3 + value.length)
        .put((byte) type)
        .putShort((short) value.length)
        .put(value)
        .array();
  }

  /** The same header with a checksum at its end, plus this number. */
  public static byte[] withChecksum(byte[] header, int wrongBy) {
    byte[] summed = joined(header, tlv(3, new byte[4]));
    ByteBuffer.wrap(summed).putShort(14, (short) (summed.length - 16));
    CRC32C sum = new CRC32C();
    sum.update(summed);
    ByteBuffer.wrap(summed).putInt(summed.length - 4, (int) sum.getValue() + wrongBy);
    return summed;
  }

  public static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
