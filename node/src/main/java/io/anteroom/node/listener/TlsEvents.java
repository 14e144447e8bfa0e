// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.net.Survival;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Counts how handshakes and TLS connections end, and bounds the time of a handshake. It stands
 * behind the TLS engine, and makes a close_notify look like the end of a plain TCP stream: what
 * follows it is read by nobody, and queries in flight are still answered.
 */
final class TlsEvents extends ChannelDuplexHandler {
  /** How long a client that does not read may delay the end of its connection. */
  private static final long CLOSE_MILLIS = 1_000;

  private final Counters<Counter> counters;
  private final long timeoutMillis;
  private @Nullable Future<?> timeout;
  private @Nullable Future<?> closing;
  private Phase phase = Phase.SHAKING;

  private enum Phase {
    SHAKING,
    OPEN,
    /** The client has ended its side. */
    INPUT_ENDED,
    /** Nothing is counted any more. */
    OVER
  }

  /**
   * Handles one connection.
   *
   * @param timeoutMillis from its start to the end of its handshake
   */
  TlsEvents(Counters<Counter> counters, long timeoutMillis) {
    this.counters = counters;
    this.timeoutMillis = timeoutMillis;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    timeout =
        context
            .executor()
            .schedule(
                () -> {
                  over(Counter.TLS_TIMEOUT);
                  end(context, context.newPromise());
                },
                timeoutMillis,
                TimeUnit.MILLISECONDS);
    context.fireChannelActive();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake) {
      onHandshake(context, handshake);
    } else if (event instanceof SslCloseCompletionEvent closed) {
      // If it failed, an exception or the end of the channel follows, which tells why.
      if (closed.isSuccess()) {
        onInputEnded(context, Counter.TLS_CLOSED);
      }
    } else if (event instanceof ChannelInputShutdownEvent) {
      onInputEnded(context, Counter.TLS_CUT_OFF);
    } else {
      context.fireUserEventTriggered(event);
    }
  }

  private void onHandshake(ChannelHandlerContext context, SslHandshakeCompletionEvent handshake) {
    if (!handshake.isSuccess()) {
      over(whyFailed(context, handshake.cause()));
    } else if (phase == Phase.SHAKING) {
      phase = Phase.OPEN;
      cancelTimeout();
      counters.increment(Counter.TLS_HANDSHAKES);
      context.fireUserEventTriggered(handshake);
    }
  }

  private static Counter whyFailed(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof TlsHello.Refused refused) {
      return refused.counter();
    } else if (cause instanceof NotSslRecordException) {
      return Counter.TLS_NOT_TLS;
    }
    return context.channel().isActive() ? Counter.TLS_FAILED : Counter.TLS_ENDED_EARLY;
  }

  private void onInputEnded(ChannelHandlerContext context, Counter how) {
    if (phase == Phase.SHAKING) {
      over(Counter.TLS_ENDED_EARLY);
      end(context, context.newPromise());
    } else if (phase == Phase.OPEN) {
      phase = Phase.INPUT_ENDED;
      counters.increment(how);
      context.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    }
  }

  @Override
  public void close(ChannelHandlerContext context, ChannelPromise promise) {
    // The node closes the connection for a reason that has a counter of its own.
    over(null);
    end(context, promise);
  }

  /**
   * Closes the connection, whose last bytes a client may not read. Netty's own limit of that time
   * logs a line for each such client.
   */
  private void end(ChannelHandlerContext context, ChannelPromise promise) {
    context.close(promise);
    if (closing == null && context.channel().isOpen()) {
      closing =
          context.executor().schedule(() -> giveUp(context), CLOSE_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void giveUp(ChannelHandlerContext context) {
    if (context.channel().isOpen()) {
      counters.increment(Counter.TLS_END_UNREAD);
      ChannelHandlerContext tls = context.pipeline().context(SslHandler.class);
      // What is before the engine closes without waiting for it.
      var unused = (tls == null ? context : tls).close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    over(phase == Phase.SHAKING ? Counter.TLS_ENDED_EARLY : null);
    if (closing != null) {
      closing.cancel(false);
    }
    context.fireChannelInactive();
  }

  private void over(@Nullable Counter why) {
    if (phase == Phase.OVER) {
      return;
    }
    if (why != null) {
      counters.increment(why);
    }
    phase = Phase.OVER;
    cancelTimeout();
  }

  private void cancelTimeout() {
    if (timeout != null) {
      timeout.cancel(false);
      timeout = null;
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    Survival.endIfOutOfMemory(cause);
    if (cause instanceof DecoderException || cause instanceof SSLException) {
      // Of TLS: nothing else decodes here. The engine has sent the alert, if there is one.
      Throwable why = cause.getCause() instanceof SSLException inner ? inner : cause;
      over(phase == Phase.SHAKING ? whyFailed(context, why) : Counter.TLS_BROKEN);
      end(context, context.newPromise());
    } else {
      // A reset, after which the connection is closed here.
      over(phase == Phase.SHAKING ? Counter.TLS_ENDED_EARLY : null);
      context.fireExceptionCaught(cause);
    }
  }
}
