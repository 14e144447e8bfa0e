// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends queries to one node from several UDP sockets on loopback and receives the answers, on a
 * thread of its own.
 *
 * <p>The number of a query says which socket and which id it has. No two queries of a socket have
 * the same id as long as there are at most 65,536 for each. One thread at a time may send.
 */
final class Sender implements AutoCloseable {
  private static final int IDS = 1 << 16;
  private static final int BUFFER = 4 << 20;

  /** Odd, so that each id occurs once, and not in order. */
  private static final int SCATTER = 40_503;

  /** Takes an answer, on the receiving thread. */
  interface Receiver {
    /**
     * One datagram.
     *
     * @param number whose question it has; {@link Packets#NO_NUMBER} for none of ours
     * @param isOurs whether it came to the socket of that query with the id of that query
     */
    void receive(int number, boolean isOurs, ByteBuffer message);
  }

  private final List<DatagramChannel> channels = new ArrayList<>();
  private final Selector selector;
  private final Receiver receiver;
  private final Thread thread;
  private final ByteBuffer out = ByteBuffer.allocateDirect(512);
  private volatile boolean closed;

  Sender(int port, int sockets, Receiver receiver) {
    this.receiver = receiver;
    try {
      selector = Selector.open();
      InetAddress loopback = InetAddress.getLoopbackAddress();
      for (int i = 0; i < sockets; i++) {
        DatagramChannel channel = DatagramChannel.open();
        channels.add(channel);
        channel.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER);
        channel.bind(new InetSocketAddress(loopback, 0));
        channel.connect(new InetSocketAddress(loopback, port));
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ, i);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    thread = new Thread(this::receive, "receiver-" + port);
    thread.setDaemon(true);
    thread.start();
  }

  /** How many sockets so many queries need. */
  static int socketsFor(int queries) {
    return Math.max(1, (queries + IDS - 1) / IDS);
  }

  /** Sends a query; false if nobody listens there any more. */
  boolean send(int number) {
    Packets.putQuery(out, number, id(number));
    DatagramChannel channel = channels.get(socket(number));
    try {
      while (channel.write(out) == 0) {
        // The buffer of the socket is full.
        LockSupport.parkNanos(50_000);
      }
      return true;
    } catch (PortUnreachableException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private int socket(int number) {
    return number % channels.size();
  }

  private int id(int number) {
    return number / channels.size() * SCATTER & (IDS - 1);
  }

  private void receive() {
    ByteBuffer in = ByteBuffer.allocateDirect(4_096);
    try {
      while (!closed) {
        selector.select(key -> drain((DatagramChannel) key.channel(), (int) key.attachment(), in));
      }
    } catch (IOException | RuntimeException e) {
      if (!closed) {
        throw new IllegalStateException("can't receive any more", e);
      }
    }
  }

  private void drain(DatagramChannel channel, int socket, ByteBuffer in) {
    try {
      while (channel.read(in.clear()) > 0) {
        in.flip();
        int number = Packets.number(in);
        boolean isOurs =
            number != Packets.NO_NUMBER
                && Packets.isResponse(in)
                && socket(number) == socket
                && id(number) == Packets.id(in);
        receiver.receive(number, isOurs, in);
      }
    } catch (PortUnreachableException e) {
      // The node has gone; what it owed is missed by whoever counts.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    closed = true;
    selector.wakeup();
    try {
      thread.join(1_000);
      for (DatagramChannel channel : channels) {
        channel.close();
      }
      selector.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
