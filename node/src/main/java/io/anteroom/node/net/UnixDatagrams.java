// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.net;

import io.netty.channel.Channel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.UnixChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Datagrams that one system call sends through a Unix socket, or receives from it: sendmmsg and
 * recvmmsg of Linux, which Netty has for UDP only. The process at the other end is woken once for
 * all of them. The socket stays a channel of Netty, which waits for events and handles errors. For
 * one thread.
 */
public final class UnixDatagrams {
  private static final Logger LOG = LoggerFactory.getLogger(UnixDatagrams.class);

  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_NOSIGNAL = 0x4000;

  // Sizes and offsets of struct mmsghdr, iovec and sockaddr_un on 64-bit Linux.
  private static final int MESSAGE = 64;
  private static final int NAME_LENGTH = 8;
  private static final int VECTOR = 16;
  private static final int VECTORS = 24;
  private static final int LENGTH = 56;
  private static final int IOVEC = 16;
  private static final int IOVEC_LENGTH = 8;
  private static final int ADDRESS = 112;
  private static final int FAMILY = 2;

  private static final @Nullable CLibrary LIBRARY = library();

  private final CLibrary library;
  private final int capacity;
  private final int size;
  private final Pointer messages;
  private final Pointer vectors;
  private final Pointer addresses;
  private final Pointer buffers;
  private byte[] lastPath = {};
  private String lastSender = "";
  private int count;

  /** The functions of the C library. */
  public interface CLibrary {
    /** Sends datagrams; returns how many, or -1. */
    int sendmmsg(int socket, Pointer messages, int count, int flags);

    /** Receives datagrams; returns how many, or -1. */
    int recvmmsg(int socket, Pointer messages, int count, int flags, @Nullable Pointer timeout);
  }

  private UnixDatagrams(CLibrary library, int capacity, int size) {
    this.library = library;
    this.capacity = capacity;
    this.size = size;
    messages = allocate((long) capacity * MESSAGE, true);
    vectors = allocate((long) capacity * IOVEC, true);
    addresses = allocate((long) capacity * ADDRESS, true);
    // The system gives pages of it when they are first used.
    buffers = allocate((long) capacity * size, false);
    for (long i = 0; i < capacity; i++) {
      vectors.putAddress(i * IOVEC, buffers.address() + i * size);
      messages.putAddress(i * MESSAGE + VECTOR, vectors.address() + i * IOVEC);
      messages.putLong(i * MESSAGE + VECTORS, 1);
    }
  }

  private Pointer allocate(long bytes, boolean clear) {
    return Runtime.getRuntime(library).getMemoryManager().allocateDirect(bytes, clear);
  }

  private static @Nullable CLibrary library() {
    if (!Epoll.isAvailable()) {
      return null;
    }
    try {
      return LibraryLoader.create(CLibrary.class).failImmediately().load("c");
    } catch (LinkageError | RuntimeException e) {
      LOG.info("each datagram of a Unix socket takes a system call: {}", e.toString());
      return null;
    }
  }

  /**
   * Room for datagrams.
   *
   * @param capacity how many there may be
   * @param size the size of the largest in bytes
   * @return null if this machine can't send several at once
   */
  public static @Nullable UnixDatagrams of(int capacity, int size) {
    return LIBRARY == null ? null : new UnixDatagrams(LIBRARY, capacity, size);
  }

  /** The number of datagrams that were added or received. */
  public int count() {
    return count;
  }

  /** Adds a datagram to send; false if there is no room for it. */
  public boolean add(byte[] payload) {
    if (count == capacity || payload.length > size) {
      return false;
    }
    vectors.putLong((long) count * IOVEC + IOVEC_LENGTH, payload.length);
    buffers.put((long) count * size, payload, 0, payload.length);
    count++;
    return true;
  }

  /** Sends what was added, from the first one on. Returns how many the system took. */
  public int send(Channel socket) {
    return Math.max(
        0, library.sendmmsg(descriptor(socket), messages, count, MSG_DONTWAIT | MSG_NOSIGNAL));
  }

  /** Forgets all datagrams. */
  public void clear() {
    count = 0;
  }

  /** Receives what has come, as much as there is room for; returns how many. Never blocks. */
  public int receive(Channel socket) {
    for (long i = 0; i < capacity; i++) {
      vectors.putLong(i * IOVEC + IOVEC_LENGTH, size);
      messages.putAddress(i * MESSAGE, addresses.address() + i * ADDRESS);
      messages.putInt(i * MESSAGE + NAME_LENGTH, ADDRESS);
    }
    count =
        Math.max(0, library.recvmmsg(descriptor(socket), messages, capacity, MSG_DONTWAIT, null));
    return count;
  }

  private static int descriptor(Channel socket) {
    return ((UnixChannel) socket).fd().intValue();
  }

  /** The datagram with this index. One that was received has at most as many bytes as fit. */
  public byte[] payload(int index) {
    byte[] payload = new byte[messages.getInt((long) index * MESSAGE + LENGTH)];
    buffers.get((long) index * size, payload, 0, payload.length);
    return payload;
  }

  /** The path of the socket from which a datagram was received; empty if that has none. */
  public String sender(int index) {
    int length = messages.getInt((long) index * MESSAGE + NAME_LENGTH) - FAMILY;
    if (length <= 0) {
      return "";
    }
    byte[] path = new byte[length];
    addresses.get((long) index * ADDRESS + FAMILY, path, 0, length);
    if (!Arrays.equals(path, lastPath)) {
      lastPath = path;
      boolean terminated = path[0] != 0 && path[length - 1] == 0;
      lastSender = new String(path, 0, terminated ? length - 1 : length, StandardCharsets.UTF_8);
    }
    return lastSender;
  }
}
