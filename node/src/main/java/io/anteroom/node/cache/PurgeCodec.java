// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import io.anteroom.node.wire.WireName;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Serializes purges for other nodes. A purge of another version that can't be read counts as a
 * purge of everything, because removing too much only costs time.
 */
final class PurgeCodec {
  private static final byte VERSION = 1;
  private static final int SUBTREE = 4;
  private static final int NAME = 8;
  private static final int POOL = 16;
  private static final int KNOWN = SUBTREE | NAME | POOL | 3;

  private PurgeCodec() {}

  static byte[] write(Purge purge) {
    WireName of = purge.name();
    byte[] name = of == null ? new byte[0] : of.toWire();
    String chosen = purge.pool();
    byte[] pool = chosen == null ? new byte[0] : chosen.getBytes(StandardCharsets.UTF_8);
    int flags =
        purge.target().ordinal()
            | (purge.subtree() ? SUBTREE : 0)
            | (of == null ? 0 : NAME)
            | (chosen == null ? 0 : POOL);
    ByteBuffer out = ByteBuffer.allocate(9 + name.length + pool.length);
    out.put(VERSION).put((byte) flags).putShort((short) purge.type()).putInt(purge.service());
    out.put((byte) name.length).put(name).put(pool);
    return out.array();
  }

  static Purge read(byte[] bytes) {
    try {
      return read(ByteBuffer.wrap(bytes));
    } catch (RuntimeException e) {
      return Purge.everything(Purge.Target.BOTH);
    }
  }

  private static Purge read(ByteBuffer in) {
    byte version = in.get();
    int flags = in.get();
    if (version != VERSION || (flags & ~KNOWN) != 0) {
      throw new IllegalArgumentException("of another version");
    }
    int type = in.getShort() & 0xffff;
    int service = in.getInt();
    byte[] name = new byte[in.get() & 0xff];
    in.get(name);
    byte[] pool = new byte[in.remaining()];
    in.get(pool);
    return new Purge(
        Purge.Target.values()[flags & 3],
        (flags & NAME) == 0 ? null : WireName.ofWire(name),
        (flags & SUBTREE) != 0,
        (flags & POOL) == 0 ? null : new String(pool, StandardCharsets.UTF_8),
        type,
        service);
  }
}
