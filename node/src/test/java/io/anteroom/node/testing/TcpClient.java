// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** A client over TCP or TLS, with one connection. */
public final class TcpClient extends DnsClient {
  private final Socket socket = new Socket();

  /** The same, or TLS over it. */
  private final Socket stream;

  private final DataInputStream in;

  /** Connects from a free port of this address. */
  public TcpClient(String from, InetSocketAddress server) {
    this(from, server, 0);
  }

  /** A client that takes in little, if a size is given, before the server can send no more. */
  public TcpClient(String from, InetSocketAddress server, int receiveBuffer) {
    this(from, server, receiveBuffer, null);
  }

  private TcpClient(
      String from, InetSocketAddress server, int receiveBuffer, @Nullable TlsHandshake tls) {
    this(from, server, receiveBuffer, new byte[0], tls);
  }

  private TcpClient(
      String from,
      InetSocketAddress server,
      int receiveBuffer,
      byte[] first,
      @Nullable TlsHandshake tls) {
    try {
      if (receiveBuffer > 0) {
        socket.setReceiveBufferSize(receiveBuffer);
      }
      socket.bind(new InetSocketAddress(from, 0));
      socket.setSoTimeout((int) PATIENCE.toMillis());
      socket.setTcpNoDelay(true);
      socket.connect(server);
      socket.getOutputStream().write(first);
      stream = tls == null ? socket : tls.shake(socket);
      in = new DataInputStream(stream.getInputStream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A client over TLS, which trusts any certificate. The handshake is done when this returns. */
  public static TcpClient tls(String from, InetSocketAddress server) {
    return tls(from, server, TlsHandshake.PLAIN);
  }

  /** A client over TLS with a handshake of the test's. */
  public static TcpClient tls(String from, InetSocketAddress server, TlsHandshake handshake) {
    return tls(from, server, 0, handshake);
  }

  /** A client over TLS that takes in little, if a size is given. */
  public static TcpClient tls(
      String from, InetSocketAddress server, int receiveBuffer, TlsHandshake handshake) {
    return new TcpClient(from, server, receiveBuffer, handshake);
  }

  /** A client over TLS that sends these bytes before the handshake, as a proxy does. */
  public static TcpClient tlsBehind(
      byte[] first, String from, InetSocketAddress server, TlsHandshake handshake) {
    return new TcpClient(from, server, 0, first, handshake);
  }

  /** The protocol that was agreed on (ALPN); empty for none. */
  public String protocol() {
    return ((SSLSocket) stream).getApplicationProtocol();
  }

  /** The session of TLS. */
  public SSLSession session() {
    return ((SSLSocket) stream).getSession();
  }

  /** A message as it stands in the stream, behind its length. */
  public static byte[] framed(byte[] message) {
    return ByteBuffer.allocate(2 + message.length)
        .putShort((short) message.length)
        .put(message)
        .array();
  }

  @Override
  public void send(byte[] message) {
    sendRaw(framed(message));
  }

  /** Sends bytes as they are, without a length before them. */
  public void sendRaw(byte[] bytes) {
    try {
      stream.getOutputStream().write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public byte[] receive() {
    try {
      byte[] message = new byte[in.readUnsignedShort()];
      in.readFully(message);
      return message;
    } catch (SocketTimeoutException e) {
      throw new AssertionError("no answer over TCP", e);
    } catch (EOFException e) {
      throw new AssertionError("closed instead of an answer", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The next bytes, which must all come. */
  public byte[] receiveRaw(int length) {
    try {
      byte[] bytes = new byte[length];
      in.readFully(bytes);
      return bytes;
    } catch (SocketTimeoutException e) {
      throw new AssertionError("no answer over TCP", e);
    } catch (EOFException | SocketException e) {
      throw new AssertionError("closed instead of an answer", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until the other side closes; false if a message comes instead. */
  public boolean isClosed() {
    try {
      return in.read() < 0;
    } catch (SocketTimeoutException e) {
      throw new AssertionError("the connection stays open", e);
    } catch (SocketException | SSLException e) {
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends bytes below TLS. */
  public void sendBelow(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the TCP stream below TLS, without a close_notify. */
  public void cut() {
    try {
      socket.shutdownOutput();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads until the other side closes, whatever comes before. */
  public void awaitEnd() {
    try {
      in.transferTo(OutputStream.nullOutputStream());
    } catch (SocketTimeoutException e) {
      throw new AssertionError("the connection stays open", e);
    } catch (IOException e) {
      // Closed by a reset.
    }
  }

  /** Says that nothing more is sent, with TLS by a close_notify; answers still come. */
  public void endInput() {
    try {
      stream.shutdownOutput();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Closes with a reset, which tells the other side that nobody reads any more. */
  public void reset() {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      stream.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
