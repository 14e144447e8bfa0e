// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest.models;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A thread for each query, which opens a socket of its own, sends, and blocks until it receives.
 */
final class ThreadPerQuery implements Model {
  private final InetSocketAddress server;
  private final ExecutorService threads;

  ThreadPerQuery(InetSocketAddress server, int outstanding) {
    this.server = server;
    this.threads = Executors.newFixedThreadPool(outstanding, Threads.daemons("query"));
  }

  @Override
  public void forward(Query query, Client client) {
    threads.execute(() -> client.ended(ask(query)));
  }

  private boolean ask(Query query) {
    int id = ThreadLocalRandom.current().nextInt(1 << 16);
    ByteBuffer buffer = ByteBuffer.allocate(512);
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(server);
      socket.setSoTimeout(Query.TIMEOUT_MILLIS);
      query.put(buffer, id);
      socket.send(new DatagramPacket(buffer.array(), buffer.limit()));
      while (true) {
        DatagramPacket packet = new DatagramPacket(buffer.array(), buffer.capacity());
        socket.receive(packet);
        buffer.clear().limit(packet.getLength());
        if (Query.id(buffer) == id && query.isAnsweredBy(buffer)) {
          return true;
        }
      }
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      // Nobody listens there, or there are no more sockets.
      return false;
    }
  }

  @Override
  public void close() {
    threads.shutdown();
  }
}
