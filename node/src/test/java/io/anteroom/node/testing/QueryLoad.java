// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/**
 * A client over UDP with many queries under way at once, each for a name of its own, that sees
 * whether each was answered, with which RCODE, and how often. One thread sends.
 */
public final class QueryLoad implements AutoCloseable {
  /** More answers at once might not fit in the buffer of the socket. */
  private static final int UNANSWERED = 100;

  private final DatagramSocket socket;
  private final String prefix;
  private final ConcurrentLinkedQueue<byte[]> answers = new ConcurrentLinkedQueue<>();
  private final Semaphore unanswered = new Semaphore(UNANSWERED);
  private final Thread receiver = new Thread(this::receive, "query-load");
  private volatile int sent;
  private volatile int received;

  /** One whose names are prefix-0.load.test and so on. */
  public QueryLoad(InetSocketAddress server, String prefix) {
    this.prefix = prefix;
    try {
      socket = new DatagramSocket();
      socket.setReceiveBufferSize(4 << 20);
      socket.connect(server);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    receiver.setDaemon(true);
    receiver.start();
  }

  /** Sends one query, whatever is under way. */
  public void ask() {
    byte[] query = DnsMessages.query(sent & 0xffff, name(sent), Type.A);
    try {
      socket.send(new DatagramPacket(query, query.length));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    sent++;
  }

  /** Sends one query when not too many are unanswered. */
  public void askNext() {
    try {
      if (!unanswered.tryAcquire(DnsClient.PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError("only %d of %d were answered".formatted(received, sent));
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    ask();
  }

  private String name(int i) {
    return prefix + "-" + i + ".load.test";
  }

  public int sent() {
    return sent;
  }

  /** How many answers have come. */
  public int received() {
    return received;
  }

  /** How many queries have got which answer, in words; {@code NXDOMAIN} alone if all is well. */
  public Map<String, Integer> results() {
    List<List<String>> each = new ArrayList<>();
    for (int i = 0; i < sent; i++) {
      each.add(new ArrayList<>(1));
    }
    Map<String, Integer> results = new TreeMap<>();
    for (byte[] answer : answers) {
      int query = query(answer);
      if (query < 0) {
        results.merge("answer to nothing that was asked", 1, Integer::sum);
      } else {
        each.get(query).add(Rcode.string(answer[3] & 0xf));
      }
    }
    each.forEach(of -> results.merge(String.join(" and ", of), 1, Integer::sum));
    return results;
  }

  /** Which query this answers; -1 if the question or the id is none that was asked. */
  private int query(byte[] answer) {
    String label = new String(answer, 13, answer[12], StandardCharsets.US_ASCII);
    int i = Integer.parseInt(label.substring(prefix.length() + 1));
    byte[] asked = DnsMessages.query(i & 0xffff, name(i), Type.A);
    boolean same = i < sent && answer[0] == asked[0] && answer[1] == asked[1];
    for (int at = 12; at < asked.length; at++) {
      same &= answer[at] == asked[at];
    }
    return same ? i : -1;
  }

  private void receive() {
    DatagramPacket packet = new DatagramPacket(new byte[1500], 1500);
    try {
      while (true) {
        socket.receive(packet);
        answers.add(java.util.Arrays.copyOf(packet.getData(), packet.getLength()));
        received = answers.size();
        unanswered.release();
      }
    } catch (SocketException e) {
      // Closed.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}
