// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import io.anteroom.loadtest.Attack.Target;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * TCP connections to one port of 127.0.0.1, each from an address of its own choice within
 * 127.0.0.0/8. What comes back is read and thrown away. One that the node closes is opened again a
 * second later. All are of one thread, which never waits for the node.
 */
final class Crowd implements AutoCloseable {
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How often the script is asked of connections that have nothing to send. */
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private static final int BURSTS_AT_ONCE = 8;
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final InetSocketAddress to;
  private final Sent sent;
  private final Script script;
  private final Selector selector;
  private final List<Connection> connections = new ArrayList<>();
  private final ByteBuffer trash = ByteBuffer.allocateDirect(64 << 10);

  /** What is sent at once: so many messages in so many bytes. */
  record Burst(byte[] bytes, int messages) {}

  /** What connections send. */
  interface Script {
    /**
     * What one sends next.
     *
     * @param connection its number
     * @param step how many bursts it has sent since it was opened
     * @param ageNanos how long it has been open
     * @return null for nothing now
     */
    @Nullable Burst next(int connection, int step, long ageNanos);
  }

  /**
   * Opens none yet.
   *
   * @param from the address of the connection with this number
   */
  Crowd(int port, int size, IntFunction<InetAddress> from, Script script, Sent sent) {
    this.to = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    this.sent = sent;
    this.script = script;
    try {
      selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (int i = 0; i < size; i++) {
      connections.add(new Connection(i, from.apply(i)));
    }
  }

  /** Addresses of which no 250 in a row are in one /24. */
  static InetAddress anywhere(int number) {
    return address(1, number % 250, 1 + number / 250);
  }

  /** The address 127.A.B.C. */
  static InetAddress address(int a, int b, int c) {
    try {
      return InetAddress.getByAddress(new byte[] {127, (byte) a, (byte) b, (byte) c});
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Opens all connections and sends what the script has, until the time is up. */
  void run(Target target) throws IOException {
    while (!target.isOver()) {
      connections.forEach(Connection::look);
      long next = System.nanoTime() + LOOK_NANOS;
      for (long left = LOOK_NANOS; left > 0; left = next - System.nanoTime()) {
        selector.select(
            key -> ((Connection) key.attachment()).ready(),
            1 + TimeUnit.NANOSECONDS.toMillis(left));
      }
    }
  }

  @Override
  public void close() {
    connections.forEach(Connection::drop);
    try {
      selector.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private final class Connection {
    private final int number;
    private final InetAddress from;
    private @Nullable SocketChannel channel;
    private @Nullable SelectionKey key;
    private @Nullable Burst burst;
    private ByteBuffer out = NOTHING;
    private int step;
    private long openedNanos = System.nanoTime() - PAUSE_NANOS;

    Connection(int number, InetAddress from) {
      this.number = number;
      this.from = from;
    }

    /** Opens it if it is time for that, and asks the script if there is nothing to be sent. */
    void look() {
      try {
        if (channel == null && System.nanoTime() - openedNanos >= PAUSE_NANOS) {
          open();
        } else if (channel != null && channel.isConnected() && !out.hasRemaining()) {
          send(channel);
        }
      } catch (IOException e) {
        // The node has refused or closed it, or this process may have no more of them.
        drop();
      }
    }

    /** Does what the channel is ready for. */
    void ready() {
      SocketChannel current = channel;
      try {
        if (current == null) {
          return;
        } else if (!current.isConnected()) {
          current.finishConnect();
        } else if (current.read(trash.clear()) < 0) {
          drop();
          return;
        }
        send(current);
      } catch (IOException e) {
        drop();
      }
    }

    private void open() throws IOException {
      openedNanos = System.nanoTime();
      SocketChannel opened = SocketChannel.open();
      channel = opened;
      // So that none waits for the rest of its minute when it is closed.
      opened.setOption(StandardSocketOptions.SO_LINGER, 0);
      opened.bind(new InetSocketAddress(from, 0));
      opened.configureBlocking(false);
      key = opened.register(selector, SelectionKey.OP_CONNECT, this);
      if (opened.connect(to)) {
        send(opened);
      }
      sent.connection();
    }

    /**
     * Sends what the system takes of this burst and a few behind it, so that others have a turn.
     */
    private void send(SocketChannel to) throws IOException {
      for (int i = 0; i < BURSTS_AT_ONCE && (out.hasRemaining() || hasNext()); i++) {
        int written = to.write(out);
        sent.bytes(written);
        if (written == 0) {
          break;
        }
      }
      if (key != null) {
        int write = out.hasRemaining() ? SelectionKey.OP_WRITE : 0;
        key.interestOps(SelectionKey.OP_READ | write);
      }
    }

    private boolean hasNext() {
      if (burst != null) {
        sent.messages(burst.messages);
      }
      burst = script.next(number, step, System.nanoTime() - openedNanos);
      if (burst == null) {
        return false;
      }
      step++;
      out = ByteBuffer.wrap(burst.bytes);
      return true;
    }

    void drop() {
      try {
        if (channel != null) {
          channel.close();
        }
      } catch (IOException e) {
        // It is gone in any case.
      }
      channel = null;
      key = null;
      burst = null;
      out = NOTHING;
      step = 0;
    }
  }
}
