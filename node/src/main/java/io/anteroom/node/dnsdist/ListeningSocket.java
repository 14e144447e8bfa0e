// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.flow.Counters;
import io.anteroom.node.net.Sockets;
import io.anteroom.node.net.Survival;
import io.anteroom.node.net.UnixDatagrams;
import io.anteroom.node.net.UnixFiles;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Files;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A socket on which a script receives datagrams. It replaces the file of a socket that no process
 * has open any more. It reads some {@value #BATCH} datagrams before the event loop does other work.
 */
final class ListeningSocket extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(ListeningSocket.class);

  /** The size of the read buffer in bytes. A datagram that fills it may have been cut. */
  private static final int TOO_LONG = 1 << 16;

  private static final int BATCH = 64;

  private final String path;
  private final String place;
  private final Counters<AsyncCounter> counters;
  private Receiver receiver;
  private final @Nullable UnixDatagrams batch;
  private volatile @Nullable ChannelFuture bound;

  /** Gets the datagrams, on the thread of the socket. */
  interface Receiver {
    /**
     * A datagram.
     *
     * @param from the path of its sender's socket; empty if that has none
     */
    void received(byte[] payload, String from);
  }

  /** Room for the datagrams that the sockets of one thread receive together. */
  static @Nullable UnixDatagrams batch() {
    return UnixDatagrams.of(BATCH, TOO_LONG);
  }

  /**
   * A socket that is not open.
   *
   * @param place where the script asked for it, for messages
   * @param batch from {@link #batch()}
   */
  ListeningSocket(
      String path,
      String place,
      Counters<AsyncCounter> counters,
      @Nullable UnixDatagrams batch,
      Receiver receiver) {
    this.path = path;
    this.place = place;
    this.counters = counters;
    this.batch = batch;
    this.receiver = receiver;
  }

  /** Gives the datagrams to the receiver of another object from now on. On the socket's thread. */
  void serve(ListeningSocket other) {
    receiver = other.receiver;
  }

  String path() {
    return path;
  }

  /**
   * Begins to bind it; it does not read yet.
   *
   * @throws IOException if the path can't be bound, with a message for the operator
   */
  ChannelFuture bind(EventLoop loop) throws IOException {
    if (!Sockets.hasUnixDatagrams()) {
      throw new IOException(
          "Unix datagram sockets need Linux and the library that Netty has for it");
    } else if (!UnixAddresses.isAbstract(path)) {
      UnixFiles.ensureFree(UnixAddresses.file(path));
    }
    ChannelFuture binding =
        Sockets.unixDatagram(loop, TOO_LONG, batch == null ? BATCH : 1)
            .option(ChannelOption.AUTO_READ, false)
            .handler(this)
            .bind(UnixAddresses.address(path));
    bound = binding;
    return binding;
  }

  /** What is said if it can't be bound. */
  String failure(Throwable cause) {
    return "%s: can't listen at %s: %s"
        .formatted(place, UnixAddresses.text(path), cause.getMessage());
  }

  /** Begins to read. To be called when it is bound. */
  void read() {
    ChannelFuture binding = bound;
    if (binding != null) {
      binding.channel().config().setAutoRead(true);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    DomainDatagramPacket datagram = (DomainDatagramPacket) message;
    byte[] payload = null;
    try {
      ByteBuf content = datagram.content();
      if (content.readableBytes() < TOO_LONG) {
        payload = ByteBufUtil.getBytes(content);
      }
    } finally {
      datagram.release();
    }
    if (payload == null) {
      counters.increment(AsyncCounter.DATAGRAMS_TOO_LONG);
      return;
    }
    counters.increment(AsyncCounter.DATAGRAMS_IN);
    DomainSocketAddress sender = datagram.sender();
    receiver.received(payload, sender == null ? "" : sender.path());
    receiveMore(context.channel());
  }

  /** Takes the datagrams after the first one with few system calls. */
  private void receiveMore(Channel socket) {
    UnixDatagrams more = batch;
    if (more == null || !socket.isOpen()) {
      return;
    }
    int count = more.receive(socket);
    for (int i = 0; i < count; i++) {
      byte[] payload = more.payload(i);
      if (payload.length < TOO_LONG) {
        counters.increment(AsyncCounter.DATAGRAMS_IN);
        receiver.received(payload, more.sender(i));
      } else {
        counters.increment(AsyncCounter.DATAGRAMS_TOO_LONG);
      }
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    Survival.endIfOutOfMemory(cause);
    LOG.warn("the listening socket {} failed: {}", UnixAddresses.text(path), cause.toString());
  }

  /** Closes it, and removes its file. */
  void close() {
    ChannelFuture binding = bound;
    if (binding == null) {
      return;
    }
    var unused = binding.channel().close();
    if (binding.isSuccess() && !UnixAddresses.isAbstract(path)) {
      try {
        Files.deleteIfExists(UnixAddresses.file(path));
      } catch (IOException e) {
        // The next start replaces it.
        LOG.info("the file of a socket is left behind: {}", e.getMessage());
      }
    }
  }
}
