// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest.models;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A socket that many queries share, each under an id of its own: an answer belongs to the query
 * with its id and its question. Safe for any thread.
 *
 * @param <P> what waits for an answer
 */
final class SharedSocket<P extends SharedSocket.Pending> implements AutoCloseable {
  private static final int IDS = 1 << 16;
  private static final int BUFFER = 4 << 20;
  private static final ThreadLocal<ByteBuffer> OUT =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(512));

  /** Something that waits for an answer. */
  interface Pending {
    Query query();
  }

  private final DatagramChannel channel;
  private final AtomicReferenceArray<P> pending = new AtomicReferenceArray<>(IDS);

  SharedSocket(InetSocketAddress server) throws IOException {
    channel = DatagramChannel.open();
    channel.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER);
    channel.connect(server);
  }

  DatagramChannel channel() {
    return channel;
  }

  /** Sends a query; returns its id. What can't be sent is lost, as what gets lost on the way. */
  int send(P waiting) {
    int id = ThreadLocalRandom.current().nextInt(IDS);
    while (!pending.compareAndSet(id, null, waiting)) {
      id = ThreadLocalRandom.current().nextInt(IDS);
    }
    ByteBuffer out = OUT.get();
    waiting.query().put(out, id);
    try {
      channel.write(out);
    } catch (IOException e) {
      // Closed, or an ICMP error for an earlier query.
    }
    return id;
  }

  /** Takes away what a received message answers; null if it answers nothing. */
  @Nullable P take(ByteBuffer message) {
    int id = Query.id(message);
    P waiting = id < 0 ? null : pending.get(id);
    boolean answered = waiting != null && waiting.query().isAnsweredBy(message);
    return answered && pending.compareAndSet(id, waiting, null) ? waiting : null;
  }

  /** Gives an id up; false if the answer has just been taken. */
  boolean forget(int id, P waiting) {
    return pending.compareAndSet(id, waiting, null);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
