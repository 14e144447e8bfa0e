// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Against a socket that stands for the node. */
final class SenderTest {
  private static final int QUERIES = 12;
  private static final int SOCKETS = 3;
  private static final int PATIENCE_MILLIS = 30_000;

  private final DatagramSocket node;
  private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
  private final Sender sender;

  SenderTest() throws IOException {
    node = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    node.setSoTimeout(PATIENCE_MILLIS);
    sender =
        new Sender(
            node.getLocalPort(),
            SOCKETS,
            (number, isOurs, message) -> received.add(number + (isOurs ? "" : " astray")));
  }

  @AfterEach
  void close() {
    sender.close();
    node.close();
  }

  @Test
  void queries_comeFromAllSockets_withAnIdEach() throws IOException {
    Set<Integer> ports = new HashSet<>();
    Set<String> places = new HashSet<>();
    for (int number = 0; number < QUERIES; number++) {
      DatagramPacket query = exchange(number);
      ports.add(query.getPort());
      places.add(query.getPort() + " " + Packets.id(message(query)));
    }
    assertThat(ports).hasSize(SOCKETS);
    assertThat(places).hasSize(QUERIES);
  }

  @Test
  void answer_isGivenToTheReceiver() throws Exception {
    answer(exchange(7), 0);
    assertThat(next()).isEqualTo("7");
  }

  @Test
  void answerWithAnotherId_isNotOurs() throws Exception {
    answer(exchange(7), 1);
    assertThat(next()).isEqualTo("7 astray");
  }

  @Test
  void answerToAnotherSocket_isNotOurs() throws Exception {
    DatagramPacket first = exchange(0);
    DatagramPacket second = exchange(1);
    first.setPort(second.getPort());
    answer(first, 0);
    assertThat(next()).isEqualTo("0 astray");
  }

  @Test
  void queryThatComesBack_isNotOurs() throws Exception {
    node.send(exchange(7));
    assertThat(next()).isEqualTo("7 astray");
  }

  private DatagramPacket exchange(int number) throws IOException {
    sender.send(number);
    DatagramPacket query = new DatagramPacket(new byte[512], 512);
    node.receive(query);
    assertThat(Packets.number(message(query))).isEqualTo(number);
    return query;
  }

  private void answer(DatagramPacket query, int idChange) throws IOException {
    ByteBuffer message = message(query);
    message.put(2, (byte) 0x81).putShort(0, (short) (Packets.id(message) + idChange));
    node.send(query);
  }

  private static ByteBuffer message(DatagramPacket packet) {
    return ByteBuffer.wrap(packet.getData(), 0, packet.getLength());
  }

  private String next() throws InterruptedException {
    return received.poll(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
  }
}
