// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ServerSocketFactory;

/**
 * A DNS server on a free port of 127.0.0.1, over UDP and TCP, that does with every query what its
 * script says, on threads of its own: {@code ScriptedServer.start(Asked::answer)} is a good one,
 * {@code start(q -> {})} a silent one. Every query is recorded before the script sees it.
 */
public final class ScriptedServer implements AutoCloseable {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  /** Also of this machine. */
  private static final InetAddress OTHER_ADDRESS =
      new InetSocketAddress("127.0.0.2", 0).getAddress();

  private final DatagramSocket udp;
  private final DatagramSocket elsewhere;
  private final ServerSocket tcp;
  private final List<Asked> queries = new CopyOnWriteArrayList<>();
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "scripted-timer"));
  private volatile Script script;

  /** What the server does with a query; called on the thread that received it. */
  @FunctionalInterface
  public interface Script {
    void on(Asked query);
  }

  private ScriptedServer(Script script, ServerSocketFactory sockets) throws IOException {
    this.script = script;
    DatagramSocket first = null;
    ServerSocket second = null;
    for (int tries = 0; second == null; tries++) {
      first = new DatagramSocket(new InetSocketAddress(LOOPBACK, 0));
      try {
        second = sockets.createServerSocket(first.getLocalPort(), 64, LOOPBACK);
      } catch (IOException e) {
        first.close();
        if (tries == 20) {
          throw e;
        }
      }
    }
    udp = first;
    udp.setReceiveBufferSize(1 << 20);
    tcp = second;
    elsewhere = new DatagramSocket(new InetSocketAddress(LOOPBACK, 0));
  }

  public static ScriptedServer start(Script script) {
    return start(script, ServerSocketFactory.getDefault());
  }

  /** One whose connections are made by this factory: with TLS, say. */
  public static ScriptedServer start(Script script, ServerSocketFactory sockets) {
    try {
      ScriptedServer server = new ScriptedServer(script, sockets);
      daemon(server::receive, "scripted-udp").start();
      daemon(server::accept, "scripted-tcp").start();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An address of 127.0.0.1 on which nobody listens, neither over UDP nor over TCP. */
  public static InetSocketAddress nobody() {
    return new InetSocketAddress(LOOPBACK, FreePorts.inARow(1));
  }

  public InetSocketAddress address() {
    return new InetSocketAddress(LOOPBACK, udp.getLocalPort());
  }

  /** Changes what is done with queries that come from now on. */
  public void script(Script other) {
    script = other;
  }

  /** All queries so far, in the order in which they came. */
  public List<Asked> queries() {
    return List.copyOf(queries);
  }

  /** All queries so far for this name, without regard to case. */
  public List<Asked> queries(String name) {
    String absolute = name.endsWith(".") ? name : name + ".";
    return queries.stream().filter(q -> q.name().equalsIgnoreCase(absolute)).toList();
  }

  /** The TCP connections that are open now. */
  public int connections() {
    return connections.size();
  }

  @Override
  public void close() {
    timer.shutdownNow();
    udp.close();
    elsewhere.close();
    closeQuietly(tcp);
    connections.forEach(ScriptedServer::closeQuietly);
  }

  private void receive() {
    DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
    while (!udp.isClosed()) {
      try {
        packet.setLength(65_535);
        udp.receive(packet);
        InetSocketAddress from = (InetSocketAddress) packet.getSocketAddress();
        byte[] bytes = Arrays.copyOf(packet.getData(), packet.getLength());
        take(new Asked(bytes, from, false, new UdpWire(from)));
      } catch (IOException e) {
        // Closed, or an ICMP error for an earlier answer.
      }
    }
  }

  private void accept() {
    while (!tcp.isClosed()) {
      try {
        Socket socket = tcp.accept();
        socket.setTcpNoDelay(true);
        connections.add(socket);
        daemon(() -> serve(socket), "scripted-connection").start();
      } catch (IOException e) {
        // Closed.
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      TcpWire wire = new TcpWire(socket, new DataOutputStream(socket.getOutputStream()));
      while (true) {
        byte[] bytes = new byte[in.readUnsignedShort()];
        in.readFully(bytes);
        take(new Asked(bytes, (InetSocketAddress) socket.getRemoteSocketAddress(), true, wire));
      }
    } catch (IOException e) {
      // The other side, or the script, has closed it.
    } finally {
      connections.remove(socket);
    }
  }

  private void take(Asked query) {
    queries.add(query);
    script.on(query);
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  private static void closeQuietly(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception e) {
      // Nothing follows from it.
    }
  }

  private void schedule(Duration delay, Runnable action) {
    timer.schedule(action, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  private final class UdpWire implements Asked.Wire {
    private final SocketAddress to;

    private UdpWire(SocketAddress to) {
      this.to = to;
    }

    @Override
    public void send(byte[] message) throws IOException {
      udp.send(new DatagramPacket(message, message.length, to));
    }

    @Override
    public void sendFromElsewhere(byte[] message) throws IOException {
      elsewhere.send(new DatagramPacket(message, message.length, to));
    }

    @Override
    public void sendFromOtherAddress(byte[] message) throws IOException {
      try (DatagramSocket other = new DatagramSocket(udp.getLocalPort(), OTHER_ADDRESS)) {
        other.send(new DatagramPacket(message, message.length, to));
      }
    }

    @Override
    public void sendRaw(byte[] stream) throws IOException {
      send(stream);
    }

    @Override
    public void close() {}

    @Override
    public void later(Duration delay, Runnable action) {
      schedule(delay, action);
    }
  }

  private final class TcpWire implements Asked.Wire {
    private final Socket socket;
    private final DataOutputStream out;

    private TcpWire(Socket socket, DataOutputStream out) {
      this.socket = socket;
      this.out = out;
    }

    @Override
    public void send(byte[] message) throws IOException {
      synchronized (out) {
        out.writeShort(message.length);
        out.write(message);
        out.flush();
      }
    }

    @Override
    public void sendFromElsewhere(byte[] message) throws IOException {
      send(message);
    }

    @Override
    public void sendFromOtherAddress(byte[] message) throws IOException {
      send(message);
    }

    @Override
    public void sendRaw(byte[] stream) throws IOException {
      synchronized (out) {
        out.write(stream);
        out.flush();
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }

    @Override
    public void later(Duration delay, Runnable action) {
      schedule(delay, action);
    }
  }
}
