// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest.models;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A few sockets for all queries and one thread, which calls back when an answer is there. What it
 * forwards from within a callback it sends itself.
 */
final class Callbacks implements Model {
  private static final int SOCKETS = 8;
  private static final int LOOK_MILLIS = 100;

  private final List<SharedSocket<Waiting>> sockets = new ArrayList<>();
  private final Selector selector = Selector.open();
  private final Queue<Waiting> toSend = new ConcurrentLinkedQueue<>();

  /** In the order in which they were sent, which is that of their deadlines. */
  private final Queue<Waiting> sent = new ArrayDeque<>();

  private final Thread thread;
  private volatile boolean closed;

  Callbacks(InetSocketAddress server, int outstanding) throws IOException {
    for (int i = 0; i < SOCKETS; i++) {
      SharedSocket<Waiting> socket = new SharedSocket<>(server);
      socket.channel().configureBlocking(false);
      socket.channel().register(selector, SelectionKey.OP_READ, socket);
      sockets.add(socket);
    }
    thread = Threads.start("loop", this::run);
  }

  /** A query and who is called back; only the loop's but for its making. */
  private static final class Waiting implements SharedSocket.Pending {
    private final Query query;
    private final Client client;
    private final SharedSocket<Waiting> socket;
    private int id;
    private long deadlineNanos;
    private boolean ended;

    private Waiting(Query query, Client client, SharedSocket<Waiting> socket) {
      this.socket = socket;
      this.query = query;
      this.client = client;
    }

    @Override
    public Query query() {
      return query;
    }
  }

  @Override
  public void forward(Query query, Client client) {
    int socket = ThreadLocalRandom.current().nextInt(SOCKETS);
    Waiting waiting = new Waiting(query, client, sockets.get(socket));
    if (Thread.currentThread() == thread) {
      send(waiting);
    } else {
      toSend.add(waiting);
      selector.wakeup();
    }
  }

  private void send(Waiting waiting) {
    waiting.deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Query.TIMEOUT_MILLIS);
    waiting.id = waiting.socket.send(waiting);
    sent.add(waiting);
  }

  private void run() {
    ByteBuffer in = ByteBuffer.allocateDirect(512);
    while (!closed) {
      try {
        selector.select(key -> drain(key, in), LOOK_MILLIS);
      } catch (IOException e) {
        throw new IllegalStateException("can't wait for answers", e);
      }
      for (Waiting waiting = toSend.poll(); waiting != null; waiting = toSend.poll()) {
        send(waiting);
      }
      expire();
    }
  }

  @SuppressWarnings("unchecked")
  private static void drain(SelectionKey key, ByteBuffer in) {
    SharedSocket<Waiting> socket = (SharedSocket<Waiting>) key.attachment();
    try {
      while (((DatagramChannel) key.channel()).read(in.clear()) > 0) {
        Waiting waiting = socket.take(in.flip());
        if (waiting != null) {
          waiting.ended = true;
          waiting.client.ended(true);
        }
      }
    } catch (IOException e) {
      // Closed, or an ICMP error for an earlier query.
    }
  }

  private void expire() {
    long now = System.nanoTime();
    Waiting oldest = sent.peek();
    while (oldest != null && (oldest.ended || oldest.deadlineNanos - now < 0)) {
      sent.remove();
      if (!oldest.ended && oldest.socket.forget(oldest.id, oldest)) {
        oldest.client.ended(false);
      }
      oldest = sent.peek();
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    selector.wakeup();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    selector.close();
    for (SharedSocket<Waiting> socket : sockets) {
      socket.close();
    }
  }
}
