// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicStreamChannel;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds streams whose answer the client does not want any more (STOP_SENDING). Netty knows that and
 * tells nobody until something is written, so its knowledge is read from inside. If a later Netty
 * has no such method, such a query ends with its answer, which is then not sent.
 */
final class QuicStops {
  private static final Logger LOG = LoggerFactory.getLogger(QuicStops.class);

  private static final String CHANNEL = "io.netty.handler.codec.quic.QuicheQuicChannel";
  private static final @Nullable MethodHandle CAPACITY = find();

  private QuicStops() {}

  private static @Nullable MethodHandle find() {
    try {
      Class<?> channel = Class.forName(CHANNEL);
      return MethodHandles.privateLookupIn(channel, MethodHandles.lookup())
          .findVirtual(channel, "streamCapacity", MethodType.methodType(long.class, long.class))
          .asType(MethodType.methodType(long.class, QuicChannel.class, long.class));
    } catch (ReflectiveOperationException e) {
      LOG.warn("queries over QUIC that clients cancel go on until their answer: {}", e.toString());
      return null;
    }
  }

  /** Whether nothing can be sent on this stream any more. To be called on its event loop. */
  static boolean isStopped(QuicStreamChannel stream) {
    if (CAPACITY == null || !stream.parent().isActive()) {
      return false;
    }
    try {
      return (long) CAPACITY.invokeExact(stream.parent(), stream.streamId()) < 0;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      // The method declares nothing; the handle declares all.
      throw new IllegalStateException(e);
    }
  }
}
