// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest.models;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One socket for all queries, one thread that receives, and a thread for each query that waits on a
 * condition until its answer is there.
 */
final class ParkedThreads implements Model {
  private final SharedSocket<Parked> socket;
  private final ExecutorService threads;

  ParkedThreads(InetSocketAddress server, int outstanding) throws IOException {
    socket = new SharedSocket<>(server);
    threads = Executors.newFixedThreadPool(outstanding, Threads.daemons("query"));
    Threads.start("receiver", this::receive);
  }

  /** A query and the thread that waits for its answer. */
  private static final class Parked implements SharedSocket.Pending {
    private final Query query;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean answered;

    private Parked(Query query) {
      this.query = query;
    }

    @Override
    public Query query() {
      return query;
    }

    private boolean await() throws InterruptedException {
      lock.lock();
      try {
        long left = TimeUnit.MILLISECONDS.toNanos(Query.TIMEOUT_MILLIS);
        while (!answered && left > 0) {
          left = changed.awaitNanos(left);
        }
        return answered;
      } finally {
        lock.unlock();
      }
    }

    private void answer() {
      lock.lock();
      try {
        answered = true;
        changed.signal();
      } finally {
        lock.unlock();
      }
    }
  }

  @Override
  public void forward(Query query, Client client) {
    threads.execute(() -> client.ended(ask(new Parked(query))));
  }

  private boolean ask(Parked parked) {
    try {
      int id = socket.send(parked);
      return parked.await() || !socket.forget(id, parked);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void receive() {
    ByteBuffer in = ByteBuffer.allocateDirect(512);
    while (socket.channel().isOpen()) {
      try {
        socket.channel().read(in.clear());
        Parked parked = socket.take(in.flip());
        if (parked != null) {
          parked.answer();
        }
      } catch (IOException e) {
        // Closed, or an ICMP error for an earlier query.
      }
    }
  }

  @Override
  public void close() throws IOException {
    threads.shutdown();
    socket.close();
  }
}
